// What dropout multiplies with: the numbers that torch draws on a CPU, from the same generator, several times as fast.
//
// M. Matsumoto and T. Nishimura, "Mersenne Twister", 1998, in the order of their paper; all loops take many numbers at
// once where the paper's take one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace rnnlab {

// The beginning of torch's state of a generator, as torch.get_rng_state() gives it; the rest is of normal numbers.
struct Generator {
  uint64_t seed;
  int32_t left, seeded;  // numbers that are left, and one
  uint64_t next;         // where the next one lies
  uint64_t state[624];   // 32 bits each
};

constexpr int64_t kState = 624, kAhead = 397;

inline uint32_t twist(uint32_t a, uint32_t b) {
  const uint32_t mixed = (a & 0x80000000u) | (b & 0x7fffffffu);
  return (mixed >> 1) ^ ((b & 1u) ? 0x9908b0dfu : 0u);
}

inline void next_state(uint32_t* x) {
  for (int64_t i = 0; i < kState - kAhead; ++i) {
    x[i] = x[i + kAhead] ^ twist(x[i], x[i + 1]);
  }
  for (int64_t i = kState - kAhead; i < kState - 1; ++i) {
    x[i] = x[i + kAhead - kState] ^ twist(x[i], x[i + 1]);
  }
  x[kState - 1] = x[kAhead - 1] ^ twist(x[kState - 1], x[0]);
}

inline uint32_t tempered(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

// Fills out: `scale` where a number in [0, 1) of 53 bits, from two of the generator's, is below `keep`, else 0. The
// generator goes on by what was drawn.
template <typename T>
void draw_noise(Generator* generator, double keep, double scale, int64_t count, T* out) {
  uint32_t x[kState], drawn[kState + 1];
  std::copy_n(generator->state, kState, x);
  const T kept = T(scale);  // as a double, it keeps gcc from taking many numbers at once
  const uint64_t below = uint64_t(std::ceil(std::ldexp(keep, 53)));
  int64_t next = generator->next, left = generator->left - 1, waiting = 0;
  while (count > 0) {
    if (left == 0) {
      next_state(x);
      next = 0, left = kState;
    }
    const int64_t taken = std::min(left, 2 * count - waiting);
    for (int64_t i = 0; i < taken; ++i) {
      drawn[waiting + i] = tempered(x[next + i]);
    }
    next += taken, left -= taken;
    const int64_t pairs = (waiting + taken) / 2;
    for (int64_t i = 0; i < pairs; ++i) {
      const uint64_t number = uint64_t(drawn[2 * i] & 0x1fffffu) << 32 | drawn[2 * i + 1];
      out[i] = number < below ? kept : T(0);
    }
    waiting = (waiting + taken) % 2;
    drawn[0] = drawn[2 * pairs];
    out += pairs, count -= pairs;
  }
  std::copy_n(x, kState, generator->state);
  generator->next = next, generator->left = int32_t(left + 1);
}

}  // namespace rnnlab
