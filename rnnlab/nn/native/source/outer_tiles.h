// The product over all tokens that a weight's gradient is, by the matrix unit; see outer.h.
#pragma once

#ifdef __AMX_BF16__

#include "outer.h"
#include "tiles.h"

namespace rnnlab {

// out [rows, columns] = a square of sums [32][32], or that and what was there.
INLINE void add_square(const float* sums, int64_t rows, int64_t columns, bool begins, float* out, int64_t stride) {
  const __mmask16 low = first_of(columns), high = first_of(columns - 16);
  for (int64_t r = 0; r < rows; ++r, sums += 32, out += stride) {
    __m512 left = _mm512_load_ps(sums), right = _mm512_load_ps(sums + 16);
    if (!begins) {
      left = _mm512_add_ps(left, _mm512_maskz_loadu_ps(low, out));
      right = _mm512_add_ps(right, _mm512_maskz_loadu_ps(high, out + 16));
    }
    _mm512_mask_storeu_ps(out, low, left);
    _mm512_mask_storeu_ps(out + 16, high, right);
  }
}

constexpr int64_t kSquare = 2 * kTileRows;
constexpr int64_t kDeep = 12;     // blocks of tokens whose tiles are kept at a time,
constexpr int64_t kAbreast = 16;  // for so many squares' columns

// One thread's rows and columns. For some tokens at a time b's columns become tiles, then 32 rows' numbers of a, and
// these take all columns.
inline void multiply_share(
    Rows<const float> a, Rows<const float> b, int64_t tokens, Range rows, Range columns, Rows<float> out, bool begins) {
  const int64_t blocks = panels(tokens, kTileDepth), depth = panels(blocks, panels(blocks, kDeep));
  const int64_t broad = std::min(panels(columns.end - columns.begin, kSquare), kAbreast);
  char* left = room_for_tiles((1 + broad) * depth * kPair);
  char* right = left + depth * kPair;
  alignas(64) char tiles[kBlock];
  alignas(64) float sums[2][32 * 32];
  const TilesAtHand hand;
  for (int64_t k = 0; k < blocks; k += depth) {
    const int64_t deep = std::min(depth, blocks - k);
    const auto split_tokens = [&](Rows<const float> x, int64_t block, Range some, char* to, int64_t apart) {
      const int64_t token = (k + block) * kTileDepth;
      const float* from = x.first + token * x.stride + some.begin;
      split_columns([&](int64_t r) { return from + r * x.stride; }, tokens - token, some.end - some.begin, to, apart);
    };
    for (int64_t first = columns.begin; first < columns.end; first += kAbreast * kSquare) {
      const int64_t last = std::min(first + kAbreast * kSquare, columns.end);
      for (int64_t n = first; n < last; n += kTileRows) {
        char* to = right + (n - first) / kSquare * deep * kPair + (n - first) / kTileRows % 2 * kTile;
        for (int64_t i = 0; i < deep; ++i) {
          split_tokens(b, i, {n, last}, to + i * kPair, 2 * kTile);
        }
      }
      for (int64_t m = rows.begin; m < rows.end; m += kSquare) {
        const int64_t high = std::min(kSquare, rows.end - m);
        for (int64_t r = 0; r < high; r += kTileRows) {
          for (int64_t i = 0; i < deep; ++i) {
            split_tokens(a, i, {m + r, rows.end}, tiles, kTile);
            turn_tiles(tiles, left + (r / kTileRows * deep + i) * kBlock, kTile);
          }
        }
        const auto add = [&](int64_t n) {
          float* to = out.first + m * out.stride + n;
          add_square(sums[n / kSquare % 2], high, last - n, begins && k == 0, to, out.stride);
        };
        const char* lower = high > kTileRows ? left + deep * kBlock : left;
        for (int64_t n = first; n < last; n += kSquare) {
          multiply_32(left, lower, right + (n - first) / kSquare * deep * kPair, deep, sums[n / kSquare % 2], [] {});
          if (n > first) {  // while the next one is under way
            add(n - kSquare);
          }
        }
        add(first + (panels(last - first, kSquare) - 1) * kSquare);
      }
    }
  }
}

inline void multiply_tokens(
    Tiles, Rows<const float> a, Rows<const float> b, int64_t tokens, int64_t rows, int64_t columns, float* out, int64_t,
    bool begins = true) {
  share_out<kSquare, kSquare>(rows, columns, [&](Range some_rows, Range some_columns) {
    multiply_share(a, b, tokens, some_rows, some_columns, {out, columns}, begins);
  });
}

}  // namespace rnnlab

#endif
