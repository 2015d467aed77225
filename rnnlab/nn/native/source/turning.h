// From rows to columns.
#pragma once

#include <ATen/cpu/vec/vec.h>

#include <algorithm>
#include <cstdint>

namespace rnnlab {

constexpr int64_t kSide = 16;

template <typename T>
inline void turn_square(
    const T* __restrict from, int64_t from_apart, int64_t rows, int64_t columns, T* __restrict to, int64_t to_apart) {
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t r = 0; r < rows; ++r) {
      to[c * to_apart + r] = from[r * from_apart + c];
    }
  }
}

// to[c][r] = from[r][c], rows of either `apart`. A square at a time, so that each line of the cache is read once.
template <typename T>
void turn_over(const T* from, int64_t from_apart, int64_t rows, int64_t columns, T* to, int64_t to_apart) {
  for (int64_t c = 0; c < columns; c += kSide) {
    for (int64_t r = 0; r < rows; r += kSide) {
      const T* square = from + r * from_apart + c;
      T* turned = to + c * to_apart + r;
      if (rows - r >= kSide && columns - c >= kSide) {
        at::vec::transpose_mxn<T, kSide, kSide>(square, from_apart, turned, to_apart);
      } else {
        turn_square(square, from_apart, std::min(kSide, rows - r), std::min(kSide, columns - c), turned, to_apart);
      }
    }
  }
}

}  // namespace rnnlab
