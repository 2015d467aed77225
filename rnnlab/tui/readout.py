"""The numbers of a run in three lines: how far it is, its perplexity, its gradient norm.

Numbers stand in columns of fixed width, so that the eye finds each where it was. A pure function from a view to a grid,
and the widget that paints it. They must not know where a view comes from.
"""

from __future__ import annotations

import math
from typing import ClassVar

from rnnlab.events import Started, Step, bits_per_character
from rnnlab.text.visible import visible
from rnnlab.tui import figures
from rnnlab.tui.canvas import Canvas
from rnnlab.tui.glyphs import FINE, Glyphs
from rnnlab.tui.grid import Grid
from rnnlab.tui.run_view import RunView
from rnnlab.tui.sparkline import sparkline
from rnnlab.tui.words import fine_share

ROWS = 3
ROLES = ("label", "number", "done", "open", "perplexity", "norm", "validation")
"""What a cell of the readout can be; the widget gives each a colour."""

_LABEL, _NUMBER, _NOTE, _SPEED = 10, 8, 23, 15
"""Cells of the columns; the sparkline between number and note takes what is left, from _LEAST up to _SPARK."""
_BITS = 17
"""Cells for bits per character, where tokens are not characters."""
_LEAST, _SPARK = 4, 48
_END = 14
"""Cells of the time left."""
_ENDINGS = {"patience": "no progress"}
"""States that are told otherwise than by their name."""


def readout(view: RunView, width: int, glyphs: Glyphs) -> Grid:
    """Three rows; empty where no attempt has started yet."""
    grid = Grid(max(width, 0), ROWS)
    if view.started is not None and width >= 40:
        _progress(grid, view, view.started, glyphs)
        _perplexity(grid, view, view.started, glyphs)
        _gradient(grid, view, view.started, glyphs)
    return grid


def _progress(grid: Grid, view: RunView, started: Started, glyphs: Glyphs) -> None:
    at = view.finished or view.latest or started  # an end comes after the last line of the log
    total = max(started.total_steps, at.step, 1)
    epoch = min(at.epoch, started.epochs)
    count = figures.count(total)
    left = f"epoch {epoch:>{len(str(started.epochs))}}/{started.epochs} "
    right = f" {_percent(at.step / total)}  step {figures.count(at.step):>{len(count)}}/{count}{_time(view):>{_END}}"
    bar = grid.width - len(left) - len(right)
    grid.put(0, 0, left)
    _bar(grid, len(left), max(bar, 0), at.step / total, glyphs)
    grid.put_right(grid.width, 0, right)


def _bar(grid: Grid, x: int, width: int, part: float, glyphs: Glyphs) -> None:
    done, half, rest = glyphs.bar
    halves = int(min(part, 1.0) * width * 2)
    grid.put(x, 0, rest * width, "open")
    grid.put(x, 0, done * (halves // 2) + half * (halves % 2), "done")


def _percent(part: float) -> str:
    return f"{min(int(part * 100), 100):>3} %"


def _time(view: RunView) -> str:
    if view.state == "running":
        return f"{figures.duration(view.seconds_left)} left"
    return _ENDINGS.get(view.state, view.state[:_END])


def _perplexity(grid: Grid, view: RunView, started: Started, glyphs: Glyphs) -> None:
    latest, epoch = view.latest, view.epochs.last
    # An epoch may be over before the first line of the log.
    x = _row(grid, 1, "perplexity", latest.perplexity if latest else epoch[1] if epoch else None)
    note = _NOTE if started.characters_per_token == 1 else _NOTE + _BITS
    x = _spark(grid, 1, x, [step.perplexity for step in view.recent], "perplexity", glyphs, note)
    lowest, name = view.validation.lowest, "best validation"
    if not started.validation_tokens:
        lowest, name = view.epochs.last, "last epoch"
    x = grid.put(x, 1, f"{name} ", "label")
    x = grid.put(x, 1, figures.magnitude(lowest[1] if lowest else None), "validation")
    grid.put(x, 1, _bits(started, lowest[1] if lowest else None), "label")
    grid.put_right(grid.width, 1, _speed(view, latest), "number")


def _bits(started: Started, found: float | None) -> str:
    """What a perplexity of other tokens than characters is for each character."""
    if not found or started.characters_per_token == 1:
        return ""
    bits = bits_per_character(math.log(found), started.characters_per_token)
    return f", {bits:.3f} bits/char" if bits is not None else ""


def _gradient(grid: Grid, view: RunView, started: Started, glyphs: Glyphs) -> None:
    latest = view.latest
    x = _row(grid, 2, "grad norm", latest.grad_norm if latest else None)
    x = _spark(grid, 2, x, [step.grad_norm for step in view.recent], "norm", glyphs, _NOTE)
    x = grid.put(x, 2, _clipping(view), "label")
    room = grid.width - x - 2
    unknown = f"{fine_share(started.unknown_share)} <unk>, " if started.unknown_share else ""
    device = unknown + visible(started.device)
    grid.put_right(
        grid.width, 2, device if len(device) <= room else device[: max(room - 1, 0)] + glyphs.ellipsis, "label"
    )


def _row(grid: Grid, y: int, label: str, value: float | None) -> int:
    grid.put(0, y, label, "label")
    return grid.put(_LABEL, y, f"{figures.magnitude(value):>{_NUMBER}}", "number") + 1


def _spark(grid: Grid, y: int, x: int, values: list[float | None], role: str, glyphs: Glyphs, note: int) -> int:
    width = min(grid.width - x - 2 - note - _SPEED, _SPARK)
    return grid.put(x, y, sparkline(values, width, glyphs), role) + 2 if width >= _LEAST else x + 1


def _clipping(view: RunView) -> str:
    if view.summary and view.summary.spec.train.clip == "none":
        return "not clipped"
    return f"clipped {figures.share(view.clipped) if view.clipped is not None else figures.MISSING}"


def _speed(view: RunView, latest: Step | None) -> str:
    return f"{figures.rate(latest.tokens_per_s if latest else None)} tok/s"


class Readout(Canvas):
    """The three lines."""

    PREFIX = "readout"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"readout--{role}" for role in ROLES}
    DEFAULT_CSS = """
    Readout {
        height: 3;
        & > .readout--label { color: $text-muted; }
        & > .readout--number { text-style: bold; }
        & > .readout--done { color: $accent; }
        & > .readout--open { color: $text-disabled; }
        & > .readout--perplexity { color: #5fff87; }
        & > .readout--norm { color: #5fd7ff; }
        & > .readout--validation { color: #ffaf00; text-style: bold; }
    }
    """

    def __init__(self, glyphs: Glyphs = FINE, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._view = RunView.empty()

    def show(self, view: RunView) -> None:
        """Show this view; what looks the same is not painted again."""
        self._view = view
        self.redraw()

    def draw(self, width: int, height: int) -> Grid:
        return readout(self._view, width, self._glyphs)
