// Vectors of numbers, as wide as the processor has them, and the three functions that gates are made of.
//
// PyTorch's at::vec gives one type for AVX2, AVX-512 and NEON. Its exp() is a call into another library, which throws
// everything out of the registers; for float there is one here that stays.
#pragma once

#include <ATen/cpu/vec/vec.h>

#include <cstdint>
#include <cstring>

#define INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 32")

namespace rnnlab {

template <typename T>
using Vec = at::vec::Vectorized<T>;

#if defined(CPU_CAPABILITY_AVX512) || defined(__aarch64__)
constexpr int kRegisters = 32;
#else
constexpr int kRegisters = 16;
#endif

template <typename T>
constexpr int64_t kWidth = Vec<T>::size();

// Loads and stores of the last, incomplete vector of a row take a count.
template <typename T>
INLINE Vec<T> load(const T* from, int64_t count) {
  return count == kWidth<T> ? Vec<T>::loadu(from) : Vec<T>::loadu(from, count);
}

template <typename T>
INLINE void store(const Vec<T>& value, T* to, int64_t count) {
  if (count == kWidth<T>) {
    value.store(to);
  } else {
    value.store(to, static_cast<int>(count));
  }
}

// exp(x) = 2^n · exp(r) with n whole and |r| <= ln(2)/2, where a polynomial is good to float's last digit (Cephes, expf).
INLINE Vec<float> exponential(const Vec<float>& wanted) {
  using at::vec::fmadd;
  const Vec<float> x = at::vec::clamp(wanted, Vec<float>(-87.0f), Vec<float>(88.0f));
  // Adding 1.5 · 2^23 rounds to a whole number and leaves it in the last bits; 127 more makes it a float's exponent.
  const Vec<float> magic(12582912.0f + 127.0f);
  const Vec<float> shifted = fmadd(x, Vec<float>(1.44269504088896341f), magic);
  const Vec<float> n = shifted - magic;
  Vec<float> r = fmadd(n, Vec<float>(-0.693359375f), x);
  r = fmadd(n, Vec<float>(2.12194440e-4f), r);
  Vec<float> p(1.9875691500e-4f);
  p = fmadd(p, r, Vec<float>(1.3981999507e-3f));
  p = fmadd(p, r, Vec<float>(8.3334519073e-3f));
  p = fmadd(p, r, Vec<float>(4.1665795894e-2f));
  p = fmadd(p, r, Vec<float>(1.6666665459e-1f));
  p = fmadd(p, r, Vec<float>(5.0000001201e-1f));
  p = fmadd(p, r * r, r + Vec<float>(1.0f));
  Vec<int32_t> bits;
  static_assert(sizeof(bits) == sizeof(shifted));
  std::memcpy(static_cast<void*>(&bits), &shifted, sizeof(bits));
  bits = bits << Vec<int32_t>(23);
  Vec<float> power;
  std::memcpy(static_cast<void*>(&power), &bits, sizeof(bits));
  return p * power;
}

INLINE Vec<double> exponential(const Vec<double>& x) {
  return x.exp();
}

template <typename T>
INLINE Vec<T> sigmoid(const Vec<T>& x) {
  return Vec<T>(1) / (Vec<T>(1) + exponential(x.neg()));
}

template <typename T>
INLINE Vec<T> tangent(const Vec<T>& x) {  // tanh(x) = 1 - 2 / (exp(2x) + 1)
  return Vec<T>(1) - Vec<T>(2) / (exponential(x + x) + Vec<T>(1));
}

// The slopes, as functions of what came out.
template <typename T>
INLINE Vec<T> sigmoid_slope(const Vec<T>& y) {
  return y * (Vec<T>(1) - y);
}

template <typename T>
INLINE Vec<T> tangent_slope(const Vec<T>& y) {
  return Vec<T>(1) - y * y;
}

}  // namespace rnnlab
