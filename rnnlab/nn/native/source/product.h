// The product at the heart of every step: a few rows times a panel of a weight, summed in registers.
//
// A weight is packed once an iteration into panels of a few vectors of columns, each of which lies in memory in the
// order in which the product reads it.
#pragma once

#include <algorithm>
#include <type_traits>

#include "turning.h"
#include "vectors.h"

namespace rnnlab {

constexpr int64_t kEarly = 16;              // steps of the loop before its numbers of a panel are needed, they are asked
                                            // for: what is not in the nearest cache takes some steps to come
template <typename T>
constexpr int64_t kLine = 64 / sizeof(T);  // numbers that come together

// sum[r][v] += left[r][:] · panel[:][v], over `depth` numbers of R rows that lie `stride` apart.
template <typename T, int R, int V>
INLINE void multiply(const T* left, int64_t stride, const T* panel, int64_t depth, Vec<T> (&sum)[R][V]) {
  for (int64_t k = 0; k < depth; ++k) {
    Vec<T> right[V];
    UNROLL for (int v = 0; v < V; ++v) {
      right[v] = Vec<T>::loadu(panel + (k * V + v) * kWidth<T>);
    }
    UNROLL for (int64_t n = 0; n < V * kWidth<T>; n += kLine<T>) {
      __builtin_prefetch(panel + (k + kEarly) * V * kWidth<T> + n);
    }
    UNROLL for (int r = 0; r < R; ++r) {
      const Vec<T> factor(left[r * stride + k]);
      UNROLL for (int v = 0; v < V; ++v) {
        sum[r][v] = at::vec::fmadd(factor, right[v], sum[r][v]);
      }
    }
  }
}

// Calls body(row, R) for groups of at most `Most` of the rows from begin to end, R a constant of the compiler's. For a
// `Most` of up to 6 all groups are full but the last.
template <int Most, typename Body>
INLINE void by_rows(int64_t begin, int64_t end, const Body& body) {
  int64_t row = begin;
  const auto take = [&](auto group) {
    constexpr int R = decltype(group)::value;
    if constexpr (R <= Most) {
      for (; end - row >= R; row += R) {
        body(row, group);
      }
    }
  };
  take(std::integral_constant<int, 8>());
  take(std::integral_constant<int, 6>());
  take(std::integral_constant<int, 5>());
  take(std::integral_constant<int, 4>());
  take(std::integral_constant<int, 3>());
  take(std::integral_constant<int, 2>());
  take(std::integral_constant<int, 1>());
}

// Rows for which V sums each, V numbers of the weight and a factor fit into the registers; with 16 of them the factor
// takes one of the weight's, which is read again: 12 sums for the LSTM's 8, which are too few to keep a processor busy.
// Double is there to be compared with, not to be fast, and few groups are compiled sooner.
template <typename T, int V>
constexpr int kRows = std::is_same_v<T, float> ? std::clamp((kRegisters - V - (kRegisters == 32)) / V, 1, 8) : 2;

// Calls done(row, unit, sums) for every row from begin to end and every vector of a panel's units that begins before
// `units`: its product with the panel, for each of G gates.
template <typename T, int G, int V, typename Done>
INLINE void multiply_panel(
    const T* left, int64_t stride, const T* packed, int64_t depth, int64_t panel, int64_t units, int64_t begin,
    int64_t end, const Done& done) {
  by_rows<kRows<T, G * V>>(begin, end, [&](int64_t row, auto group) {
    constexpr int R = decltype(group)::value;
    Vec<T> sum[R][G * V];
    UNROLL for (int r = 0; r < R; ++r) {
      UNROLL for (int v = 0; v < G * V; ++v) {
        sum[r][v] = Vec<T>(0);
      }
    }
    multiply<T, R, G * V>(left + row * stride, stride, packed + panel * depth * G * V * kWidth<T>, depth, sum);
    UNROLL for (int r = 0; r < R; ++r) {
      UNROLL for (int v = 0; v < V; ++v) {
        const int64_t unit = (panel * V + v) * kWidth<T>;
        if (unit < units) {
          Vec<T> sums[G];
          UNROLL for (int g = 0; g < G; ++g) {
            sums[g] = sum[r][g * V + v];
          }
          done(row + r, unit, sums);
        }
      }
    }
  });
}

INLINE int64_t panels(int64_t columns, int64_t wide) {
  return (columns + wide - 1) / wide;
}

// From a weight [G*units, columns] of torch.nn to the panels of X·Wᵀ: for some units, column by column, each gate's.
// [panel][column][gate][unit], units beyond the last are zero.
template <typename T, int G, int V>
void pack_forward(const T* weight, int64_t units, int64_t columns, T* packed, int64_t begin, int64_t end) {
  constexpr int64_t wide = V * kWidth<T>;
  for (int64_t p = begin; p < end; ++p) {
    T* panel = packed + p * columns * G * wide;
    const int64_t count = std::min(wide, units - p * wide);
    for (int64_t k = 0; k < columns && count < wide; ++k) {
      std::fill_n(panel + k * G * wide, G * wide, T(0));
    }
    for (int g = 0; g < G; ++g) {
      turn_over(weight + (g * units + p * wide) * columns, columns, count, columns, panel + g * wide, G * wide);
    }
  }
}

// From a weight [rows, columns] to the panels of D·W: [panel][row][column], the last `turn` rows before the others.
template <typename T, int V>
void pack_backward(
    const T* weight, int64_t rows, int64_t columns, T* packed, int64_t begin, int64_t end, int64_t turn = 0) {
  constexpr int64_t wide = V * kWidth<T>;
  for (int64_t p = begin; p < end; ++p) {
    const int64_t count = std::min(wide, columns - p * wide);
    for (int64_t k = 0; k < rows; ++k) {
      T* to = packed + (p * rows + k) * wide;
      const int64_t row = k < turn ? rows - turn + k : k - turn;
      std::fill(std::copy_n(weight + row * columns + p * wide, count, to), to + wide, T(0));
    }
  }
}

// Rows of numbers that lie `stride` apart.
template <typename T>
struct Rows {
  T* first;
  int64_t stride;
};

// Panels from begin to end, the first or the last first. What was read last is still in a cache, and is what is read
// first by who goes through the same panels from the other end.
struct Span {
  int64_t begin, end;
  bool last_first = false;

