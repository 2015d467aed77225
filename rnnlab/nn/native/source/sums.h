// What is summed over all tokens of a batch: the gradient of a table whose rows were looked up, and columns.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>

#include "vectors.h"

namespace rnnlab {

// table[ids[i]] += rows[i] for every token i, in the tokens' order whatever the number of threads: each has columns of
// its own. The rows' first `turn` columns are the table's last.
template <typename T>
void add_rows(const int64_t* ids, int64_t tokens, const T* rows, int64_t stride, T* table, int64_t width, int64_t turn) {
  const auto add = [&](int64_t from, int64_t to, int64_t columns) {
    for (int64_t i = 0; i < tokens; ++i) {
      const T* row = rows + i * stride + from;
      T* sum = table + ids[i] * width + to;
      int64_t c = 0;
      for (; c + kWidth<T> <= columns; c += kWidth<T>) {
        (Vec<T>::loadu(sum + c) + Vec<T>::loadu(row + c)).store(sum + c);
      }
      for (; c < columns; ++c) {
        sum[c] += row[c];
      }
    }
  };
  at::parallel_for(0, (width + 63) / 64, 1, [&](int64_t begin, int64_t end) {
    begin *= 64, end = std::min(end * 64, width);
    if (begin < turn) {
      add(begin, width - turn + begin, std::min(end, turn) - begin);
    }
    if (end > turn) {
      add(std::max(begin, turn), std::max(begin, turn) - turn, end - std::max(begin, turn));
    }
  });
}

// sums[c] += rows[i][c] over all rows, in their order whatever the number of threads.
template <typename T>
void add_columns(const T* rows, int64_t count, int64_t stride, int64_t columns, T* sums) {
  constexpr int64_t W = kWidth<T>, wide = 4 * W;
  at::parallel_for(0, (columns + wide - 1) / wide, 4, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin * wide; c < std::min(end * wide, columns); c += W) {
      const int64_t some = std::min(W, columns - c);
      Vec<T> even = load(sums + c, some), odd(0);
      int64_t i = 0;
      for (; i + 2 <= count; i += 2) {
        even = even + load(rows + i * stride + c, some);
        odd = odd + load(rows + (i + 1) * stride + c, some);
      }
      if (i < count) {
        even = even + load(rows + i * stride + c, some);
      }
      store(even + odd, sums + c, some);
    }
  });
}

}  // namespace rnnlab
