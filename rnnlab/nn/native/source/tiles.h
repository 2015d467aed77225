// The way to multiply by the processor's matrix unit (Intel's AMX), which knows numbers of 16 bits alone.
//
// A float is the sum of three bfloat16, so a product of two is that of nine small products, each exact in a float. The
// six largest are added. The other three come to 2^-23 of it at most, and to 2^-27 as a rule (root mean square), where a
// sum of floats is rounded by 2^-24: it is about as exact as the vectors', and takes 6/16 of their cycles. Henry, Tang and
// Heinecke, "Leveraging the bfloat16 Artificial Intelligence Datatype for Higher-Precision Computations",
// https://arxiv.org/abs/1904.06376.
//
// Two things are not as with floats. What is infinite, or above 3.39e38, is no number (NaN) after a product. The unit
// takes what is below 1.2e-38 for zero, and so the last parts of numbers below 1e-33: of their products fewer bits are
// right.
#pragma once

#ifdef __AMX_BF16__

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "product.h"
#include "split.h"

namespace rnnlab {

// Whether the system lets this process use tiles, which it does where it is asked.
inline bool may_use_tiles() {
  constexpr int ask_for = 0x1023, tiles = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, ask_for, tiles) == 0;
}

// While one lives, its thread may use tiles.
class TilesAtHand {
 public:
  TilesAtHand() {
    alignas(64) static constexpr Shapes all;
    _tile_loadconfig(&all);
  }
  ~TilesAtHand() { _tile_release(); }
  TilesAtHand(const TilesAtHand&) = delete;
  TilesAtHand& operator=(const TilesAtHand&) = delete;

 private:
  struct Shapes {
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  };
};

// Room that belongs to a thread, until it asks again.
inline char* room_for_tiles(int64_t bytes) {
  struct alignas(64) Line {
    char bytes[64];
  };
  static thread_local std::vector<Line> room;
  if (int64_t(room.size() * sizeof(Line)) < bytes) {
    room.resize(bytes / sizeof(Line) + 1);
  }
  return room.data()->bytes;
}

// What was written before must be in memory when tiles are loaded, and what is read after must come from there: a
// compiler that knows tiles as assembly alone does not see that.
INLINE void meet_memory() {
  asm volatile("" ::: "memory");
}

// Four tiles of sums, and where they go: four quarters of [32][32].
INLINE void begin_sums() {
  meet_memory();
  _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3);
}

INLINE void store_sums(float* sums) {
  _tile_stored(0, sums, 128); _tile_stored(1, sums + 16, 128);
  _tile_stored(2, sums + 512, 128); _tile_stored(3, sums + 528, 128);
  meet_memory();
}

// The right side of a product: two tiles of columns, [part][column][...].
constexpr int64_t kPair = 2 * kBlock;

// Sums of 32 rows, of which the lower 16 begin at `lower`, by 32 columns, over `blocks` of depth: [32][32]. After each
// block something else is done: it takes the vectors' time and not the tiles'.
template <typename Meanwhile>
INLINE void multiply_32(
    const char* upper, const char* lower, const char* right, int64_t blocks, float* sums, const Meanwhile& meanwhile) {
  begin_sums();
  for (int64_t k = 0; k < blocks; ++k, upper += kBlock, lower += kBlock, right += kPair) {
    const auto take_left = [&](int part) INLINED {
      _tile_loadd(4, upper + part * kTile, 64); _tile_loadd(5, lower + part * kTile, 64);
    };
    const auto take_right = [&](int part) INLINED {
      _tile_loadd(6, right + 2 * part * kTile, 64); _tile_loadd(7, right + (2 * part + 1) * kTile, 64);
    };
    const auto add = [] INLINED {
      _tile_dpbf16ps(0, 4, 6); _tile_dpbf16ps(1, 4, 7); _tile_dpbf16ps(2, 5, 6); _tile_dpbf16ps(3, 5, 7);
    };
    take_left(0), take_right(2), add();
    take_right(1), add();
    take_left(1), add();
    take_right(0), add();
    take_left(2), add();
    take_left(0), add();
    meanwhile();
  }
  store_sums(sums);
}

