"""`TextStream`: what was asked and what models wrote, as it comes in.

It wraps softly, keeps its last line open, follows the end unless the reader went up, and keeps the reader's place when
its size changes. All text that comes in is foreign: here it is made visible. It must not know prompts, runs or hosts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.reactive import var

from rnnlab.text.visible import visible
from rnnlab.tui.flow import Flow, Mark
from rnnlab.tui.grid import Part
from rnnlab.tui.lines import Lines
from rnnlab.tui.wrap import TAB

ROLES = ("prefix", "text", "copied", "stamp", "note", "bad", "cursor")
"""What a stretch of the stream can be; the widget gives each a colour."""

NARROWEST = 8
"""Cells below which nobody reads: there lines are cut off, as a row of each character takes 5 MB of a long session."""
_CURSOR = "▌"


class TextStream(Lines):
    """A growing text in stretches of one role each."""

    PREFIX = "stream"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"stream--{role}" for role in ROLES}
    DEFAULT_CSS = """
    TextStream {
        & > .stream--prefix { color: #5fd7ff; text-style: bold; }
        & > .stream--copied { text-style: underline; }
        & > .stream--stamp { color: $text-muted; }
        & > .stream--note { color: #ffaf00; }
        & > .stream--bad { color: #ff5f5f; }
        & > .stream--cursor { color: #5fd7ff; }
    }
    """

    writing: var[bool] = var(False)
    """Whether more is to come: a cursor stands at the end."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._flow = Flow(80)

    def write(self, text: str, role: str) -> None:
        """Add foreign text at the end; a line feed ends a line."""
        first, dropped = self._flow.write(_shown(text), role)
        self.changed(first, dropped)

    @property
    def end(self) -> Mark:
        """The place where text is added."""
        return self._flow.end

    def back_to(self, mark: Mark) -> bool:
        """Forget what comes after a place; False, and nothing is done, where the place itself is long gone."""
        first = self._flow.cut(mark)
        if first is not None:
            self.changed(first)
        return first is not None

    def recolour(self, mark: Mark, parts: Iterable[Part]) -> None:
        """Give foreign text that was written at a place other roles, as far as it is still there."""
        if self._flow.recolour(mark, [(_shown(text), role) for text, role in parts]):
            self.refresh()

    def clear(self) -> None:
        """Forget everything."""
        self._flow.clear()
        self.changed(0, 1)

    @property
    def empty(self) -> bool:
        return self.line_count == 1 and not self._flow.rows[0].line.text

    @property
    def line_count(self) -> int:
        return len(self._flow.rows)

    def parts(self, y: int) -> list[Part]:
        row = self._flow.rows[y]
        return row.line.parts(row.start, row.end)

    def painted(self, y: int) -> list[Part]:
        parts = self.parts(y)
        return [*parts, (_CURSOR, "cursor")] if self.writing and y == self.line_count - 1 else parts

    def ending(self, y: int) -> str:
        row = self._flow.rows[y]
        return "\n" if row.last and row.line.ended else ""

    def indent(self, y: int) -> int:
        """A stamp stands at the right."""
        row = self._flow.rows[y]
        if row.line.roles[:1] != ((0, "stamp"),):
            return 0
        return max(0, self._flow.width - cell_len(row.line.text[row.start : row.end].rstrip()))

    def watch_writing(self) -> None:
        self.repaint(self.line_count - 1)

    def on_resize(self, event: events.Resize) -> None:
        # A column less than there is: the cursor needs one.
        width = max(NARROWEST, self.scrollable_content_region.width - 1)
        if width != self._flow.width:
            top = self._flow.rows[min(self.scroll_offset.y, self.line_count - 1)]
            self._flow.rewrap(width)
            self.changed(0, 0)
            if not self.following:
                self.scroll_to(y=self._row_of(top.line, top.start), animate=False, force=True)
        super().on_resize(event)

    def _row_of(self, line: object, offset: int) -> int:
        """The row in which a character of a line now stands."""
        rows = enumerate(self._flow.rows)
        return next((y for y, row in rows if row.line is line and (offset < row.end or row.last)), 0)


def _shown(text: str) -> str:
    return visible(text.replace("\t", " " * TAB), lines=True)
