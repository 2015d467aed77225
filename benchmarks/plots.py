"""Small plots side by side as one SVG, both axes logarithmic, written by hand: no library draws it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from rnnlab.bench.values import Point

WIDTH, HEIGHT, COLUMNS = 300, 220, 3
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 30, 34
COLOURS = {"textbook": "#7a7a7a", "fused": "#2f6fb5", "native": "#c8571b"}
OTHERS = ("#2f6fb5", "#c8571b", "#3c8d40", "#7a7a7a")
STYLE = """
  text { font: 11px system-ui, sans-serif; fill: #333 } .title { font-weight: 600 } .axis { fill: #777 }
  .grid { stroke: #ddd } rect { fill: #fff }
  @media (prefers-color-scheme: dark) {
    text { fill: #ccc } .axis { fill: #999 } .grid { stroke: #333 } rect { fill: #111 }
  }
"""


def small_multiples(points: Sequence[Point]) -> str:
    """One plot for each sweep."""
    sweeps = list(dict.fromkeys(point.sweep for point in points))
    rows = math.ceil(len(sweeps) / COLUMNS)
    wide, high = COLUMNS * WIDTH, rows * HEIGHT
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}">']
    parts += [f"<style>{STYLE}</style>", f'<rect width="{wide}" height="{high}"/>']
    for number, sweep in enumerate(sweeps):
        x, y = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
        parts.append(f'<g transform="translate({x},{y})">')
        parts += plot(sweep, [point for point in points if point.sweep == sweep])
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def plot(sweep: str, points: Sequence[Point]) -> Iterator[str]:
    """Axes, lines and names of one plot."""
    across = Axis([point.x for point in points], LEFT, WIDTH - RIGHT)
    up = Axis([point.value.median for point in points], HEIGHT - BOTTOM, TOP)
    yield f'<text class="title" x="{LEFT}" y="16">{escape(sweep)}: {escape(points[0].unit)}</text>'
    for tick in up.ticks():
        y = up(tick)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="axis" x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
    below = HEIGHT - BOTTOM + 16
    for tick in dict.fromkeys(point.x for point in points):
        yield f'<text class="axis" x="{across(tick):.1f}" y="{below}" text-anchor="middle">{tick:g}</text>'
    names = list(dict.fromkeys(point.who for point in points))
    for number, who in enumerate(names):
        colour = COLOURS.get(who, OTHERS[number % len(OTHERS)])
        mine = [(across(point.x), up(point.value.median)) for point in points if point.who == who]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in mine)
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.8"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in mine)
        at = LEFT + 4 + number * (WIDTH - LEFT - RIGHT) // len(names)
        yield f'<text x="{at}" y="{HEIGHT - 4}" style="fill:{colour}">{escape(who)}</text>'


class Axis:
    """A logarithmic scale from values to a place between two ends, with a little room at both."""

    def __init__(self, values: Sequence[float], begin: float, end: float) -> None:
        low, high = math.log10(min(values)), math.log10(max(values))
        room = max(0.05, (high - low) * 0.06)
        self._low, self._high = low - room, high + room
        self._begin, self._end = begin, end

    def __call__(self, value: float) -> float:
        part = (math.log10(value) - self._low) / (self._high - self._low)
        return self._begin + part * (self._end - self._begin)

    def ticks(self) -> Iterator[float]:
        """Round numbers that lie on it, few of them."""
        decades = range(math.floor(self._low), math.ceil(self._high) + 1)
        steps = (1, 2, 5) if self._high - self._low < 1.5 else (1,)
        for tick in (digit * 10.0**decade for decade in decades for digit in steps):
            if self._low <= math.log10(tick) <= self._high:
                yield tick
