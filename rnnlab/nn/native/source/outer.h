// The product over all tokens of a batch that a weight's gradient is: out[m][n] = the sum over i of a[i][m] · b[i][n].
//
// Both sides lie in memory in the order in which the sum reads them, so that only long rows, of which each number lies
// on another page, are packed. Threads share the rows of `out`, or its columns where those divide more evenly, each
// number summed from the first token to the last, so that how many they are changes no bit.
#pragma once

#include <ATen/Parallel.h>

#include <vector>

#include "product.h"

namespace rnnlab {

constexpr int kTall = 6;                             // rows of a tile of sums that stays in registers
constexpr int kBroad = kRegisters == 32 ? 4 : 2;     // and its vectors
constexpr int64_t kDepth = kRegisters == 32 ? 160 : 320;  // tokens whose numbers, a tile wide, stay in the nearest cache
                                                          // while all rows take them

struct Range {
  int64_t begin, end;
};

// Calls take(rows, columns) for each thread's share of them, in whole tiles: some rows, or some columns where that makes
// the largest share smaller. Rows are better where both are alike: less of `a` is read.
template <int64_t Tall, int64_t Broad, typename Take>
void share_out(int64_t rows, int64_t columns, const Take& take) {
  const int64_t tall = panels(rows, Tall), broad = panels(columns, Broad), threads = at::get_num_threads();
  if (8 * panels(tall, threads) * Tall * columns <= 9 * panels(broad, threads) * Broad * rows) {
    at::parallel_for(0, tall, 1, [&](int64_t begin, int64_t end) {
      take(Range{begin * Tall, std::min(end * Tall, rows)}, Range{0, columns});
    });
  } else {
    at::parallel_for(0, broad, 1, [&](int64_t begin, int64_t end) {
      take(Range{0, rows}, Range{begin * Broad, std::min(end * Broad, columns)});
    });
  }
}

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

// All tiles of some columns. The numbers of a's next column lie `apart` from those of the one before.
template <typename T, int V>
void add_tiles(
    Rows<const T> a, int64_t apart, Rows<const T> b, int64_t depth, int64_t rows, Rows<T> out, bool begins,
    int64_t last) {
  by_rows<kTall>(0, rows, [&](int64_t m, auto group) {
    const Rows<const T> left = {a.first + m * apart, a.stride};
    const Rows<T> to = {out.first + m * out.stride, out.stride};
    if (last == kWidth<T>) {
      add_tile<T, decltype(group)::value, V>(left, b, depth, to, begins, kWidth<T>);  // loads without a mask
    } else {
      add_tile<T, decltype(group)::value, V>(left, b, depth, to, begins, last);
    }
  });
}

// Copies columns in groups, row by row, each group by itself: [group][row][column].
template <int64_t Wide, typename T>
Rows<const T> pack_columns(Rows<const T> from, int64_t rows, int64_t columns, T* to) {
  for (int64_t c = 0; c < columns; c += Wide) {
    for (int64_t r = 0; r < rows; ++r) {
      const T* row = from.first + r * from.stride + c;
      T* packed = to + c * rows + r * Wide;
      columns - c >= Wide ? std::copy_n(row, Wide, packed) : std::copy_n(row, columns - c, packed);
    }
  }
  return {to, Wide};
}

// Fills out [rows, columns] from a [tokens, rows] and b [tokens, columns]; or adds to it where it does not begin here.
// Both are read as they lie where the shorter of their rows has fewer than `packs_from` bytes, and copied to lie close
// where it has more: the same numbers, added in the same order.
template <typename T>
void multiply_tokens(
    Vectors<T>, Rows<const T> a, Rows<const T> b, int64_t tokens, int64_t rows, int64_t columns, T* out,
    int64_t packs_from, bool begins = true) {
  constexpr int64_t W = kWidth<T>, wide = kBroad * W;
  const int64_t depth = panels(tokens, panels(tokens, kDepth));
  const bool packs = std::min(a.stride, b.stride) * int64_t(sizeof(T)) >= packs_from;
  const auto take = [&](Range some_rows, Range some_columns) {
    const auto [begin, end] = some_rows;
    const auto [from, beyond] = some_columns;
    std::vector<T> room(packs ? depth * (panels(end - begin, kTall) * kTall + wide) : 0);
    for (int64_t k = 0; k < tokens; k += depth) {
      const int64_t some = std::min(depth, tokens - k);
      const bool first = begins && k == 0;
      Rows<const T> left = {a.first + k * a.stride + begin, a.stride};
      if (packs) {
        left = pack_columns<kTall>(left, some, end - begin, room.data() + depth * wide);
      }
      for (int64_t n = from; n < beyond;) {
        Rows<const T> right = {b.first + k * b.stride + n, b.stride};
        const Rows<T> to = {out + begin * columns + n, columns};
        if (beyond - n >= wide) {
          if (packs) {
            right = pack_columns<wide>(right, some, wide, room.data());
          }
          add_tiles<T, kBroad>(left, packs ? some : 1, right, some, end - begin, to, first, W);
          n += wide;
        } else {
          const int64_t last = std::min(W, beyond - n);
          add_tiles<T, 1>(left, packs ? some : 1, right, some, end - begin, to, first, last);
          n += last;
        }
      }
    }
  };
  share_out<kTall, wide>(rows, columns, take);
}

}  // namespace rnnlab
