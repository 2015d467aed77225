"""The perplexity chart as cells: training and validation over steps, on a logarithmic axis, with its rulers.

The eye should find the curve that falls through the rulers: guessing evenly (uniform), by frequency (unigram), by the
token before (bigram), by the four before (5-gram). Limits are round numbers, so that from one drawing to the next
hardly anything moves but the tip. A pure function from a view to a grid; it must not know widgets or colours.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from rnnlab.series import Point, Series
from rnnlab.tui import figures
from rnnlab.tui.curve import Dots, cells
from rnnlab.tui.glyphs import Glyphs
from rnnlab.tui.grid import Grid
from rnnlab.tui.run_view import RunView
from rnnlab.tui.scale import linear_ticks, log_ticks, round_down, round_up

ROLES = ("train", "validation", "ruler", "ruler-label", "axis", "resumed", "changed", "diverged")
"""What a cell of the chart can be; the widget gives each a colour."""
_CURVES = {"train", "validation"}
_TAKEN = {*_CURVES, "ruler-label"}
_MARGIN = 6
"""Cells to the right of the curves, for their names."""
_LABEL_ROWS = 1.2
"""The least distance of two labels on the upright axis."""
_TICK_COLUMNS = 14
"""The least distance of two labels on the level axis."""
_SPARSE = 3
"""Cells between two evaluations from which on each gets a point of its own."""
_HIGHEST = 4.0
"""What lies above so many times the uniform perplexity is drawn at the edge."""

_BEYOND = 1e6
"""How far outside the limits a value is still told from any other."""


def plot(view: RunView, width: int, height: int, glyphs: Glyphs) -> Grid:
    """The chart in width by height cells; empty where there is no run or no room."""
    grid = Grid(max(width, 0), max(height, 0))
    if view.started is not None and width >= 24 and height >= 4:
        _Plot(view, grid, glyphs).draw()
    return grid


class _Plot:
    """One drawing: the axes' limits, and where a step and a perplexity lie between them."""

    def __init__(self, view: RunView, grid: Grid, glyphs: Glyphs) -> None:
        self.grid = grid
        self.glyphs = glyphs
        self.height = grid.height - 1
        self.train, self.validation = view.perplexity, view.validation
        self.tips: dict[str, Point] = {}
        """The last point of each curve, by its role."""
        self.rulers = _rulers(view)
        self.marks = view.marks
        self.low, self.high = self._range()
        self.steps = _last_step(view)
        self.ticks = log_ticks(self.low, self.high, _LABEL_ROWS / self.height)
        self.left = max([3, *(len(figures.compact(tick)) for tick in self.ticks)]) + 1
        self.width = grid.width - self.left - _MARGIN

    def draw(self) -> None:
        self._draw_axes()
        labels = self._draw_rulers()
        self._draw_marks()
        train = self._cells(self.train)
        validation = self._cells(self.validation)
        self._draw_bits(validation, train, "validation")
        self._draw_bits(train, validation, "train")
        self._draw_points(self.validation)
        self._name_rulers(labels)
        self._draw_names()

    def _range(self) -> tuple[float, float]:
        uniform, unigram = self.rulers["uniform"], self.rulers["unigram"]
        least, most = math.inf, 0.0
        for role, curve in (("train", self.train), ("validation", self.validation)):
            for point in _drawable(curve):
                least, most = min(least, point[1]), max(most, point[1])
                self.tips[role] = point
        high = max(uniform, min(most, uniform * _HIGHEST))
        low = min(least * 0.97, unigram / 3, *(value * 0.9 for value in self.rulers.values()))
        return round_down(max(low, 1.0)), round_up(high * 1.02)

    def _column(self, step: int) -> float:
        """Dots from the left edge of the plot."""
        return step / self.steps * (self.width * self.glyphs.columns - 1)

    def _row(self, value: float) -> float:
        """Dots from the top."""
        value = min(max(value, self.low / _BEYOND), self.high * _BEYOND)
        part = math.log(self.high / value) / math.log(self.high / self.low)
        return part * (self.height * self.glyphs.rows - 1)

    def _x(self, step: int) -> int:
        return self.left + int(self._column(step)) // self.glyphs.columns

    def _y(self, value: float) -> int:
        return min(max(int(self._row(value) + 0.5) // self.glyphs.rows, 0), self.height - 1)

    def _cells(self, curve: Series) -> Dots:
        dots = ((self._column(step), self._row(value) + 0.5) for step, value in _drawable(curve))
        return cells(dots, self.width, self.height, self.glyphs)

    def _draw_axes(self) -> None:
        for tick in self.ticks:
            self.grid.put_right(self.left - 1, self._y(tick), figures.compact(tick), "axis")
        end = self.left
        for tick in linear_ticks(self.steps, max(2, self.width // _TICK_COLUMNS)):
            text = figures.count(tick)
            at = max(self.left, self._x(tick) - len(text) // 2)
            if at >= end and at + len(text) <= self.grid.width:
                end = self.grid.put(at, self.height, text, "axis") + 1
        if self.grid.width - end >= 5:
            self.grid.put_right(self.grid.width, self.height, "steps", "axis")

    def _draw_rulers(self) -> dict[int, list[str]]:
        """The lines; gives what they are called, by their rows."""
        labels: dict[int, list[str]] = {}
        for name, value in self.rulers.items():
            if self.low <= value <= self.high:
                labels.setdefault(self._y(value), []).append(f"{name} {figures.compact(value)}")
        for y in labels:
            self.grid.put(self.left, y, self.glyphs.ruler * (self.grid.width - self.left), "ruler")
        return labels

    def _name_rulers(self, labels: dict[int, list[str]]) -> None:
        """Each ruler's name at its right end or, where that would hide a curve, as far to the left as it must be."""
        for y, names in labels.items():
            text = " · ".join(names)
            first = max(self.left, self.grid.width - len(text) - 1)
            places = range(first, self.left - 1, -1)
            free = (x for x in places if not self.grid.roles(x, y, len(text) + 2) & _CURVES)
            if (x := next(free, None)) is not None:
                self.grid.put(x, y, f" {text} "[: self.grid.width - x], "ruler-label")

    def _draw_marks(self) -> None:
        for mark in self.marks:
            if mark.step <= self.steps:
                x = self._x(mark.step)
                for y in range(1, self.height):
                    self.grid.put(x, y, self.glyphs.upright, mark.kind)
                self.grid.put(x, 0, getattr(self.glyphs, mark.kind), mark.kind)

    def _draw_bits(self, where: Dots, under: Dots, role: str) -> None:
        """Draw a curve's cells; the dots of the one under it stay, in its colour, where they share a cell."""
        for (x, y), bits in where.items():
            self.grid.put(self.left + x, y, self.glyphs.cell(bits | under.at(x, y)), role)

    def _draw_points(self, curve: Series) -> None:
        points = list(itertools.islice(_drawable(curve), max(0, self.width) // _SPARSE + 1))  # one more are too many
        if points and len(points) * _SPARSE <= self._x(points[-1][0]) - self.left:
            for step, value in points:
                self.grid.put(self._x(step), self._y(value), self.glyphs.point, "validation")

    def _draw_names(self) -> None:
        """Each curve's name beside its tip or, where that would hide something, a row or two above or below."""
        curves = ("train", "train"), ("val", "validation")
        tips = [(self.tips[role], f" {name} ", role) for name, role in curves if role in self.tips]
        for (step, value), name, role in sorted(tips, key=lambda tip: tip[0][1]):
            x, y = self._x(step) + 1, self._y(value)
            rows = (row for row in (y, y - 1, y + 1, y - 2, y + 2) if 0 <= row < self.height)
            free = (row for row in rows if not self.grid.roles(x, row, len(name)) & _TAKEN)
            if (row := next(free, None)) is not None:
                self.grid.put(x, row, name, role)


def _drawable(curve: Series) -> Iterator[Point]:
    """The points that a logarithmic axis has a place for, one at a time."""
    return (point for point in curve.points() if point[1] > 0)


def _rulers(view: RunView) -> dict[str, float]:
    """The perplexities to measure by, highest first, kept within what an axis can show."""
    started = view.started
    uniform = float(min(max(started.vocabulary, 2), 10**9)) if started else 2.0
    unigram = started.by_frequency if started and math.isfinite(started.by_frequency) else uniform
    known = {"uniform": uniform, "unigram": min(max(unigram, 1.0), uniform)}
    # Only the better ones tell something more.
    better = {name: value for name, value in (started.rulers if started else {}).items() if name not in known}
    return known | {name: value for name, value in better.items() if 1.0 <= value < known["unigram"]}


def _last_step(view: RunView) -> int:
    """Where the level axis ends: a round number beyond the newest step while the run goes on, else that step."""
    newest = max(point[0] if (point := series.last) else 0 for series in (view.perplexity, view.validation))
    if view.finished:
        return max(newest, 1)
    total = view.started.total_steps if view.started else 0
    rounded = int(round_up(max(newest, 10)))
    return max(min(rounded, total) if newest <= total else rounded, 1)
