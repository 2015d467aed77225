// What becomes of a gradient: its norm, its clip, and the move that Adam makes by it, over the flat vectors of all
// parameters. The number of threads changes no bit.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "product.h"

namespace rnnlab {

constexpr int64_t kPiece = 1 << 12;   // numbers whose squares one thread sums
constexpr int64_t kWorthIt = 1 << 15;  // numbers that are worth another thread

template <typename T>
struct Move {
  int64_t count;  // of all vectors
  T* parameter;
  const T* gradient;
  T *mean, *square;  // Adam's moments
  double* moves;     // how many were made
  double rate, beta1, beta2, epsilon;
  double kept;  // share of the parameters that decay leaves
};

template <typename T>
double sum_of_squares(const T* from, int64_t count) {
  constexpr int64_t W = kWidth<T>;
  Vec<T> sum[4] = {Vec<T>(0), Vec<T>(0), Vec<T>(0), Vec<T>(0)};  // one would wait for itself
  int64_t i = 0;
  for (; i + 4 * W <= count; i += 4 * W) {
    UNROLL for (int k = 0; k < 4; ++k) {
      const Vec<T> x = Vec<T>::loadu(from + i + k * W);
      sum[k] = at::vec::fmadd(x, x, sum[k]);
    }
  }
  T lanes[W];
  ((sum[0] + sum[1]) + (sum[2] + sum[3])).store(lanes);
  double all = std::accumulate(lanes, lanes + W, 0.0);
  for (; i < count; ++i) {
    all += double(from[i]) * from[i];
  }
  return all;
}

// The L2 norm of a gradient, which is scaled to have `most` where it has more.
template <typename T>
double clip_norm(T* gradient, int64_t count, double most) {
  const int64_t pieces = panels(count, kPiece);
  std::vector<double> sums(pieces);
  at::parallel_for(0, pieces, kWorthIt / kPiece, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      sums[p] = sum_of_squares(gradient + p * kPiece, std::min(kPiece, count - p * kPiece));
    }
  });
  const double norm = std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0));
  if (norm > most) {
    const T scale = T(most / norm);
    at::parallel_for(0, count, kWorthIt, [&](int64_t begin, int64_t end) {
      std::transform(gradient + begin, gradient + end, gradient + begin, [scale](T x) { return x * scale; });
    });
  }
  return norm;
}

// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  p <- kept p - rate m^ / (sqrt(v^) + eps)
// (Kingma and Ba 2014, algorithm 1; with kept < 1 Loshchilov and Hutter 2017).
template <typename T>
void adam(const Move<T>& move) {
  constexpr int64_t W = kWidth<T>;
  const double moves = *move.moves += 1;
  // m^ = m / (1 - b1^t) and v^ = v / (1 - b2^t), whose factors leave one division to each number.
  const double root = std::sqrt(1 - std::pow(move.beta2, moves));
  const Vec<T> rate(T(move.rate * root / (1 - std::pow(move.beta1, moves)))), epsilon(T(move.epsilon * root));
  const Vec<T> fresh1(T(1 - move.beta1)), beta2(T(move.beta2)), fresh2(T(1 - move.beta2)), kept(T(move.kept));
  at::parallel_for(0, panels(move.count, W), kWorthIt / W, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * W; i < std::min(end * W, move.count); i += W) {
      const int64_t some = std::min(W, move.count - i);
      const Vec<T> g = load(move.gradient + i, some), was = load(move.mean + i, some);
      const Vec<T> mean = at::vec::fmadd(fresh1, g - was, was);
      const Vec<T> square = at::vec::fmadd(beta2, load(move.square + i, some), fresh2 * g * g);
      const Vec<T> step = rate * mean / (square.sqrt() + epsilon);
      store(mean, move.mean + i, some);
      store(square, move.square + i, some);
      store(kept * load(move.parameter + i, some) - step, move.parameter + i, some);
    }
  });
}

}  // namespace rnnlab
