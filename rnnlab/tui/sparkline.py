"""Sparklines: the newest values as a row of bars, one a cell. It must not know what the values are."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rnnlab.tui.glyphs import Glyphs


def sparkline(values: Iterable[float | None], width: int, glyphs: Glyphs) -> str:
    """Exactly `width` cells, the newest value at the right end; a value that is missing is a gap.

    Bars reach from the lowest of the values shown to the highest; all the same, they are half as high.
    """
    shown = list(values)[-width:] if width > 0 else []
    finite = [value for value in shown if value is not None and math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    bars = "".join(_bar(value, low, high, glyphs.sparks) for value in shown)
    return bars.rjust(max(width, 0))


def _bar(value: float | None, low: float, high: float, sparks: str) -> str:
    if value is None or not math.isfinite(value):
        return " "
    # Halved first: the difference of two huge numbers would not be finite.
    part = (value / 2 - low / 2) / (high / 2 - low / 2) if high / 2 > low / 2 else 0.5
    return sparks[min(int(part * len(sparks)), len(sparks) - 1)]
