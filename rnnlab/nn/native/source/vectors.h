// Vectors of numbers, as wide as the processor has them, and the three functions that gates are made of.
//
// PyTorch's at::vec gives one type for AVX2, AVX-512 and NEON. Its exp() is a call into another library, which throws
// everything out of the registers; for float there is one here that stays.
#pragma once

#include <ATen/cpu/vec/vec.h>

#include <cstdint>
#include <cstring>

#define INLINE inline __attribute__((always_inline))
#define INLINED __attribute__((always_inline))  // of a lambda, behind what it takes
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

// exp(scale · x) for a scale that the compiler knows, = 2^n · 2^f with n whole and |f| <= 1/2. The polynomial is 2^f's of
// degree 5 whose largest relative error is least, 9e-8, found by Lawson's iteration (Rice and Usow 1968); with what
// rounding adds, 2e-7 where |scale · x| < 2.
template <int Scale>
INLINE Vec<float> exponential(const Vec<float>& wanted) {
  using at::vec::fmadd;
  constexpr float reach = 87.0f / (Scale < 0 ? -Scale : Scale);
  const Vec<float> x = at::vec::clamp(wanted, Vec<float>(-reach), Vec<float>(reach)), bits_a_nat(1.44269504f * Scale);
  // Adding 1.5 · 2^23 rounds to a whole number and leaves it in the last bits; 127 more makes it a float's exponent.
  const Vec<float> magic(12582912.0f + 127.0f);
  const Vec<float> shifted = fmadd(x, bits_a_nat, magic);
  const Vec<float> f = fmadd(x, bits_a_nat, magic - shifted);
  Vec<float> p(1.32647273e-3f);
  p = fmadd(p, f, Vec<float>(9.67151299e-3f));
  p = fmadd(p, f, Vec<float>(5.55073358e-2f));
  p = fmadd(p, f, Vec<float>(2.40222424e-1f));
  p = fmadd(p, f, Vec<float>(6.93147004e-1f));
  p = fmadd(p, f, Vec<float>(1.0f));
  Vec<int32_t> bits;
  static_assert(sizeof(bits) == sizeof(shifted));
  std::memcpy(static_cast<void*>(&bits), &shifted, sizeof(bits));
  bits = bits << Vec<int32_t>(23);
  Vec<float> power;
  std::memcpy(static_cast<void*>(&power), &bits, sizeof(bits));
  return p * power;
}

template <int Scale>
INLINE Vec<double> exponential(const Vec<double>& x) {
  return (x * Vec<double>(Scale)).exp();
}

template <typename T>
INLINE Vec<T> sigmoid(const Vec<T>& x) {
  return Vec<T>(1) / (Vec<T>(1) + exponential<-1>(x));
}

template <typename T>
INLINE Vec<T> tangent(const Vec<T>& x) {  // tanh(x) = 1 - 2 / (exp(2x) + 1)
  return Vec<T>(1) - Vec<T>(2) / (exponential<2>(x) + Vec<T>(1));
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
