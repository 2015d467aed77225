"""`MarkedText`: a text whose pieces are coloured by role, with a cursor that the arrow keys move from piece to piece.

Roles are told apart without colour too: by underlining, weight and reversal. It must not know what a role means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from rnnlab.tui.grid import Part
from rnnlab.tui.microscope.page import Page

ROLES = (
    "level-0", "level-1", "level-2", "level-3", "level-4", "down-1", "down-2", "up-1", "up-2",
    "new", "copied", "new-copied", "quiet", "cursor",
)  # fmt: skip


class MarkedText(ScrollView, can_focus=True, inherit_bindings=False):
    """Pieces of text; the cursor is on one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "left", show=False),
        Binding("right", "step(1)", "right", show=False),
        Binding("up", "rows(-1)", "up", show=False),
        Binding("down", "rows(1)", "down", show=False),
        Binding("pageup", "pages(-1)", "page up", show=False),
        Binding("pagedown", "pages(1)", "page down", show=False),
        Binding("home", "step(-1000000000)", "first", show=False),
        Binding("end", "step(1000000000)", "last", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"marked--{role}" for role in ROLES}
    DEFAULT_CSS = """
    MarkedText {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .marked--level-0, & > .marked--quiet { color: $text-muted; }
        & > .marked--level-2, & > .marked--up-1 { color: #5fd7ff; text-style: underline; }
        & > .marked--level-3, & > .marked--up-2 { color: #ffaf00; text-style: bold underline; }
        & > .marked--level-4 { color: #ff5f5f; text-style: bold reverse; }
        & > .marked--down-1 { color: #8787ff; text-style: italic; }
        & > .marked--down-2 { color: #ff87d7; text-style: reverse; }
        & > .marked--new { color: #5fff87; text-style: bold; }
        & > .marked--copied { color: #ffaf00; text-style: underline; }
        & > .marked--new-copied { color: #ffaf00; text-style: bold underline; }
        & > .marked--cursor { color: #000000; background: #d7dde4; text-style: bold; }
        &:nocolor > .marked--level-0 { text-style: dim; }
        &:nocolor > .marked--cursor { text-style: bold reverse underline; }
    }
    """

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Moved(Message):
        """The cursor is on another piece."""

        marked: MarkedText
        index: int

        @property
        def control(self) -> MarkedText:
            return self.marked

    pointing: ClassVar[bool] = True
    """Whether there is a cursor."""

    def __init__(self, *, ends: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ends = ends
        self._pieces: tuple[Part, ...] = ()
        self._page = Page((), 1)

    def show(self, pieces: Sequence[Part]) -> None:
        """Show these pieces; the cursor stays on the piece of the same number."""
        if tuple(pieces) != self._pieces:
            self._pieces = tuple(pieces)
            self._lay_out()

    def _lay_out(self) -> None:
        width = max(1, self.size.width - 1)
        self._page = Page(self._pieces, width, ends=self._ends)
        self.virtual_size = Size(width, self._page.height)
        self.cursor = self.validate_cursor(self.cursor)
        self.refresh()

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self._pieces) - 1))

    def watch_cursor(self) -> None:
        y, top = self._page.row_of(self.cursor), round(self.scroll_y)
        if self.pointing and self.is_attached:
            if y < top:
                self.scroll_to(y=y, animate=False)
            elif y >= top + self.size.height:
                self.scroll_to(y=y - self.size.height + 1, animate=False)
            self.post_message(self.Moved(self, self.cursor))
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def action_step(self, by: int) -> None:
        self.cursor = self._page.beside(self.cursor, by)

    def action_rows(self, by: int) -> None:
        if self.pointing:
            self.cursor = self._page.below(self.cursor, by)
        else:
            self.scroll_relative(y=by, animate=False)

    def action_pages(self, by: int) -> None:
        self.action_rows(by * max(1, self.size.height - 1))

    def render_line(self, y: int) -> Strip:
        segments = [Segment(text, self._style(index)) for index, text in self._page.row(y + round(self.scroll_y))]
        return Strip(segments).adjust_cell_length(self.scrollable_content_region.width, self.rich_style)

    def _style(self, index: int):
        role = self._page.roles[index]
        if self.pointing and index == self.cursor and self.has_focus:
            role = "cursor"
        return self.get_component_rich_style(f"marked--{role}") if role else self.rich_style

    def on_click(self, event: events.Click) -> None:
        used = 0
        for index, text in self._page.row(event.y + round(self.scroll_y)):
            used += len(text)
            if event.x < used:
                self.cursor = index
                return

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


class StillText(MarkedText, inherit_bindings=False):
    """The same without a cursor: up and down scroll, and whoever holds it has the other keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "rows(-1)", "up", show=False),
        Binding("down", "rows(1)", "down", show=False),
        Binding("pageup", "pages(-1)", "page up", show=False),
        Binding("pagedown", "pages(1)", "page down", show=False),
    ]
    pointing: ClassVar[bool] = False


class FixedText(StillText, can_focus=False):
    """The same where nobody stops: a legend, a line."""
