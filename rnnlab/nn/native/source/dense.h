// The products with a weight over all tokens of a batch: each thread takes some tokens.
#pragma once

#include <ATen/Parallel.h>

#include "product.h"

namespace rnnlab {

constexpr int kOutput = 2;       // vectors in a panel of these products
constexpr int64_t kTokens = 32;  // that go through all panels at a time

// Calls done(token, column, sum) for each token and each vector of columns: its row of `left`, `depth` numbers, times a
// packed weight.
template <typename T, typename Done>
void multiply_tokens_by(
    const T* left, int64_t stride, const T* packed, int64_t depth, int64_t columns, int64_t tokens, const Done& done) {
  at::parallel_for(0, tokens, kTokens, [&](int64_t begin, int64_t end) {
    for (; begin < end; begin += kTokens) {
      for (int64_t p = 0; p < panels(columns, kOutput * kWidth<T>); ++p) {
        multiply_panel<T, kOutput>(
            left, stride, packed, depth, p, columns, begin, std::min(begin + kTokens, end), done);
      }
    }
  });
}

// Room for a weight [rows, columns] in the panels of either way.
template <typename T>
int64_t packed_either_way(int64_t rows, int64_t columns) {
  constexpr int64_t wide = kOutput * kWidth<T>;
  return std::max(panels(rows, wide) * columns, panels(columns, wide) * rows) * wide;
}

// out [tokens, rows] = x [tokens, columns] · weightᵀ + bias, and the second bias for the first `shared` rows.
template <typename T>
void multiply_inputs(
    const T* x, const T* weight, const T* bias, const T* second, int64_t rows, int64_t shared, int64_t columns,
    int64_t tokens, T* packed, T* out) {
  constexpr int64_t W = kWidth<T>;
  at::parallel_for(0, panels(rows, kOutput * W), 4, [&](int64_t begin, int64_t end) {
    pack_forward<T, 1, kOutput>(weight, rows, columns, packed, begin, end);
  });
  multiply_tokens_by<T>(x, columns, packed, columns, rows, tokens, [&](int64_t i, int64_t row, const Vec<T>& sum) {
    const int64_t count = std::min(W, rows - row), both = std::min(count, shared - row);
    const Vec<T> once = sum + load(bias + row, count);
    store(both > 0 ? once + load(second + row, both) : once, out + i * rows + row, count);
  });
}

// out [tokens, columns] = d · weight, d's numbers being those of the weight's rows from `turn` before its end on.
template <typename T>
void multiply_back(
    const T* d, int64_t stride, const T* weight, int64_t rows, int64_t turn, int64_t columns, int64_t tokens, T* packed,
    T* out) {
  constexpr int64_t W = kWidth<T>;
  at::parallel_for(0, panels(columns, kOutput * W), 4, [&](int64_t begin, int64_t end) {
    pack_backward<T, kOutput>(weight, rows, columns, packed, begin, end, turn);
  });
  multiply_tokens_by<T>(d, stride, packed, rows, columns, tokens, [&](int64_t i, int64_t column, const Vec<T>& sum) {
    store(sum, out + i * columns + column, std::min(W, columns - column));
  });
}

}  // namespace rnnlab
