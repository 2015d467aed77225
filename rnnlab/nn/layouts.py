"""How an engine lays a sequence out in memory: the ways there are for a model, the likeliest first.

All come to the same numbers but for rounding, and to the same bits each time. Which one is the fastest is the machine's
matter, and a training measures it. It must not know how an engine works in them.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

WHOLE, WHOLE_ABOVE = "whole", "whole-above"
"""Of the fused engine's LSTM: a layer's sequence is one call of oneDNN; or only that of layers that read numbers."""
ROWS, PACKED = "rows", "packed"
"""Of the native engine's products over all tokens: both sides are read as they lie, or copied to lie close first."""
UNITS = "units"
"""Packed; and threads share a layer's units and meet after each step, where they else share the rows of the batch."""
TILES, TILES_UNITS = "tiles", "tiles-units"
"""The processor's matrix unit multiplies; and threads share units as they do in the other."""
BY_ITSELF = ""
"""An engine's own choice, from nothing but shapes."""

WIDE = 150
"""Tokens from which multiplying one-hot inputs costs more than oneDNN's steps save, measured at 64 to 1,024 units."""
LONG = 4096
"""Bytes of a row from which on packing pays, measured."""
_PIECES = "pieces-"
_SHORT = 512
"""Bytes of a row below which nobody packs."""
_LARGE = 2048
"""Bytes of a row from which on a layer's weight may be larger than a core's cache."""
_SMALLEST_PIECE = 32
"""Units below which cutting a gate costs a matrix product more than another thread brings."""


class Reader(NamedTuple):
    """What a layout depends on, of a model and where it is."""

    cell: str
    hidden: int
    layers: int
    width: int
    """Numbers that the first layer reads at each step, or tokens of the vocabulary."""
    tokens: bool
    """Whether it reads tokens."""
    dtype: torch.dtype
    threads: int


def layouts(engine: str, reader: Reader, *, whole: bool = False, tiles: bool = False) -> tuple[str, ...]:
    """The layouts in which an engine computes on a CPU; `whole` says whether oneDNN's sequences are to be had, `tiles`
    whether the kernels' matrix unit is.
    """
    if engine == "native":
        return _native(reader, tiles=tiles)
    if engine != "fused":
        return (BY_ITSELF,)
    usual = usual_pieces(reader.hidden, reader.threads)
    cut = tuple(f"{_PIECES}{count}" for count in dict.fromkeys((usual, 1)))
    if reader.cell != "lstm" or not whole or reader.dtype != torch.float32:
        return cut
    if reader.tokens and reader.width >= WIDE:
        return (WHOLE_ABOVE, *cut, WHOLE) if reader.layers > 1 else (*cut, WHOLE)
    return WHOLE, *cut


def pieces_of(layout: str) -> int:
    """Into how many pieces the fused engine cuts a gate; 0 where the layout leaves that to it."""
    return int(layout.removeprefix(_PIECES)) if layout.startswith(_PIECES) else 0


def usual_pieces(hidden: int, threads: int) -> int:
    """One for each thread, where the units can be shared out like that and are enough."""
    fitting = (n for n in range(min(threads, hidden // _SMALLEST_PIECE), 0, -1) if hidden % n == 0)
    return next(fitting, 1)


def takes_whole(layout: str, *, numbers: bool, width: int) -> bool:
    """Whether a layer that reads so many numbers, or tokens, is one call of oneDNN, were that to be had."""
    if layout == BY_ITSELF:
        return numbers or width < WIDE
    return layout == WHOLE or (layout == WHOLE_ABOVE and numbers)


class Work(NamedTuple):
    """How the native engine works."""

    packs_from: int = LONG
    """Bytes of a row from which on products over all tokens copy both sides to lie close."""
    by_units: bool = False
    """Whether threads share a layer's units and meet after each step; else they share rows, and do not meet."""
    tiles: bool = False
    """Whether the matrix unit multiplies, where there is one."""


USUAL = Work()


def work_of(layout: str) -> Work:
    """How the native engine works in a layout."""
    return _WORK.get(layout, USUAL)


_WORK = {
    ROWS: Work(packs_from=1 << 62),
    PACKED: Work(_SHORT),
    UNITS: Work(_SHORT, by_units=True),
    TILES: Work(tiles=True),
    TILES_UNITS: Work(by_units=True, tiles=True),
}


def _native(reader: Reader, *, tiles: bool) -> tuple[str, ...]:
    row = reader.hidden * reader.dtype.itemsize
    if row < _SHORT:
        return (ROWS,)
    shares_units = row >= _LARGE and reader.threads > 1
    packings = (PACKED, ROWS) if row >= LONG else (ROWS, PACKED)
    vectors = (*packings, UNITS) if shares_units else packings
    if not tiles or reader.dtype != torch.float32:
        return vectors
    return (TILES, TILES_UNITS, *vectors) if shares_units else (TILES, *vectors)