// The same for 16 rows and two right sides, so that here too there are four sums, none of which waits for itself:
// [2][16][32]. Each is added up in the same order. A right side is read once and takes no place in the nearest cache,
// where the left stays.
template <typename Meanwhile>
INLINE void multiply_16(
    const char* left, const char* right, const char* other, int64_t blocks, float* sums, const Meanwhile& meanwhile) {
  begin_sums();
  for (int64_t k = 0; k < blocks; ++k, left += kBlock, right += kPair, other += kPair) {
    _tile_loadd(4, left, 64); _tile_loadd(5, left + kTile, 64); _tile_loadd(6, left + 2 * kTile, 64);
#define WITH_PARTS(SUM, FROM)                           \
  _tile_stream_loadd(7, (FROM) + 4 * kTile, 64);        \
  _tile_dpbf16ps(SUM, 4, 7);                            \
  _tile_stream_loadd(7, (FROM) + 2 * kTile, 64);        \
  _tile_dpbf16ps(SUM, 4, 7); _tile_dpbf16ps(SUM, 5, 7); \
  _tile_stream_loadd(7, (FROM), 64);                    \
  _tile_dpbf16ps(SUM, 5, 7); _tile_dpbf16ps(SUM, 6, 7); _tile_dpbf16ps(SUM, 4, 7);
    WITH_PARTS(0, right)
    WITH_PARTS(1, right + kTile)
    WITH_PARTS(2, other)
    WITH_PARTS(3, other + kTile)
#undef WITH_PARTS
    meanwhile();
  }
  store_sums(sums);
}

// See `Vectors`. A panel is two tiles of units of each gate: [panel][gate][block of depth][part][tile].
class Tiles {
  // Where a panel begins.
  template <int G, typename T>
  static auto panel_of(T* packed, int64_t depth, int64_t panel) {
    using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;
    return reinterpret_cast<Byte*>(packed) + panel * G * panels(depth, kTileDepth) * kPair;
  }

 public:
  static constexpr int64_t kTokens = 128;  // a panel of 3 parts is worth more tokens before the next one is fetched

  template <int G>
  static constexpr int64_t wide() {
    return 2 * kTileRows;
  }

  template <int G>
  static int64_t size(int64_t units, int64_t depth) {
    return panels(units, wide<G>()) * G * panels(depth, kTileDepth) * kPair / sizeof(float);
  }

  template <int G>
  static void pack(const float* weight, int64_t units, int64_t depth, float* packed, int64_t begin, int64_t end) {
    alignas(64) char tiles[kBlock];
    char* to = panel_of<G>(packed, depth, begin);
    for (int64_t p = begin; p < end; ++p) {
      for (int g = 0; g < G; ++g) {
        for (int64_t k = 0; k < depth; k += kTileDepth, to += kPair) {
          for (int64_t c = 0; c < 2; ++c) {
            const int64_t unit = p * wide<G>() + c * kTileRows;
            const float* from = weight + (g * units + unit) * depth + k;
            split_rows([&](int64_t r) { return from + r * depth; }, units - unit, depth - k, tiles, kTile);
            turn_tiles(tiles, to + c * kTile, 2 * kTile);
          }
        }
      }
    }
  }

  static void pack_back(
      const float* weight, int64_t units, int64_t depth, float* packed, int64_t begin, int64_t end, int64_t turn = 0) {
    char* to = panel_of<1>(packed, depth, begin);
    for (int64_t p = begin; p < end; ++p) {
      for (int64_t k = 0; k < depth; k += kTileDepth, to += kPair) {
        for (int64_t c = 0; c < 2; ++c) {
          const int64_t unit = p * wide<1>() + c * kTileRows;
          const auto row = [&](int64_t r) {
            return weight + (k + r < turn ? depth - turn + k + r : k + r - turn) * units + unit;
          };
          split_columns(row, depth - k, units - unit, to + c * kTile, 2 * kTile);
        }
      }
    }
  }

