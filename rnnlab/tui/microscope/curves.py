"""Several curves in one picture, as cells: each with a letter at its end, so that they are told apart without colour.

Axes are linear or logarithmic; what cannot stand on a logarithmic one is left out. Pure functions from numbers to a
grid. It must not know what is measured, nor widgets or colours.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence

import msgspec

from rnnlab.tui import figures
from rnnlab.tui.curve import Dots, cells
from rnnlab.tui.glyphs import Glyphs
from rnnlab.tui.grid import Grid

ROLES = 6
"""Colours that stay apart; a further curve has the first one's again, and a letter of its own."""
_GAP = 2
"""Rows between two labels of the upright axis, at least."""


class Line(msgspec.Struct, frozen=True):
    """One curve."""

    name: str
    points: tuple[tuple[float, float], ...]
    """x rising."""
    quiet: bool = False
    """Whether it is there only to be held against the others."""


class Axes(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around the curves."""

    title: str
    across: str
    """What goes from left to right, counted in whole numbers."""
    log_x: bool = False
    log_y: bool = False
    low: float | None = None
    high: float | None = None
    """Limits of the upright axis; where they are None, those of the curves."""
    label: Callable[[float], str] = figures.compact


def curves(lines: Sequence[Line], axes: Axes, width: int, height: int, glyphs: Glyphs) -> Grid:
    """The picture in width by height cells: title, names of the curves, the curves, and the level axis."""
    grid = Grid(max(width, 0), max(height, 0))
    grid.put(0, 0, axes.title, "title")
    for n, line in enumerate(lines):
        grid.put(0, 1 + n, f"{letter(n)} {line.name}", role(n, line))
    top = 1 + len(lines)
    drawn = [msgspec.structs.replace(line, points=_drawable(line, axes)) for line in lines]
    if height - top >= 4 and width >= 20 and any(line.points for line in drawn):
        _Picture(drawn, axes, grid, top, glyphs).draw()
    return grid


def letter(n: int) -> str:
    """The mark of the curve of that number."""
    return string.ascii_uppercase[n % 26]


def role(n: int, line: Line) -> str:
    return "quiet" if line.quiet else f"line-{n % ROLES}"


def _drawable(line: Line, axes: Axes) -> tuple[tuple[float, float], ...]:
    return tuple(
        (x, y)
        for x, y in line.points
        if math.isfinite(x) and math.isfinite(y) and not (axes.log_x and x <= 0) and not (axes.log_y and y <= 0)
    )


class _Scale:
    """Where a value lies between two limits, 0 to 1."""

    def __init__(self, values: Sequence[float], log: bool, low: float | None = None, high: float | None = None) -> None:
        self.log = log
        self.low = min(values) if low is None else low
        self.high = max(values) if high is None else high
        if self.high <= self.low:
            spread = 0.5 * abs(self.low) or 0.5
            self.low, self.high = self.low - spread, self.high + spread

    def __call__(self, value: float) -> float:
        if self.log:
            return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[float]:
        """At most so many round values between the limits."""
        return _log_ticks(self.low, self.high, most) if self.log else _linear_ticks(self.low, self.high, most)


class _Picture:
    def __init__(self, lines: Sequence[Line], axes: Axes, grid: Grid, top: int, glyphs: Glyphs) -> None:
        xs, ys = zip(*(point for line in lines for point in line.points), strict=True)
        self.lines, self.axes, self.grid, self.top, self.glyphs = lines, axes, grid, top, glyphs
        self.height = grid.height - top - 1
        self.across = _Scale(xs, axes.log_x)
        self.upright = _Scale(ys, axes.log_y, axes.low, axes.high)
        self.ticks = self.upright.ticks(max(2, self.height // _GAP))
        self.left = max([1, *(len(axes.label(tick)) for tick in self.ticks)]) + 1
        self.width = grid.width - self.left - 2
        self.dots = Dots(self.width, self.height)

    def draw(self) -> None:
        for tick in self.ticks:
            y = self.top + self._row(tick)
            self.grid.put_right(self.left - 1, y, self.axes.label(tick), "axis")
            self.grid.put(self.left, y, self.glyphs.ruler * self.width, "ruler")
        self._level_axis()
        # What is drawn later is in front: the first curve before the others, all before the quiet ones.
        for n in sorted(range(len(self.lines)), key=lambda n: (not self.lines[n].quiet, -n)):
            self._line(n, self.lines[n])
        for n, line in enumerate(self.lines):
            if line.points:
                x, y = line.points[-1]
                self.grid.put(self._free(self.left + self._column(x) + 1, self._row(y)), self.top + self._row(y),
                              letter(n), role(n, line))  # fmt: skip

    def _free(self, x: int, y: int) -> int:
        """The column of a letter: beside one that stands there already."""
        taken = any(name.startswith("line-") for name in self.grid.roles(x, self.top + y, 1))
        return x + 1 if taken and x + 1 < self.grid.width else x

    def _line(self, n: int, line: Line) -> None:
        dots_wide, dots_high = self.width * self.glyphs.columns - 1, self.height * self.glyphs.rows - 1
        dots = [
            (self.across(x) * dots_wide, (1 - min(max(self.upright(y), 0.0), 1.0)) * dots_high) for x, y in line.points
        ]
        for (x, y), bits in cells(dots, self.width, self.height, self.glyphs).items():
            # The dots of the curves behind stay, in the colour of the one in front.
            bits = self.dots.add(x, y, bits)
            self.grid.put(self.left + x, self.top + y, self.glyphs.cell(bits), role(n, line))

    def _row(self, value: float) -> int:
        part = 1 - min(max(self.upright(value), 0.0), 1.0)
        return min(self.height - 1, int(part * (self.height * self.glyphs.rows - 1)) // self.glyphs.rows)

    def _column(self, value: float) -> int:
        return int(self.across(value) * (self.width * self.glyphs.columns - 1)) // self.glyphs.columns

    def _level_axis(self) -> None:
        y, end = self.top + self.height, self.left
        self.grid.put_right(self.grid.width, y, self.axes.across, "axis")
        room = self.grid.width - len(self.axes.across) - 1
        for tick in (tick for tick in self.across.ticks(max(2, self.width // 8)) if float(tick).is_integer()):
            text = figures.compact(tick)
            at = max(self.left, self.left + self._column(tick) - len(text) // 2)
            if end <= at and at + len(text) <= room:
                end = self.grid.put(at, y, text, "axis") + 1


def _linear_ticks(low: float, high: float, most: int) -> list[float]:
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if (high - low) / (power * factor) <= most)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    """Powers of ten, not all where they are many; 1-2-5 where they are few."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first >= 2:
        step = -(-(last - first + 1) // most)
        return [10.0**n for n in range(first, last + 1) if (last - n) % step == 0]
    fine = [m * 10.0**n for n in range(first - 1, last + 1) for m in (1, 2, 5)]
    fine = [tick for tick in fine if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
    return fine[:: max(1, -(-len(fine) // most))]
