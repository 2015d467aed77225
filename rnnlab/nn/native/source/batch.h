// A batch through all layers, the output layer and back, as one call: between two calls threads fall asleep.
#pragma once

#include <algorithm>
#include <numeric>

#include "layer.h"
#include "output.h"

namespace rnnlab {

// Of one layer; each reads what the one before gave out.
template <typename T>
struct Floor {
  Sequence<T> sequence;
  const T* noise;  // what dropout multiplies its outputs with, [T*B, H], or null
  T* silenced;     // room for the products, where there is noise
  T* d_out;        // the sequence's, to be written
  T* end;          // room for the last state [B, H]
  T* end_memory;   // and its second part, where it has one
};

template <typename T>
struct Batch {
  int64_t layers, pieces;
  Floor<T>* floor;          // of each layer
  const Output<T>* output;  // of each piece of the tokens
  int64_t tokens;
  const T* losses;          // [tokens], which the pieces fill
  T* loss;                  // their mean, to be written
};

template <typename T>
void multiply_each(const T* a, const T* b, int64_t count, T* out) {
  at::parallel_for(0, count, 1 << 14, [&](int64_t begin, int64_t end) {
    std::transform(a + begin, a + end, b + begin, out + begin, std::multiplies<T>());
  });
}

// Fills the losses, their mean, and all gradients.
template <typename Layer, typename T>
void learn(const Batch<T>& batch) {
  for (int64_t l = 0; l < batch.layers; ++l) {
    const Floor<T>& floor = batch.floor[l];
    const Sequence<T>& s = floor.sequence;
    Layer::forward(s);
    const int64_t rows = s.batch * s.hidden;
    std::copy_n(s.states + s.steps * rows, rows, floor.end);
    if (s.memories) {
      std::copy_n(s.memories + s.steps * rows, rows, floor.end_memory);
    }
    if (floor.noise) {
      multiply_each(s.states + rows, floor.noise, s.steps * rows, floor.silenced);
    }
  }
  for (int64_t p = 0; p < batch.pieces; ++p) {
    output_loss<typename Layer::Product>(batch.output[p]);
  }
  *batch.loss = T(std::accumulate(batch.losses, batch.losses + batch.tokens, 0.0) / batch.tokens);
  for (int64_t l = batch.layers - 1; l >= 0; --l) {
    const Floor<T>& floor = batch.floor[l];
    const Sequence<T>& s = floor.sequence;
    if (floor.noise) {
      multiply_each<T>(floor.d_out, floor.noise, s.steps * s.batch * s.hidden, floor.d_out);
    }
    std::fill_n(s.d_state, s.batch * s.hidden, T(0));
    if (s.d_memory) {
      std::fill_n(s.d_memory, s.batch * s.hidden, T(0));
    }
    Layer::backward(s);
  }
}

}  // namespace rnnlab
