"""Curves as dots: points joined by straight lines, and the dots that they cover, column by column.

Pure functions over numbers, so that a curve of noise keeps its extremes and a smooth one stays one dot thin. It must
not know axes, colours or widgets.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rnnlab.tui.glyphs import Glyphs

Dot = tuple[float, float]
"""Where a point lies, in dots from the top left."""

Cell = tuple[int, int]
"""A column and a row of cells."""


def cells(points: Sequence[Dot], width: int, height: int, glyphs: Glyphs) -> dict[Cell, int]:
    """The bits of the dots, by cell, that a line through points (columns rising) covers in width by height cells.

    What lies above or below is drawn along the edge.
    """
    bits: dict[Cell, int] = {}
    last_row = height * glyphs.rows - 1
    for column, (top, bottom) in _spans(points, width * glyphs.columns).items():
        x, dot_x = divmod(column, glyphs.columns)
        for row in range(_clamp(top, last_row), _clamp(bottom, last_row) + 1):
            y, dot_y = divmod(row, glyphs.rows)
            bits[x, y] = bits.get((x, y), 0) | glyphs.dots[dot_x][dot_y]
    return bits


def _spans(points: Sequence[Dot], columns: int) -> dict[int, tuple[float, float]]:
    """For each column that the line crosses, its highest and lowest dot there."""
    spans: dict[int, tuple[float, float]] = {}
    for column, y in _crossings(points):
        column = min(column, columns - 1)
        top, bottom = spans.get(column, (y, y))
        spans[column] = (min(top, y), max(bottom, y))
    return spans


def _crossings(points: Sequence[Dot]) -> Iterator[tuple[int, float]]:
    """Each point in its column; and where the line goes from one column into the next, that height in both."""
    for x, y in points:
        yield int(x), y
    for (x0, y0), (x1, y1) in pairwise(points):
        for edge in range(int(x0) + 1, int(x1) + 1):
            y = y0 + (y1 - y0) * ((edge - x0) / (x1 - x0))
            yield edge - 1, y
            yield edge, y


def _clamp(row: float, last: int) -> int:
    return min(max(math.floor(row), 0), last)