  // Some rows as tiles, [16 of them][block of depth][part], in the one room that a thread has.
  struct Left {
    Left(Rows<const float> at, int64_t rows, int64_t depth)
        : rows(rows),
          blocks(panels(depth, kTileDepth)),
          tiles(room_for_tiles(panels(rows, kTileRows) * blocks * kBlock)) {
      char* to = tiles;
      for (int64_t r = 0; r < rows; r += kTileRows) {
        for (int64_t k = 0; k < depth; k += kTileDepth, to += kBlock) {
          const float* from = at.first + r * at.stride + k;
          split_rows([&](int64_t i) { return from + i * at.stride; }, rows - r, depth - k, to, kTile);
        }
      }
    }

    int64_t rows, blocks;
    char* tiles;
    TilesAtHand hand;  // as long as the rows are multiplied
  };

  // Two panels at a time. What becomes of the sums of some rows is done while the next are under way.
  template <int G, typename Done>
  static void multiply(const Left& left, const float* packed, Span span, int64_t units, const Done& done) {
    alignas(64) float sums[2][G * 32 * 32];
    Unfinished<G> last;
    int turn = 0;
    const int64_t deep = left.blocks * kBlock, gate = left.blocks * kPair;
    const auto take = [&](int64_t row, int64_t panel, int64_t count) INLINED {
      const char* upper = left.tiles + row / kTileRows * deep;
      const char* right = panel_of<G>(packed, left.blocks * kTileDepth, panel);
      const int64_t rows = std::min(2 * kTileRows, left.rows - row), all = G * left.blocks;
      const bool both = rows > kTileRows;
      int64_t owed = 0;  // of the last sums, whose number is spread over all blocks of these
      const auto meanwhile = [&] INLINED {
        for (owed += last.many; owed >= all; owed -= all) {
          last.finish_one(units, done);
        }
      };
      for (int g = 0; g < G; ++g) {
        // 16 rows take two gates at a time, of one panel or of two, which lie one behind the other.
        const char *one = right + 2 * g * gate, *beyond = right + count * G * gate;
        if (both) {
          multiply_32(upper, upper + deep, right + g * gate, left.blocks, sums[turn] + g * 1024, meanwhile);
        } else if (one < beyond) {  // of a panel alone the last gate has no other beside it
          const char* other = one + gate < beyond ? one + gate : one;
          multiply_16(upper, one, other, left.blocks, sums[turn] + g * 1024, meanwhile);
        }
      }
      last.finish(units, done);
      last = {sums[turn], both ? 1024 : 512, row, rows, panel * wide<G>(), count * 2 * rows};
      turn ^= 1;
    };
    const Span pairs = {0, panels(span.end - span.begin, 2), span.last_first};
    for (int64_t i = 0; i < pairs.end; ++i) {
      const int64_t panel = span.begin + 2 * pairs.at(i), count = std::min<int64_t>(2, span.end - panel);
      for (int64_t row = 0; row < left.rows; row += 2 * kTileRows) {
        if (left.rows - row <= kTileRows) {
          take(row, panel, count);
        } else {
          for (int64_t p = panel; p < panel + count; ++p) {
            take(row, p, 1);
          }
        }
      }
    }
    last.finish(units, done);
  }

 private:
  // Vectors of sums, each of which somebody is still to be told of.
  template <int G>
  struct Unfinished {
    const float* sums = nullptr;
    int64_t apart = 0;  // numbers from a gate's sums to the next one's
    int64_t row = 0, rows = 0, unit = 0, many = 0;
    int64_t next = 0, r = 0, c = 0, panel = 0;  // how many are done, and where the next one is

    template <typename Done>
    INLINE void finish_one(int64_t units, const Done& done) {
      const int64_t at = unit + panel * wide<G>() + c;
      if (at < units) {
        Vec<float> sum[G];
        UNROLL for (int g = 0; g < G; ++g) {
          sum[g] = Vec<float>::loadu(sums + (panel * G + g) * apart + r * 32 + c);
        }
        done(row + r, at, sum);
      }
      ++next;
      c ^= kTileRows;
      r += c == 0;
      if (r == rows) {
        r = 0, ++panel;
      }
    }

    template <typename Done>
    void finish(int64_t units, const Done& done) {
      while (next < many) {
        finish_one(units, done);
      }
    }
  };
};

}  // namespace rnnlab

#endif
