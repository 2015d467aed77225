// What Python calls: plain C functions, which ctypes finds by name. Each gives back nothing but what it writes.
#include "batch.h"
#include "layer.h"
#include "moving.h"
#include "noise.h"
#include "output.h"
#include "steps.h"
#include "sums.h"

namespace rnnlab {

// Calls body(Layer) for the cell of that number; the numbers stand in native/kernels.py.
template <typename T, typename Body>
void with_cell(int64_t cell, const Body& body) {
  switch (cell) {
    case 0: return body(Layer<Simple<false>, T, Vectors<T>>());
    case 1: return body(Layer<Simple<true>, T, Vectors<T>>());
    case 2: return body(Layer<GRU, T, Vectors<T>>());
    case 3: return body(Layer<SimpleGRU, T, Vectors<T>>());
    case 4: return body(Layer<LSTM, T, Vectors<T>>());
  }
}

}  // namespace rnnlab

#define EXPORT extern "C" __attribute__((visibility("default")))

#define FOR_TYPE(T, SUFFIX)                                                                     \
  EXPORT int64_t packed_size_##SUFFIX(int64_t cell, int64_t hidden, int64_t width) {            \
    int64_t size = 0;                                                                           \
    rnnlab::with_cell<T>(cell, [&](auto layer) { size = layer.packed_size(hidden, width); });   \
    return size;                                                                                \
  }                                                                                             \
  EXPORT void forward_##SUFFIX(int64_t cell, const rnnlab::Sequence<T>* sequence) {             \
    rnnlab::with_cell<T>(cell, [&](auto layer) { layer.forward(*sequence); });                  \
  }                                                                                             \
  EXPORT void backward_##SUFFIX(int64_t cell, const rnnlab::Sequence<T>* sequence) {            \
    rnnlab::with_cell<T>(cell, [&](auto layer) { layer.backward(*sequence); });                 \
  }                                                                                             \
  EXPORT void learn_##SUFFIX(int64_t cell, const rnnlab::Batch<T>* batch) {                     \
    rnnlab::with_cell<T>(cell, [&](auto layer) { rnnlab::learn<decltype(layer)>(*batch); });    \
  }                                                                                             \
  EXPORT int64_t output_panels_size_##SUFFIX(int64_t width, int64_t vocabulary) {               \
    return rnnlab::output_panels_size<rnnlab::Vectors<T>>(width, vocabulary);                   \
  }                                                                                             \
  EXPORT void output_loss_##SUFFIX(const rnnlab::Output<T>* output) {                           \
    rnnlab::output_loss<rnnlab::Vectors<T>>(*output);                                           \
  }                                                                                             \
  EXPORT double clip_norm_##SUFFIX(T* gradient, int64_t count, double most) {                   \
    return rnnlab::clip_norm(gradient, count, most);                                            \
  }                                                                                             \
  EXPORT void adam_##SUFFIX(const rnnlab::Move<T>* move) {                                      \
    rnnlab::adam(*move);                                                                        \
  }                                                                                             \
  EXPORT void noise_##SUFFIX(rnnlab::Generator* generator, double keep, double scale, int64_t count, T* out) { \
    rnnlab::draw_noise(generator, keep, scale, count, out);                                     \
  }                                                                                             \
  EXPORT int64_t packed_dense_size_##SUFFIX(int64_t rows, int64_t columns) {                    \
    constexpr int64_t wide = rnnlab::kAcross * rnnlab::kWidth<T>;                               \
    return rnnlab::panels(rows, wide) * wide * columns;                                         \
  }                                                                                             \
  EXPORT void pack_dense_##SUFFIX(const T* weight, int64_t rows, int64_t columns, T* packed) {  \
    rnnlab::pack_dense(weight, rows, columns, packed);                                          \
  }                                                                                             \
  EXPORT void step_##SUFFIX(                                                                    \
      int64_t cell, const rnnlab::Stepper<T>* stepper, const int64_t* tokens, T* state, T* logits) { \
    rnnlab::with_cell<T>(cell, [&](auto layer) {                                                \
      rnnlab::step<typename decltype(layer)::Cell>(*stepper, tokens, state, logits);            \
    });                                                                                         \
  }

EXPORT int64_t draw_f32(const float* logits, int64_t vocabulary, double colder, double uniform, double* sums) {
  return rnnlab::draw(logits, vocabulary, colder, uniform, sums);
}

FOR_TYPE(float, f32)
FOR_TYPE(double, f64)