  int64_t at(int64_t i) const {
    return last_first ? end - 1 - i : begin + i;
  }
};

// The way to multiply with a weight by the processor's vectors. A way says how many units of each of G gates are in a
// panel and how a weight is packed into them, and calls done(row, unit, sums) with what some rows times a panel come to.
template <typename T>
struct Vectors {
  static constexpr int64_t kTokens = 32;  // that take one panel after the other, where all are there from the start

  template <int G>
  static constexpr int kUnits = G == 1 ? 2 : 1;  // vectors of a gate's units in a panel

  template <int G>
  static constexpr int64_t wide() {
    return kUnits<G> * kWidth<T>;
  }

  // Room for the panels of a weight, in numbers.
  template <int G>
  static int64_t size(int64_t units, int64_t depth) {
    return panels(units, wide<G>()) * wide<G>() * G * depth;
  }

  // The panels from begin to end of a weight [G*units, depth], for X·Wᵀ.
  template <int G>
  static void pack(const T* weight, int64_t units, int64_t depth, T* packed, int64_t begin, int64_t end) {
    pack_forward<T, G, kUnits<G>>(weight, units, depth, packed, begin, end);
  }

  // Those of a weight [depth, units], for D·W; the last `turn` of its rows are before the others.
  static void pack_back(
      const T* weight, int64_t units, int64_t depth, T* packed, int64_t begin, int64_t end, int64_t turn = 0) {
    pack_backward<T, kUnits<1>>(weight, depth, units, packed, begin, end, turn);
  }

  // Some rows that one panel after the other is multiplied with.
  struct Left {
    Left(Rows<const T> at, int64_t rows, int64_t depth) : at(at), rows(rows), depth(depth) {}

    Rows<const T> at;
    int64_t rows, depth;
  };

  template <int G, typename Done>
  static INLINE void multiply(
      const Left& left, const T* packed, Span span, int64_t units, const Done& done) {
    for (int64_t i = 0; i < span.end - span.begin; ++i) {
      multiply_panel<T, G, kUnits<G>>(
          left.at.first, left.at.stride, packed, left.depth, span.at(i), units, 0, left.rows, done);
    }
  }
};

}  // namespace rnnlab
