// A whole sequence of one layer, forward and back.
//
// What a row comes to does not depend on which thread computes which units of it, nor with which other rows: the same
// numbers are added in the same order.
#pragma once

#include <ATen/Parallel.h>

#include "cells.h"
#include "dense.h"
#include "outer.h"
#include "outer_tiles.h"
#include "sums.h"

namespace rnnlab {

// What Python hands over; K = Gates + Own blocks of H numbers make up the gradient of a step's row.
template <typename T>
struct Sequence {
  int64_t steps, batch, hidden, width;
  int64_t packs_from;       // see multiply_tokens
  int64_t by_units;         // see take_steps
  int64_t tiles;            // whether the matrix unit multiplies, where there is one
  const int64_t* ids;       // the tokens that are read, [T*B], as one-hot inputs; or null, and
  const T* x;               // the inputs, [T*B, width]
  const T* w_ih;            // [G*H, width]
  const T* w_hh;            // [G*H, H]
  const T *b_ih, *b_hh;     // [G*H]
  T* inputs;                // the inputs' parts with the biases, rows of [G*H]: a token's of the batch or, for ids,
                            // of the vocabulary; the biases of gates that keep parts apart are b_ih's
  T* packed;                // room for a weight in panels
  const T* first;           // H before the first step, [B, H]
  const T* first_memory;    // likewise C; LSTM only
  T* states;                // H of every step and before the first, [T+1, B, H]
  T* memories;              // likewise C
  T* kept;                  // [T, B, Wide, H], Wide the larger of Kept and K: what forward keeps for backward, which
                            // writes the gates' gradients in its place; null where nobody goes back
  const T* d_out;           // gradient of every step's H, [T, B, H]
  T* d_state;               // [B, H]: the gradient of the last H, then of the first where `to_first` says so
  T* d_memory;              // likewise of C
  int64_t to_first;
  T* d_w_hh;                // [G*H, H]
  T* d_w_ih;                // [G*H, width]
  T *d_b_ih, *d_b_hh;
  T* d_x;                   // [T*B, width]; where there is x
};

template <typename Of, typename T, typename Way>
struct Layer {
  using Cell = Of;
  using Product = Way;
  static constexpr int G = Cell::Gates, Own = Cell::Own, K = G + Own, Kept = Cell::Kept;
  static constexpr int Wide = std::max(K, Kept);
  static constexpr int64_t W = kWidth<T>;

  static int64_t packed_size(int64_t hidden, int64_t width) {
    const int64_t steps = std::max(Way::template size<G>(hidden, hidden), Way::template size<1>(hidden, G * hidden));
    return std::max(steps, packed_either_way<Way>(G * hidden, width));
  }

  static void forward(const Sequence<T>& s) {
    if (!s.ids) {
      multiply_inputs<Way>(
          s.x, s.w_ih, s.b_ih, s.b_hh, G * s.hidden, (G - Own) * s.hidden, s.width, s.steps * s.batch, s.packed,
          s.inputs);
    }
    const int64_t packs = panels(s.hidden, Way::template wide<G>()), columns = s.ids ? panels(G * s.hidden, W) : 0;
    at::parallel_for(0, packs + columns, 1, [&](int64_t begin, int64_t end) {
      Way::template pack<G>(s.w_hh, s.hidden, s.hidden, s.packed, begin, std::min(end, packs));
      for (int64_t c = std::max(begin, packs) - packs; c < end - packs; ++c) {
        fill_table(s.w_ih, s.b_ih, s.b_hh, G * s.hidden, (G - Own) * s.hidden, s.width, s.inputs, c * W);
      }
    });
    const auto begin = [&](int64_t row, int64_t end) {
      const int64_t from = row * s.hidden, to = end * s.hidden;
      std::copy(s.first + from, s.first + to, s.states + from);
      if constexpr (Cell::Memory) {
        std::copy(s.first_memory + from, s.first_memory + to, s.memories + from);
      }
    };
    take_steps(s, s.steps, packs, begin, [&](int64_t t, int64_t row, int64_t end, Span span) {
      forward_panels(s, t, row, end, span);
    });
  }

