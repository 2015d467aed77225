"""`EventLog`: what happened in a run, one line an event, the newest at the bottom.

It must not know where records come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar

from rnnlab.events import Record
from rnnlab.text.visible import visible
from rnnlab.tui.glyphs import FINE, Glyphs
from rnnlab.tui.grid import Part
from rnnlab.tui.lines import Lines
from rnnlab.tui.log_line import ROLES, log_line


class EventLog(Lines):
    """Records, and below them the last words of a worker that is gone."""

    PREFIX = "log"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"log--{role}" for role in ROLES}
    DEFAULT_CSS = """
    EventLog {
        & > .log--time { color: $text-disabled; }
        & > .log--kind { color: $text-muted; }
        & > .log--step { color: $text-muted; }
        & > .log--quiet { color: $text-muted; }
        & > .log--validation { color: #ffaf00; }
        & > .log--prefix { color: $text-muted; text-style: underline; }
        & > .log--good { color: #5fff87; }
        & > .log--bad { color: #ff5f5f; }
    }
    """

    def __init__(self, glyphs: Glyphs = FINE, zone: tzinfo | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cut = glyphs.ellipsis
        self._zone = zone
        self._rows: tuple[Record | str, ...] = ()

    def show(self, records: Sequence[Record], words: Sequence[str] = ()) -> None:
        """Show these records, and below them what a worker printed last."""
        before, self._rows = self._rows, (*records, *words)
        dropped = _dropped(before, self._rows)
        first = _first_difference(before[dropped:], self._rows)
        if dropped or first < len(self._rows) or len(before) != len(self._rows):
            self.changed(first, dropped)

    @property
    def line_count(self) -> int:
        return len(self._rows)

    def parts(self, y: int) -> list[Part]:
        row = self._rows[y]
        return [(visible(row), "text")] if isinstance(row, str) else log_line(row, self._zone)


def _dropped(before: Sequence[Record | str], after: Sequence[Record | str]) -> int:
    """How many of the oldest rows are gone; all, where the rows are of something else."""
    if not before or not after:
        return len(before)
    return before.index(after[0]) if after[0] in before else len(before)


def _first_difference(before: Sequence[Record | str], after: Sequence[Record | str]) -> int:
    same = (index for index, (a, b) in enumerate(zip(before, after, strict=False)) if a is not b and a != b)
    return next(same, min(len(before), len(after)))
