// What Python calls: plain C functions, which ctypes finds by name. Each gives back nothing but what it writes.
#include "batch.h"
#include "layer.h"
#include "moving.h"
#include "noise.h"
#include "output.h"
#include "steps.h"
#include "sums.h"
#include "tiles.h"

namespace rnnlab {

// Calls body(Way) for the way to multiply: with tiles where there are any and they are asked for.
template <typename T, typename Body>
void with_way(bool tiles, const Body& body) {
#ifdef __AMX_BF16__
  if constexpr (std::is_same_v<T, float>) {
    if (tiles) {
      return body(Tiles());
    }
  }
#endif
  body(Vectors<T>());
}

// Calls body(Layer) for the cell of that number; the numbers stand in native/kernels.py.
template <typename T, typename Body>
void with_layer(int64_t cell, bool tiles, const Body& body) {
  with_way<T>(tiles, [&](auto way) {
    using Way = decltype(way);
    switch (cell) {
      case 0: return body(Layer<Simple<false>, T, Way>());
      case 1: return body(Layer<Simple<true>, T, Way>());
      case 2: return body(Layer<GRU, T, Way>());
      case 3: return body(Layer<SimpleGRU, T, Way>());
      case 4: return body(Layer<LSTM, T, Way>());
    }
  });
}

}  // namespace rnnlab

#define EXPORT extern "C" __attribute__((visibility("default")))

#define FOR_TYPE(T, SUFFIX)                                                                     \
  EXPORT int64_t packed_size_##SUFFIX(int64_t cell, int64_t hidden, int64_t width, int64_t tiles) { \
    int64_t size = 0;                                                                           \
    rnnlab::with_layer<T>(cell, tiles, [&](auto layer) { size = layer.packed_size(hidden, width); }); \
    return size;                                                                                \
  }                                                                                             \
  EXPORT void forward_##SUFFIX(int64_t cell, const rnnlab::Sequence<T>* sequence) {             \
    rnnlab::with_layer<T>(cell, sequence->tiles, [&](auto layer) { layer.forward(*sequence); }); \
  }                                                                                             \
  EXPORT void backward_##SUFFIX(int64_t cell, const rnnlab::Sequence<T>* sequence) {            \
    rnnlab::with_layer<T>(cell, sequence->tiles, [&](auto layer) { layer.backward(*sequence); }); \
  }                                                                                             \
  EXPORT void learn_##SUFFIX(int64_t cell, const rnnlab::Batch<T>* batch) {                     \
    rnnlab::with_layer<T>(cell, batch->floor->sequence.tiles, [&](auto layer) {                 \
      rnnlab::learn<decltype(layer)>(*batch);                                                   \
    });                                                                                         \
  }                                                                                             \
  EXPORT int64_t output_panels_size_##SUFFIX(int64_t width, int64_t vocabulary, int64_t tiles) { \
    int64_t size = 0;                                                                           \
    rnnlab::with_way<T>(tiles, [&](auto way) {                                                  \
      size = rnnlab::output_panels_size<decltype(way)>(width, vocabulary);                      \
    });                                                                                         \
    return size;                                                                                \
  }                                                                                             \
  EXPORT void output_loss_##SUFFIX(const rnnlab::Output<T>* output) {                           \
    rnnlab::with_way<T>(output->tiles, [&](auto way) { rnnlab::output_loss<decltype(way)>(*output); }); \
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
    rnnlab::with_layer<T>(cell, false, [&](auto layer) {                                        \
      rnnlab::step<typename decltype(layer)::Cell>(*stepper, tokens, state, logits);            \
    });                                                                                         \
  }

// Whether there are tiles, and this process may use them.
EXPORT int64_t tiles_f32() {
#ifdef __AMX_BF16__
  return rnnlab::may_use_tiles();
#else
  return 0;
#endif
}

EXPORT int64_t draw_f32(const float* logits, int64_t vocabulary, double colder, double uniform, double* sums) {
  return rnnlab::draw(logits, vocabulary, colder, uniform, sums);
}

FOR_TYPE(float, f32)
FOR_TYPE(double, f64)