  static void backward(const Sequence<T>& s) {
    const int64_t H = s.hidden, tokens = s.steps * s.batch, packs = panels(H, Way::template wide<1>());
    at::parallel_for(0, packs, 1, [&](int64_t begin, int64_t end) {
      Way::pack_back(s.w_hh, H, G * H, s.packed, begin, end);
    });
    const int64_t last = s.steps - 1, first = s.to_first ? 0 : 1;
    const auto begin = [&](int64_t row, int64_t end) {
      for (; row < end; ++row) {
        for (int64_t unit = 0; unit < H; unit += W) {
          const int64_t count = std::min(W, H - unit);
          backward_units(s, last, row, unit, count, load(s.d_state + row * H + unit, count));
        }
      }
    };
    const auto body = [&](int64_t n, int64_t row, int64_t end, Span span) {
      backward_panels(s, last - n, row, end, span);
    };
    take_steps(s, s.steps - first, packs, begin, body);
    multiply_tokens(Way(), {s.kept + Own * H, Wide * H}, {s.states, H}, tokens, G * H, H, s.d_w_hh, s.packs_from);
    sum_gates(s);
    if (!s.ids) {
      inputs_back(s);
    }
  }

 private:
  // Calls begin(row, end) for all rows, then body(n, row, end, panels) for n from 0 on. Threads share the rows and
  // take them through all steps, so that none waits for another before the end. Or, `by_units`, they share the panels and
  // meet after each step: then each reads its own part of the weight alone, which a core's cache may hold where it does
  // not hold the whole.
  template <typename Begin, typename Body>
  static void take_steps(const Sequence<T>& s, int64_t steps, int64_t packs, const Begin& begin, const Body& body) {
    if (!s.by_units) {
      at::parallel_for(0, s.batch, 1, [&](int64_t row, int64_t end) {
        begin(row, end);
        for (int64_t n = 0; n < steps; ++n) {
          body(n, row, end, {0, packs, n % 2 == 1});
        }
      });
      return;
    }
    begin(0, s.batch);
    for (int64_t n = 0; n < steps; ++n) {
      at::parallel_for(0, packs, 1, [&](int64_t panel, int64_t beyond) {
        body(n, 0, s.batch, {panel, beyond, n % 2 == 1});
      });
    }
  }

  // Some rows of a step times some panels; and while a product is still in registers, the gates.
  static void forward_panels(const Sequence<T>& s, int64_t t, int64_t row, int64_t end, Span span) {
    const int64_t H = s.hidden, at = t * s.batch + row;
    const typename Way::Left left({s.states + at * H, H}, end - row, H);
    const auto gates = [&](int64_t r, int64_t unit, const Vec<T>* sums) INLINED {
      forward_units(s, at + r, unit, std::min(W, H - unit), sums);
    };
    Way::template multiply<G>(left, s.packed, span, H, gates);
  }

  static INLINE void forward_units(const Sequence<T>& s, int64_t at, int64_t unit, int64_t count, const Vec<T>* sums) {
    const int64_t H = s.hidden;
    const T* inputs = s.inputs + (s.ids ? s.ids[at] : at) * G * H + unit;
    Vec<T> a[G], x[G];
    Units<T, Kept> u;
    UNROLL for (int g = 0; g < G; ++g) {
      a[g] = sums[g];
      x[g] = load(inputs + g * H, count);
    }
    if constexpr (Own) {
      a[G - 1] = a[G - 1] + load(s.b_hh + (G - 1) * H + unit, count);
    }
    u.H = load(s.states + at * H + unit, count);
    if constexpr (Cell::Memory) {
      u.C = load(s.memories + at * H + unit, count);
    }
    Cell::forward(a, x, u);
    store(u.H, s.states + (at + s.batch) * H + unit, count);
    if constexpr (Cell::Memory) {
      store(u.C, s.memories + (at + s.batch) * H + unit, count);
    }
    if (s.kept) {
      UNROLL for (int k = 0; k < Kept; ++k) {
        store(u.kept[k], s.kept + (at * Wide + k) * H + unit, count);
      }
    }
  }

