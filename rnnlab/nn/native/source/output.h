// The output layer with its loss, and back into the states: each thread takes some tokens through all of it, while
// their logits are still in its cache. Then comes the product over all tokens, the weight's gradient.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/cpu/vec/functional.h>

#include <cmath>
#include <functional>
#include <limits>

#include "dense.h"
#include "outer.h"
#include "outer_tiles.h"
#include "sums.h"

namespace rnnlab {

template <typename T>
struct Output {
  int64_t tokens, width, vocabulary;
  int64_t all;             // tokens that the loss is the mean of
  const T* hidden;         // [tokens, width]
  const T* weight;         // [V, width]
  const T* bias;           // [V]
  const int64_t* targets;  // [tokens]
  T* packed;               // room for the weight in panels, both ways
  T* gradient;             // of the logits, [tokens, V]
  T* losses;               // [tokens]
  T* d_hidden;             // [tokens, width]
  T* d_weight;             // [V, width]
  T* d_bias;               // [V]
  int64_t begins;          // where these are not the first tokens of the batch, theirs is added to both
  int64_t packs_from;      // see multiply_tokens
  int64_t tiles;           // see Sequence
};

template <typename Way>
int64_t output_panels_size(int64_t width, int64_t vocabulary) {
  return Way::template size<1>(vocabulary, width) + Way::template size<1>(width, vocabulary);
}

template <typename T>
INLINE Vec<T> load_logits(const T* from, int64_t count) {
  if (count == kWidth<T>) {
    return Vec<T>::loadu(from);
  }
  return Vec<T>::set(Vec<T>(-std::numeric_limits<T>::infinity()), Vec<T>::loadu(from, count), count);
}

// The cross-entropy of a row of logits [V], which become its gradient, (softmax(logits) - one_hot(target)) / all.
template <typename T>
T cross_entropy(T* row, int64_t vocabulary, int64_t target, int64_t all) {
  constexpr int64_t W = kWidth<T>;
  const T chosen = row[target];
  Vec<T> most(-std::numeric_limits<T>::infinity()), sum(0);
  for (int64_t v = 0; v < vocabulary; v += W) {
    most = at::vec::maximum(most, load_logits(row + v, std::min(W, vocabulary - v)));
  }
  const T largest = at::vec::vec_reduce_all<T>([](Vec<T>& a, Vec<T>& b) { return at::vec::maximum(a, b); }, most);
  for (int64_t v = 0; v < vocabulary; v += W) {
    const int64_t count = std::min(W, vocabulary - v);
    const Vec<T> weight = exponential<1>(load_logits(row + v, count) - Vec<T>(largest));
    sum = sum + weight;
    store(weight, row + v, count);
  }
  const T total = at::vec::vec_reduce_all<T>([](Vec<T>& a, Vec<T>& b) { return a + b; }, sum);
  const Vec<T> scale(T(1) / (total * all));
  for (int64_t v = 0; v < vocabulary; v += W) {
    const int64_t count = std::min(W, vocabulary - v);
    store(load(row + v, count) * scale, row + v, count);
  }
  row[target] -= T(1) / all;
  return std::log(total) + largest - chosen;
}

// The same for a row of N vectors, of which the last begins where it ends with the row: nothing is written but whole
// vectors within the row. After a part of one a processor waits before it reads the next row, for it looks at where a
// vector lies and not at how much of it is written.
template <typename T, int N>
T short_cross_entropy(T* row, int64_t vocabulary, int64_t target, int64_t all) {
  constexpr int64_t W = kWidth<T>;
  const int64_t last = vocabulary - W, twice = N * W - vocabulary;
  const T chosen = row[target];
  Vec<T> x[N], most(-std::numeric_limits<T>::infinity()), sum(0);
  UNROLL for (int n = 0; n < N; ++n) {
    x[n] = Vec<T>::loadu(row + (n + 1 < N ? n * W : last));
    most = at::vec::maximum(most, x[n]);
  }
  const T largest = at::vec::vec_reduce_all<T>([](Vec<T>& a, Vec<T>& b) { return at::vec::maximum(a, b); }, most);
  UNROLL for (int n = 0; n < N; ++n) {
    x[n] = exponential<1>(x[n] - Vec<T>(largest));
    sum = sum + (n + 1 < N ? x[n] : Vec<T>::set(x[n], Vec<T>(0), twice));
  }
  const T total = at::vec::vec_reduce_all<T>([](Vec<T>& a, Vec<T>& b) { return a + b; }, sum);
  const Vec<T> scale(T(1) / (total * all));
  UNROLL for (int n = 0; n < N; ++n) {
    (x[n] * scale).store(row + (n + 1 < N ? n * W : last));
  }
  row[target] -= T(1) / all;
  return std::log(total) + largest - chosen;
}

template <typename T>
void cross_entropies(const Output<T>& o, int64_t begin, int64_t end) {
  const auto each = [&](auto loss_of) {
    for (int64_t i = begin; i < end; ++i) {
      o.losses[i] = loss_of(o.gradient + i * o.vocabulary, o.vocabulary, o.targets[i], o.all);
    }
  };
  switch (o.vocabulary < kWidth<T> ? 0 : panels(o.vocabulary, kWidth<T>)) {
    case 1: return each(short_cross_entropy<T, 1>);
    case 2: return each(short_cross_entropy<T, 2>);
    case 3: return each(short_cross_entropy<T, 3>);
    case 4: return each(short_cross_entropy<T, 4>);
    case 5: return each(short_cross_entropy<T, 5>);
    case 6: return each(short_cross_entropy<T, 6>);
    case 7: return each(short_cross_entropy<T, 7>);
    case 8: return each(short_cross_entropy<T, 8>);
    default: return each(cross_entropy<T>);
  }
}

template <typename Way, typename T>
void output_tokens(const Output<T>& o, const T* inwards, int64_t begin, int64_t end) {
  constexpr int64_t W = kWidth<T>;
  const int64_t H = o.width, V = o.vocabulary;
  const Rows<const T> hidden = {o.hidden + begin * H, H};
  const Rows<T> gradient = {o.gradient + begin * V, V}, d_hidden = {o.d_hidden + begin * H, H};
  multiply_rows<Way>(hidden, end - begin, o.packed, H, V, [&](int64_t row, int64_t v, const Vec<T>& sum) INLINED {
    const int64_t count = std::min(W, V - v);
    store(sum + load(o.bias + v, count), gradient.first + row * V + v, count);
  });
  cross_entropies(o, begin, end);
  const Rows<const T> logits = {gradient.first, V};
  multiply_rows<Way>(logits, end - begin, inwards, V, H, [&](int64_t row, int64_t u, const Vec<T>& sum) INLINED {
    store(sum, d_hidden.first + row * H + u, std::min(W, H - u));
  });
}

// Fills the losses and all gradients.
template <typename Way, typename T>
void output_loss(const Output<T>& o) {
  constexpr int64_t wide = Way::template wide<1>();
  const int64_t outwards = panels(o.vocabulary, wide), all = outwards + panels(o.width, wide);
  T* inwards = o.packed + Way::template size<1>(o.vocabulary, o.width);
  at::parallel_for(0, all, 4, [&](int64_t begin, int64_t end) {
    Way::template pack<1>(o.weight, o.vocabulary, o.width, o.packed, begin, std::min(end, outwards));
    Way::pack_back(o.weight, o.width, o.vocabulary, inwards, std::max(begin, outwards) - outwards, end - outwards);
  });
  at::parallel_for(0, o.tokens, kShare, [&](int64_t begin, int64_t end) {
    for (; begin < end; begin += Way::kTokens) {
      output_tokens<Way>(o, inwards, begin, std::min(begin + Way::kTokens, end));
    }
  });
  at::parallel_for(0, panels(o.vocabulary, kStrip), 2, [&](int64_t begin, int64_t end) {
    for (int64_t v = begin * kStrip; v < std::min(end * kStrip, o.vocabulary); v += kStrip) {
      T sums[kStrip];
      const int64_t count = std::min(kStrip, o.vocabulary - v);
      sum_columns(o.gradient + v, o.tokens, o.vocabulary, count, sums);
      if (o.begins) {
        std::copy_n(sums, count, o.d_bias + v);
      } else {
        std::transform(sums, sums + count, o.d_bias + v, o.d_bias + v, std::plus<T>());
      }
    }
  });
  multiply_tokens(
      Way(), {o.gradient, o.vocabulary}, {o.hidden, o.width}, o.tokens, o.vocabulary, o.width, o.d_weight, o.packs_from,
      o.begins);
}

}  // namespace rnnlab
