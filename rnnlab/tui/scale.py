"""Axes: where the ticks of a logarithmic and of a linear scale go, and round limits that seldom move.

Pure functions over numbers. It must not know what is measured, nor how it is drawn.
"""

from __future__ import annotations

import math
from itertools import pairwise

_ROUND = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
"""What a limit may be, times a power of ten: a step to the next is small, so a chart fills its width."""
_LADDERS = ((1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9), (1, 1.5, 2, 3, 4, 5, 7), (1, 2, 5), (1,))
"""Ticks of a logarithmic axis within a decade, the densest first."""
_PLAIN_LADDER = _LADDERS.index((1, 2, 5))


def round_up(value: float) -> float:
    """The smallest round number that is at least the value, which is positive."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(mantissa * power for mantissa in _ROUND if mantissa * power >= value * (1 - 1e-9))


def round_down(value: float) -> float:
    """The largest round number that is at most the value, which is positive."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(mantissa * power for mantissa in reversed(_ROUND) if mantissa * power <= value * (1 + 1e-9))


def log_ticks(low: float, high: float, gap: float) -> list[float]:
    """Ticks between two positive limits, each at least `gap` of the axis (0 to 1) from the next.

    1-2-5 where at least three of them fit, powers of ten where only those do, and a denser ladder on a short axis.
    """
    if not 0 < low < high:
        return []
    ladders = [_ladder(mantissas, low, high) for mantissas in _LADDERS]
    spacious = [ticks for ticks in ladders if _least_gap(ticks, low, high) >= gap]
    plain = ladders[_PLAIN_LADDER]
    if plain in spacious and len(plain) >= 3:
        return plain
    return max(spacious, key=len, default=[])


def linear_ticks(high: float, most: int) -> list[int]:
    """At most so many whole ticks from 0 to `high`, 1, 2 or 5 times a power of ten apart."""
    if high < 1 or most < 2:
        return [0]
    power = 10 ** max(0, math.floor(math.log10(high / most)))
    step = next(power * factor for factor in (1, 2, 5, 10, 20, 50) if high // (power * factor) + 1 <= most)
    return list(range(0, int(high) + 1, step))


def _ladder(mantissas: tuple[float, ...], low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    ticks = [mantissa * 10.0**power for power in powers for mantissa in mantissas]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def _least_gap(ticks: list[float], low: float, high: float) -> float:
    return min((math.log(b / a) / math.log(high / low) for a, b in pairwise(ticks)), default=1.0)
