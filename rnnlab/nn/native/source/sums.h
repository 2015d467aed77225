// What is summed over all tokens of a batch, and the tables that tokens look their rows up in.
#pragma once

#include <algorithm>

#include "turning.h"
#include "vectors.h"

namespace rnnlab {

// Some columns, from `begin` on, of the table [V, columns] that one-hot inputs look up: weight [columns, V] turned over,
// and the biases, of which the second is for the first `shared` columns only.
template <typename T>
void fill_table(
    const T* weight, const T* bias, const T* second, int64_t columns, int64_t shared, int64_t vocabulary, T* table,
    int64_t begin) {
  constexpr int64_t kSome = 64;  // rows that are still in the nearest cache when the biases come
  const int64_t count = std::min(kWidth<T>, columns - begin), both = std::min(count, shared - begin);
  const Vec<T> once = load(bias + begin, count);
  const Vec<T> sum = both > 0 ? once + load(second + begin, both) : once;
  for (int64_t v = 0; v < vocabulary;) {
    const int64_t end = std::min(v + kSome, vocabulary);
    turn_over(weight + begin * vocabulary + v, vocabulary, count, end - v, table + v * columns + begin, columns);
    for (; v < end; ++v) {
      store(load(table + v * columns + begin, count) + sum, table + v * columns + begin, count);
    }
  }
}

// table[v] = the sum of the rows of all tokens with ids[i] = v, in their order. Rows and table are `columns` wide.
template <typename T>
void add_rows(
    const int64_t* ids, int64_t tokens, const T* rows, int64_t stride, T* table, int64_t columns, int64_t vocabulary) {
  std::fill_n(table, vocabulary * columns, T(0));
  for (int64_t i = 0; i < tokens; ++i) {
    const T* row = rows + i * stride;
    T* sum = table + ids[i] * columns;
    int64_t c = 0;
    for (; c + kWidth<T> <= columns; c += kWidth<T>) {
      (Vec<T>::loadu(sum + c) + Vec<T>::loadu(row + c)).store(sum + c);
    }
    for (; c < columns; ++c) {
      sum[c] += row[c];
    }
  }
}

// sums[c] = rows[0][c] + rows[1][c] + ...
template <typename T>
void sum_columns(const T* rows, int64_t count, int64_t stride, int64_t columns, T* sums) {
  constexpr int64_t W = kWidth<T>;
  for (int64_t c = 0; c < columns; c += W) {
    const int64_t some = std::min(W, columns - c);
    Vec<T> sum[4] = {Vec<T>(0), Vec<T>(0), Vec<T>(0), Vec<T>(0)};  // one would wait for itself
    int64_t i = 0;
    for (; i + 4 <= count; i += 4) {
      UNROLL for (int k = 0; k < 4; ++k) {
        sum[k] = sum[k] + load(rows + (i + k) * stride + c, some);
      }
    }
    for (; i < count; ++i) {
      sum[0] = sum[0] + load(rows + i * stride + c, some);
    }
    store((sum[0] + sum[1]) + (sum[2] + sum[3]), sums + c, some);
  }
}

}  // namespace rnnlab
