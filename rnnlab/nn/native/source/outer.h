// The product over all tokens of a batch that a weight's gradient is: out[m][n] = the sum over i of a[i][m] · b[i][n].
//
// Both sides lie in memory in the order in which the sum reads them, so nothing is packed. Threads share the rows of
// `out`, each summed from the first token to the last, so that their number changes no bit.
#pragma once

#include <ATen/Parallel.h>

#include "product.h"

namespace rnnlab {

constexpr int kTall = 4;                            // rows of a tile of sums that stays in registers
constexpr int kBroad = kRegisters == 32 ? 4 : 2;    // and its vectors
constexpr int64_t kDepth = 320;                     // tokens whose numbers stay in the cache while all tiles take them

// Rows of numbers that lie `stride` apart.
template <typename T>
struct Rows {
  T* first;
  int64_t stride;
};

template <typename T, int R, int V>
INLINE void add_tile(Rows<const T> a, Rows<const T> b, int64_t depth, Rows<T> out, bool begins, int64_t last) {
  constexpr int64_t W = kWidth<T>;
  Vec<T> sum[R][V];
  UNROLL for (int r = 0; r < R; ++r) {
    UNROLL for (int v = 0; v < V; ++v) {
      sum[r][v] = begins ? Vec<T>(0) : load(out.first + r * out.stride + v * W, v + 1 < V ? W : last);
    }
  }
  for (int64_t k = 0; k < depth; ++k) {
    Vec<T> right[V];
    UNROLL for (int v = 0; v < V; ++v) {
      right[v] = load(b.first + k * b.stride + v * W, v + 1 < V ? W : last);
    }
    UNROLL for (int r = 0; r < R; ++r) {
      const Vec<T> factor(a.first[k * a.stride + r]);
      UNROLL for (int v = 0; v < V; ++v) {
        sum[r][v] = at::vec::fmadd(factor, right[v], sum[r][v]);
      }
    }
  }
  UNROLL for (int r = 0; r < R; ++r) {
    UNROLL for (int v = 0; v < V; ++v) {
      store(sum[r][v], out.first + r * out.stride + v * W, v + 1 < V ? W : last);
    }
  }
}

template <typename T, int V>
void add_tiles(
    Rows<const T> a, Rows<const T> b, int64_t depth, int64_t begin, int64_t end, Rows<T> out, bool begins,
    int64_t last) {
  by_rows<kTall>(begin, end, [&](int64_t m, auto rows) {
    const Rows<const T> left = {a.first + m, a.stride};
    const Rows<T> to = {out.first + m * out.stride, out.stride};
    if (last == kWidth<T>) {
      add_tile<T, decltype(rows)::value, V>(left, b, depth, to, begins, kWidth<T>);  // loads without a mask
    } else {
      add_tile<T, decltype(rows)::value, V>(left, b, depth, to, begins, last);
    }
  });
}

// Fills out [rows, columns] from a [tokens, rows] and b [tokens, columns]; or adds to it where it does not begin here.
template <typename T>
void multiply_tokens(
    Rows<const T> a, Rows<const T> b, int64_t tokens, int64_t rows, int64_t columns, T* out, bool begins = true) {
  constexpr int64_t W = kWidth<T>, wide = kBroad * W;
  const int64_t depth = panels(tokens, panels(tokens, kDepth));
  at::parallel_for(0, panels(rows, kTall), 2, [&](int64_t begin, int64_t end) {
    begin *= kTall, end = std::min(end * kTall, rows);
    for (int64_t k = 0; k < tokens; k += depth) {
      const int64_t some = std::min(depth, tokens - k);
      for (int64_t n = 0; n < columns;) {
        const Rows<const T> left = {a.first + k * a.stride, a.stride}, right = {b.first + k * b.stride + n, b.stride};
        const bool broad = columns - n >= wide;
        const int64_t last = std::min(W, columns - n);
        if (broad) {
          add_tiles<T, kBroad>(left, right, some, begin, end, {out + n, columns}, begins && k == 0, W);
        } else {
          add_tiles<T, 1>(left, right, some, begin, end, {out + n, columns}, begins && k == 0, last);
        }
        n += broad ? wide : last;
      }
    }
  });
}

}  // namespace rnnlab