  // The gradients of some gates of a row at step t, from that of the state after it but for what the step gave out.
  static INLINE void backward_units(
      const Sequence<T>& s, int64_t t, int64_t row, int64_t unit, int64_t count, const Vec<T>& d_state) {
    const int64_t H = s.hidden, at = t * s.batch + row;
    T* kept = s.kept + at * Wide * H + unit;
    Vec<T> d[K];
    Units<T, Kept> u;
    UNROLL for (int k = 0; k < Kept; ++k) {
      u.kept[k] = load(kept + k * H, count);
    }
    u.H = load(s.states + (at + s.batch) * H + unit, count);
    u.H_before = load(s.states + at * H + unit, count);
    u.dH = d_state + load(s.d_out + at * H + unit, count);
    if constexpr (Cell::Memory) {
      u.C_before = load(s.memories + at * H + unit, count);
      u.dC = load(s.d_memory + row * H + unit, count);
    }
    Cell::backward(u, d);
    UNROLL for (int k = 0; k < K; ++k) {
      store(d[k], kept + k * H, count);
    }
    if constexpr (Cell::Carry) {
      store(u.dH, s.d_state + row * H + unit, count);
    }
    if constexpr (Cell::Memory) {
      store(u.dC, s.d_memory + row * H + unit, count);
    }
  }

  // dA · W_hh: what comes to the state before step t through the gates; and while it is still in registers, on to the
  // gates of the step before.
  static void backward_panels(const Sequence<T>& s, int64_t t, int64_t row, int64_t end, Span span) {
    const int64_t H = s.hidden, at = t * s.batch + row;
    const typename Way::Left left({s.kept + (at * Wide + Own) * H, Wide * H}, end - row, G * H);
    const auto gates = [&](int64_t r, int64_t unit, const Vec<T>* sums) INLINED {
      const int64_t count = std::min(W, H - unit);
      T* d_state = s.d_state + (row + r) * H + unit;
      const Vec<T> sum = Cell::Carry ? sums[0] + load(d_state, count) : sums[0];
      if (t > 0) {
        backward_units(s, t - 1, row + r, unit, count, sum);
      } else {
        store(sum, d_state, count);
      }
    };
    Way::template multiply<1>(left, s.packed, span, H, gates);
  }

  // The gradients of W_ih and the inputs. Those of the gates begin with what belongs to W_ih's last rows.
  static void inputs_back(const Sequence<T>& s) {
    const int64_t tokens = s.steps * s.batch, rows = G * s.hidden, own = Own * s.hidden, stride = Wide * s.hidden;
    const Rows<const T> x = {s.x, s.width};
    multiply_tokens(Way(), {s.kept + own, stride}, x, tokens, rows - own, s.width, s.d_w_ih, s.packs_from);
    multiply_tokens(Way(), {s.kept, stride}, x, tokens, own, s.width, s.d_w_ih + (rows - own) * s.width, s.packs_from);
    multiply_back<Way, T>({s.kept, stride}, s.w_ih, rows, own, s.width, tokens, s.packed, s.d_x);
  }

  // The gradients of the biases and, where tokens were looked up, of W_ih: sums over all tokens, in their order whatever
  // the number of threads, because each has columns of its own.
  static void sum_gates(const Sequence<T>& s) {
    const int64_t H = s.hidden, rows = G * H, turn = Own * H;
    at::parallel_for(0, K * panels(H, kStrip), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t block = i / panels(H, kStrip), unit = i % panels(H, kStrip) * kStrip;
        const int64_t from = block * H + unit, count = std::min(kStrip, H - unit);
        if (block >= G) {  // the recurrent parts of gates that keep theirs apart
          sum_columns(s.kept + from, s.steps * s.batch, Wide * H, count, s.d_b_hh + from - turn);
          continue;
        }
        const int64_t to = block < Own ? from + rows - turn : from - turn;
        if (s.ids) {
          T* table = s.inputs + to * s.width;  // close together: rows a page apart drive each other out of a cache
          add_rows(s.ids, s.steps * s.batch, s.kept + from, Wide * H, table, count, s.width);
          sum_columns(table, s.width, count, count, s.d_b_ih + to);
          turn_over(table, count, s.width, count, s.d_w_ih + to * s.width, s.width);
        } else {
          sum_columns(s.kept + from, s.steps * s.batch, Wide * H, count, s.d_b_ih + to);
        }
        if (block >= Own) {
          std::copy_n(s.d_b_ih + to, count, s.d_b_hh + to);
        }
      }
    });
  }
};

}  // namespace rnnlab
