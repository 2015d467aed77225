// Floats as the matrix unit takes them: each the sum of three bfloat16 of 8 bits, which together have its 24.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "vectors.h"

namespace rnnlab {

// A tile holds 16 rows of 64 bytes: of a product's left side 16 rows by 32 numbers; of its right side 32 rows by 16
// columns, of which two numbers of a column lie side by side. Any two may, if both sides pair the same: here the first
// of the 32 and the 17th, and so on. So the tile of a left side is that of a right side with pairs turned over.
constexpr int64_t kTile = 1024, kTileRows = 16, kTileDepth = 32;
constexpr int kParts = 3;
constexpr int64_t kBlock = kParts * kTile;  // bytes of the three parts of one tile's numbers

INLINE __mmask16 first_of(int64_t count) {
  return count >= 16 ? 0xffff : count <= 0 ? 0 : (1u << count) - 1;
}

// 16 pairs of floats as three times 16 pairs of bfloat16, each part the nearest to what those before leave. The last is
// what is left as it is: it has no more than 8 bits, unless it is no number and must stay none.
INLINE void split(__m512 even, __m512 odd, __m512i (&part)[kParts]) {
  const __m512i half = _mm512_set1_epi32(0x8000), upper = _mm512_set1_epi32(0xffff0000);
  UNROLL for (int p = 0; p < kParts; ++p) {
    __m512i x = _mm512_castps_si512(even), y = _mm512_castps_si512(odd);
    if (p + 1 < kParts) {
      x = _mm512_and_si512(_mm512_add_epi32(x, half), upper), y = _mm512_and_si512(_mm512_add_epi32(y, half), upper);
      even = _mm512_sub_ps(even, _mm512_castsi512_ps(x)), odd = _mm512_sub_ps(odd, _mm512_castsi512_ps(y));
    }
    constexpr int x_or_y_and_upper = 0xf8;
    part[p] = _mm512_ternarylogic_epi32(_mm512_srli_epi32(x, 16), y, upper, x_or_y_and_upper);
  }
}

// The tile of 16 rows, zeros where there are none: row(r) says where one begins. The parts lie `apart`.
template <typename Row>
INLINE void split_rows(const Row& row, int64_t rows, int64_t columns, char* to, int64_t apart) {
  const __mmask16 low = first_of(columns), high = first_of(columns - 16);
  for (int64_t r = 0; r < kTileRows; ++r) {
    __m512i part[kParts] = {};
    if (r < rows) {
      const float* from = row(r);
      split(_mm512_maskz_loadu_ps(low, from), _mm512_maskz_loadu_ps(high, from + 16), part);
    }
    UNROLL for (int p = 0; p < kParts; ++p) {
      _mm512_storeu_si512(to + p * apart + r * 64, part[p]);
    }
  }
}

// The tile of 32 rows of 16 columns.
template <typename Row>
INLINE void split_columns(const Row& row, int64_t rows, int64_t columns, char* to, int64_t apart) {
  const __mmask16 some = first_of(columns);
  const auto numbers = [&](int64_t r) INLINED {
    __builtin_prefetch(row(r + kTileDepth));  // each row lies on another page, or comes from another thread
    return r < rows ? _mm512_maskz_loadu_ps(some, row(r)) : _mm512_setzero_ps();
  };
  for (int64_t r = 0; r < kTileRows; ++r) {
    __m512i part[kParts];
    split(numbers(r), numbers(r + 16), part);
    UNROLL for (int p = 0; p < kParts; ++p) {
      _mm512_storeu_si512(to + p * apart + r * 64, part[p]);
    }
  }
}

// From a tile of either side to that of the other; a pair of numbers moves as one.
INLINE void turn_tiles(const char* from, char* to, int64_t apart) {
  UNROLL for (int p = 0; p < kParts; ++p) {
    at::vec::transpose_mxn<float, 16, 16>(
        reinterpret_cast<const float*>(from + p * kTile), 16, reinterpret_cast<float*>(to + p * apart), 16);
  }
}

}  // namespace rnnlab
