// One token after another: what writing is made of. All that happens at a step is one call, for one sequence or for
// some that go on side by side.
#pragma once

#include <cmath>

#include "cells.h"
#include "product.h"

namespace rnnlab {

constexpr int kAcross = 8;  // vectors in a panel of these products: with one row, only many sums keep the processor busy

// out = W·x + b
template <typename T>
struct Dense {
  int64_t rows, columns;
  const T* panels;  // W [rows, columns], packed
  const T* bias;    // [rows]
};

template <typename T>
struct StepLayer {
  Dense<T> inputs;     // W_ih with the biases; of the first layer without panels where `table` says it all
  Dense<T> recurrent;  // W_hh with the bias of the gate that keeps its parts apart, zeros elsewhere
};

template <typename T>
struct Stepper {
  int64_t layers, sequences, hidden;
  const StepLayer<T>* layer;
  Dense<T> output;
  const T* table;  // a row for each token: what the first layer reads, or its inputs' parts ready made
  T *a, *x;        // room for the gates' two parts, [sequences, G*H] each
};

template <typename T>
void pack_dense(const T* weight, int64_t rows, int64_t columns, T* packed) {
  pack_forward<T, 1, kAcross>(weight, rows, columns, packed, 0, panels(rows, kAcross * kWidth<T>));
}

template <typename T>
void apply(const Dense<T>& dense, const T* x, int64_t stride, int64_t sequences, T* out) {
  constexpr int64_t W = kWidth<T>;
  for (int64_t p = 0; p < panels(dense.rows, kAcross * W); ++p) {
    const auto add_bias = [&](int64_t row, int64_t at, const Vec<T>* sums) INLINED {
      const int64_t count = std::min(W, dense.rows - at);
      store(sums[0] + load(dense.bias + at, count), out + row * dense.rows + at, count);
    };
    multiply_panel<T, 1, kAcross>(x, stride, dense.panels, dense.columns, p, dense.rows, 0, sequences, add_bias);
  }
}

// The gates of one layer and one sequence, from their two parts; moves the state on.
template <typename Cell, typename T>
void turn(const T* a, const T* x, int64_t H, T* state, T* memory) {
  constexpr int64_t W = kWidth<T>;
  for (int64_t unit = 0; unit < H; unit += W) {
    const int64_t count = std::min(W, H - unit);
    Vec<T> recurrent[Cell::Gates], inputs[Cell::Gates];
    Units<T, Cell::Kept> u;
    UNROLL for (int g = 0; g < Cell::Gates; ++g) {
      recurrent[g] = load(a + g * H + unit, count);
      inputs[g] = load(x + g * H + unit, count);
    }
    u.H = load(state + unit, count);
    if constexpr (Cell::Memory) {
      u.C = load(memory + unit, count);
    }
    Cell::forward(recurrent, inputs, u);
    store(u.H, state + unit, count);
    if constexpr (Cell::Memory) {
      store(u.C, memory + unit, count);
    }
  }
}

// Reads a token of each sequence: moves `state` [layers, 1 or 2, sequences, H] on, writes logits [sequences, V].
template <typename Cell, typename T>
void step(const Stepper<T>& s, const int64_t* tokens, T* state, T* logits) {
  const int64_t H = s.hidden, gates = Cell::Gates * H;
  T* below = nullptr;
  for (int64_t l = 0; l < s.layers; ++l) {
    const StepLayer<T>& layer = s.layer[l];
    T* hidden = state;
    T* memory = state + s.sequences * H;
    apply(layer.recurrent, hidden, H, s.sequences, s.a);
    if (below) {
      apply(layer.inputs, below, H, s.sequences, s.x);
    }
    for (int64_t i = 0; i < s.sequences; ++i) {
      const T* x = s.x + i * gates;
      if (!below && layer.inputs.panels) {
        apply(layer.inputs, s.table + tokens[i] * layer.inputs.columns, 0, 1, s.x + i * gates);
      } else if (!below) {
        x = s.table + tokens[i] * gates;
      }
      turn<Cell>(s.a + i * gates, x, H, hidden + i * H, memory + i * H);
    }
    below = hidden;
    state += (Cell::Memory ? 2 : 1) * s.sequences * H;
  }
  apply(s.output, below, H, s.sequences, logits);
}

// The token that a uniform number falls on along the summed weights exp((logit - largest) * colder); what
// rnnlab/nn/choosing.py computes, in double as there.
template <typename T>
int64_t draw(const T* logits, int64_t vocabulary, double colder, double uniform, double* sums) {
  const double largest = *std::max_element(logits, logits + vocabulary);
  double sum = 0;
  for (int64_t v = 0; v < vocabulary; ++v) {
    sums[v] = sum += std::exp((logits[v] - largest) * colder);
  }
  return std::min<int64_t>(std::upper_bound(sums, sums + vocabulary, uniform * sum) - sums, vocabulary - 1);
}

}  // namespace rnnlab
