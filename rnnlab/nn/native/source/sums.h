// What is summed over all tokens of a batch, and the tables that tokens look their rows up in.
#pragma once

#include <algorithm>

#include "turning.h"
#include "vectors.h"

namespace rnnlab {

constexpr int64_t kStrip = 64;  // columns whose sums are one thread's

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
    for (int64_t i = end; i < std::min(end + kSome, vocabulary); ++i) {  // what is written next, to have it here
      __builtin_prefetch(table + i * columns + begin, 1);
    }
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

// A row is asked for so many rows before it is needed: it may begin on another page, or have been written by
// another thread, and then comes late.
constexpr int64_t kSoon = 12;

// sums[c] = rows[0][c] + rows[1][c] + ... for some vectors of columns, of which the last has `last` numbers.
template <typename T, int V>
INLINE void sum_vectors(const T* rows, int64_t count, int64_t stride, int64_t last, T* sums) {
  constexpr int64_t W = kWidth<T>;
  Vec<T> sum[V];
  UNROLL for (int v = 0; v < V; ++v) {
    sum[v] = Vec<T>(0);
  }
  for (int64_t i = 0; i < count; ++i, rows += stride) {
    UNROLL for (int v = 0; v < V; ++v) {
      __builtin_prefetch(rows + kSoon * stride + v * W);
      sum[v] = sum[v] + load(rows + v * W, v + 1 < V ? W : last);
    }
  }
  UNROLL for (int v = 0; v < V; ++v) {
    store(sum[v], sums + v * W, v + 1 < V ? W : last);
  }
}

// The same for any columns.
template <typename T>
void sum_columns(const T* rows, int64_t count, int64_t stride, int64_t columns, T* sums) {
  constexpr int64_t W = kWidth<T>;
  constexpr int V = 4;  // of one alone each sum would wait for the one before
  int64_t c = 0;
  for (; columns - c >= V * W; c += V * W) {
    sum_vectors<T, V>(rows + c, count, stride, W, sums + c);
  }
  for (; c < columns; c += W) {
    sum_vectors<T, 1>(rows + c, count, stride, std::min(W, columns - c), sums + c);
  }
}

}  // namespace rnnlab
