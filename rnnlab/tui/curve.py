"""Curves as dots: points joined by straight lines, and the dots that they cover, column by column.

Pure functions over numbers, so that a curve of noise keeps its extremes and a smooth one stays one dot thin. A run is
drawn more than once a second, with thousands of points and cells: they go by one at a time, and what stays are a few
rows of bytes, because memory that was taken once for a picture is never given back. It must not know axes, colours or
widgets.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator

from rnnlab.tui.glyphs import Glyphs

Dot = tuple[float, float]
"""Where a point lies, in dots from the top left."""

Cell = tuple[int, int]
"""A column and a row of cells."""


class Dots:
    """The dots that are covered in width by height cells: a byte of bits for each."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._bits = bytearray(max(width, 0) * max(height, 0))

    def at(self, x: int, y: int) -> int:
        """The bits of a cell."""
        return self._bits[y * self._width + x]

    def add(self, x: int, y: int, bits: int) -> int:
        """Cover these too; gives all that are covered in that cell."""
        place = y * self._width + x
        self._bits[place] |= bits
        return self._bits[place]

    def items(self) -> Iterator[tuple[Cell, int]]:
        """Each cell in which something is covered, with its bits."""
        for place, bits in enumerate(self._bits):
            if bits:
                yield (place % self._width, place // self._width), bits


def cells(points: Iterable[Dot], width: int, height: int, glyphs: Glyphs) -> Dots:
    """The dots that a line through points (columns rising) covers in width by height cells.

    What lies above or below is drawn along the edge.
    """
    covered = Dots(width, height)
    if width <= 0 or height <= 0:
        return covered
    last_row = height * glyphs.rows - 1
    tops, bottoms = _spans(points, width * glyphs.columns)
    for column, (top, bottom) in enumerate(zip(tops, bottoms, strict=True)):
        if top > bottom:  # the line does not come here
            continue
        x, dot_x = divmod(column, glyphs.columns)
        for row in range(_clamp(top, last_row), _clamp(bottom, last_row) + 1):
            y, dot_y = divmod(row, glyphs.rows)
            covered.add(x, y, glyphs.dots[dot_x][dot_y])
    return covered


def _spans(points: Iterable[Dot], columns: int) -> tuple[array[float], array[float]]:
    """For each column the highest and the lowest dot of the line there."""
    tops, bottoms = array("d", [math.inf]) * columns, array("d", [-math.inf]) * columns
    for crossed, y in _crossings(points):
        column = min(crossed, columns - 1)
        tops[column] = min(tops[column], y)
        bottoms[column] = max(bottoms[column], y)
    return tops, bottoms


def _crossings(points: Iterable[Dot]) -> Iterator[tuple[int, float]]:
    """Each point in its column; and where the line goes from one column into the next, that height in both."""
    before: Dot | None = None
    for x, y in points:
        if before is not None:
            x0, y0 = before
            for edge in range(int(x0) + 1, int(x) + 1):
                crossing = y0 + (y - y0) * ((edge - x0) / (x - x0))
                yield edge - 1, crossing
                yield edge, crossing
        yield int(x), y
        before = x, y


def _clamp(row: float, last: int) -> int:
    return min(max(math.floor(row), 0), last)
