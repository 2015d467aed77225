// The products with a weight over all tokens of a batch: each thread takes some tokens.
#pragma once

#include <ATen/Parallel.h>

#include "product.h"

namespace rnnlab {

constexpr int64_t kShare = 32;  // tokens that are worth a thread of their own

// Calls done(row, column, sum) for each row of `left`, `depth` numbers, and each vector of columns: its product with a
// packed weight.
template <typename Way, typename T, typename Done>
void multiply_rows(
    Rows<const T> left, int64_t rows, const T* packed, int64_t depth, int64_t columns, const Done& done) {
  const typename Way::Left some(left, rows, depth);
  const auto one = [&](int64_t row, int64_t column, const Vec<T>* sums) INLINED { done(row, column, sums[0]); };
  Way::template multiply<1>(some, packed, {0, panels(columns, Way::template wide<1>())}, columns, one);
}

// The same for all tokens.
template <typename Way, typename T, typename Done>
void multiply_each_by(
    Rows<const T> left, const T* packed, int64_t depth, int64_t columns, int64_t tokens, const Done& done) {
  at::parallel_for(0, tokens, kShare, [&](int64_t begin, int64_t end) {
    for (; begin < end; begin += Way::kTokens) {
      const Rows<const T> from = {left.first + begin * left.stride, left.stride};
      const auto here = [&](int64_t row, int64_t column, const Vec<T>& sum) INLINED { done(begin + row, column, sum); };
      multiply_rows<Way>(from, std::min(Way::kTokens, end - begin), packed, depth, columns, here);
    }
  });
}

// Room for a weight [rows, columns] in the panels of either way.
template <typename Way>
int64_t packed_either_way(int64_t rows, int64_t columns) {
  return std::max(Way::template size<1>(rows, columns), Way::template size<1>(columns, rows));
}

// out [tokens, rows] = x [tokens, columns] · weightᵀ + bias, and the second bias for the first `shared` rows.
template <typename Way, typename T>
void multiply_inputs(
    const T* x, const T* weight, const T* bias, const T* second, int64_t rows, int64_t shared, int64_t columns,
    int64_t tokens, T* packed, T* out) {
  constexpr int64_t W = kWidth<T>;
  at::parallel_for(0, panels(rows, Way::template wide<1>()), 4, [&](int64_t begin, int64_t end) {
    Way::template pack<1>(weight, rows, columns, packed, begin, end);
  });
  const auto add_bias = [&](int64_t i, int64_t row, const Vec<T>& sum) INLINED {
    const int64_t count = std::min(W, rows - row), both = std::min(count, shared - row);
    const Vec<T> once = sum + load(bias + row, count);
    store(both > 0 ? once + load(second + row, both) : once, out + i * rows + row, count);
  };
  multiply_each_by<Way, T>({x, columns}, packed, columns, rows, tokens, add_bias);
}

// out [tokens, columns] = d · weight, d's numbers being those of the weight's rows from `turn` before its end on.
template <typename Way, typename T>
void multiply_back(
    Rows<const T> d, const T* weight, int64_t rows, int64_t turn, int64_t columns, int64_t tokens, T* packed, T* out) {
  constexpr int64_t W = kWidth<T>;
  at::parallel_for(0, panels(columns, Way::template wide<1>()), 4, [&](int64_t begin, int64_t end) {
    Way::pack_back(weight, columns, rows, packed, begin, end, turn);
  });
  multiply_each_by<Way, T>(d, packed, rows, columns, tokens, [&](int64_t i, int64_t column, const Vec<T>& sum) INLINED {
    store(sum, out + i * columns + column, std::min(W, columns - column));
  });
}

}  // namespace rnnlab
