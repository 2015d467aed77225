// What is summed over all tokens of a batch: the gradient of a table whose rows were looked up, and the loss.
#pragma once

#include <ATen/Parallel.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

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

// One number of all that are in a vector.
template <typename T, typename Two>
INLINE T across(const Vec<T>& value, const Two& two) {
  T parts[kWidth<T>];
  value.store(parts);
  return std::accumulate(parts + 1, parts + kWidth<T>, parts[0], two);
}

template <typename T>
INLINE Vec<T> load_logits(const T* from, int64_t count) {
  if (count == kWidth<T>) {
    return Vec<T>::loadu(from);
  }
  T padded[kWidth<T>];
  std::fill(std::copy_n(from, count, padded), padded + kWidth<T>, -std::numeric_limits<T>::infinity());
  return Vec<T>::loadu(padded);
}

// Cross-entropy of each row of logits [rows, V]: its loss, and in place of the logits the gradient of the mean over
// `all` rows, (softmax(logits) - one_hot(target)) / all.
template <typename T>
void cross_entropy(T* logits, const int64_t* targets, int64_t rows, int64_t vocabulary, int64_t all, T* losses) {
  constexpr int64_t W = kWidth<T>;
  at::parallel_for(0, rows, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      T* row = logits + i * vocabulary;
      const T chosen = row[targets[i]];
      Vec<T> most(-std::numeric_limits<T>::infinity()), sum(0);
      for (int64_t v = 0; v < vocabulary; v += W) {
        most = at::vec::maximum(most, load_logits(row + v, std::min(W, vocabulary - v)));
      }
      const T largest = across(most, [](T a, T b) { return a > b || a != a ? a : b; });
      for (int64_t v = 0; v < vocabulary; v += W) {
        const int64_t count = std::min(W, vocabulary - v);
        const Vec<T> weight = exponential(load_logits(row + v, count) - Vec<T>(largest));
        sum = sum + weight;
        store(weight, row + v, count);
      }
      const T total = across(sum, std::plus<T>());
      const Vec<T> scale(T(1) / (total * all));
      for (int64_t v = 0; v < vocabulary; v += W) {
        const int64_t count = std::min(W, vocabulary - v);
        store(load(row + v, count) * scale, row + v, count);
      }
      row[targets[i]] -= T(1) / all;
      losses[i] = std::log(total) + largest - chosen;
    }
  });
}

}  // namespace rnnlab
