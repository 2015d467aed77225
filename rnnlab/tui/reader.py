"""`Reader`: a window on a tokenized text of any length, as text or as tokens above their ids.

It holds only the passage around what one sees, and posts `Wanted` for more; whoever has a host answers with `show`.
It must not know where passages come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from rnnlab.text.report import Passage
from rnnlab.text.visible import label
from rnnlab.tui.figures import count
from rnnlab.tui.wrap import line_starts, lines_before, shown

_EMPTY = Passage(start=0, total=0, text="", tokens=(), ids=())
_WHEEL_LINES = 3


class Reader(Widget, can_focus=True):
    """What both ways of reading share: a position in tokens, moved by keys, and a line that says where one is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "lines(-1)", "up", show=False),
        Binding("down", "lines(1)", "down", show=False),
        Binding("pageup", "pages(-1)", "page up", show=False),
        Binding("pagedown,space", "pages(1)", "page down", show=False),
        Binding("home", "begin", "beginning", show=False),
        Binding("end", "finish", "end", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"reader--quiet", "reader--token"}
    DEFAULT_CSS = """
    Reader {
        & > .reader--quiet { color: $text-muted; }
        & > .reader--token { text-style: bold; }
    }
    """

    position: reactive[int] = reactive(0)
    """The first token shown."""

    @dataclass
    class Wanted(Message):
        """More of the text is needed: `length` tokens from `start`."""

        reader: Reader
        start: int
        length: int

        @property
        def control(self) -> Reader:
            return self.reader

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._passage = _EMPTY
        self._edition = 0
        self._asked: tuple[int, int] | None = None
        self._to_end = False

    def forget(self) -> None:
        """Another text: nothing is known of it, and reading begins at its beginning."""
        self._passage, self._asked, self._to_end = _EMPTY, None, False
        self._edition += 1
        self.position = 0
        self.want()

    def show(self, passage: Passage) -> None:
        """What was wanted has come."""
        self._passage, self._asked = passage, None
        self._edition += 1
        self.position = min(self.position, max(0, passage.total - 1))
        if self._to_end:
            self._to_end = False
            self.position = self._before(passage.total, self._rows())
        self._ensure()
        self.refresh()

    def want(self) -> None:
        """Ask for what stands around the position, unless it was asked for already."""
        if not self.size or not self.display:
            return
        page = self._tokens_of(self._rows())
        start = max(0, self.position - 2 * page)
        if self._asked != (start, 4 * page):
            self._asked = (start, 4 * page)
            self.post_message(self.Wanted(self, *self._asked))

    def _ensure(self) -> None:
        """Ask for more where less than a page is left before or after what is shown."""
        page, passage = self._tokens_of(self._rows()), self._passage
        end = passage.start + len(passage.tokens)
        near_begin = passage.start > 0 and self.position - passage.start < page
        near_end = end < passage.total and end - self.position < 2 * page
        if near_begin or near_end or not passage.total:
            self.want()

    def _rows(self) -> int:
        """Lines of text that fit above the line that says where one is."""
        return max(1, self.size.height - 1)

    def watch_position(self) -> None:
        self._ensure()

    def on_show(self) -> None:
        self._ensure()

    def on_resize(self) -> None:
        self._ensure()

    def action_lines(self, lines: int) -> None:
        if not self._known_here:
            return
        end = self._passage.total
        moved = self._after(self.position, lines) if lines > 0 else self._before(self.position, -lines)
        if lines < 0 or self._after(self.position, self._rows()) < end:
            self.position = moved

    def action_pages(self, pages: int) -> None:
        self.action_lines(pages * self._rows())

    def action_begin(self) -> None:
        self.position = 0

    def action_finish(self) -> None:
        total, page = self._passage.total, self._tokens_of(self._rows())
        if self._passage.start + len(self._passage.tokens) >= total:
            self.position = self._before(total, self._rows())
        else:
            self._to_end, self._asked = True, (max(0, total - 4 * page), 4 * page)
            self.post_message(self.Wanted(self, *self._asked))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_lines(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_lines(-_WHEEL_LINES)

    def render_line(self, y: int) -> Strip:
        if not self._known_here:
            return self._strip("", self.rich_style)
        if y == self.size.height - 1:
            return self._strip(self._where(), self.get_component_rich_style("reader--quiet"))
        return self._paint(y)

    @property
    def _known_here(self) -> bool:
        """Whether the text at the position is at hand; else it was asked for and will be painted when it comes."""
        return 0 <= self.position - self._passage.start < max(1, len(self._passage.tokens))

    def _where(self) -> str:
        total = self._passage.total
        if not total:
            return ""
        last = min(total, self._after(self.position, self._rows()))
        return f"{count(self.position + 1)}–{count(last)} of {count(total)}".rjust(self.size.width)

    def _strip(self, text: str, style: Style) -> Strip:
        return Strip([Segment(set_cell_size(text, self.size.width), style)], self.size.width)

    def _tokens_of(self, lines: int) -> int:
        """At least as many tokens as that many lines hold."""
        raise NotImplementedError

    def _after(self, position: int, lines: int) -> int:
        """Where the line begins that is so many below the one at that position."""
        raise NotImplementedError

    def _before(self, position: int, lines: int) -> int:
        """Where the line begins that is so many above."""
        raise NotImplementedError

    def _paint(self, y: int) -> Strip:
        """The line at that height."""
        raise NotImplementedError


class TextReader(Reader):
    """The text itself, wrapped; its passages must be in characters."""

    def _tokens_of(self, lines: int) -> int:
        return max(64, lines * self.size.width)

    _known: tuple[object, list[int]] = (None, [])

    def _starts(self) -> list[int]:
        """Where the lines of the page begin, and the one after; found once for each page."""
        key = (self._edition, self.position, self.size)
        if self._known[0] != key:
            begin = self.position - self._passage.start
            self._known = (key, line_starts(self._passage.text, self.size.width, begin, self._rows() + 1))
        return self._known[1]

    def _after(self, position: int, lines: int) -> int:
        passage, starts = self._passage, self._starts()
        if position != self.position or lines > self._rows():
            starts = line_starts(passage.text, self.size.width, position - passage.start, lines + 1)
        return passage.start + starts[lines] if len(starts) > lines else passage.start + len(passage.text)

    def _before(self, position: int, lines: int) -> int:
        starts = lines_before(self._passage.text, position - self._passage.start, self.size.width, lines)
        return self._passage.start + starts[0] if starts else position

    def _paint(self, y: int) -> Strip:
        begin = self._after(self.position, y) - self._passage.start
        end = self._after(self.position, y + 1) - self._passage.start
        return self._strip(shown(self._passage.text[begin:end]), self.rich_style)


class IdsReader(Reader):
    """Tokens above their ids, in a grid."""

    cell: reactive[int] = reactive(4)
    """Cells that a token or id and the gap after it take."""

    def _per_row(self) -> int:
        return max(1, self.size.width // self.cell)

    def _grid_rows(self, lines: int) -> int:
        return max(1, (lines + 1) // 3)

    def _tokens_of(self, lines: int) -> int:
        return max(64, self._grid_rows(lines) * self._per_row())

    def _after(self, position: int, lines: int) -> int:
        rows = 1 if lines == 1 else self._grid_rows(lines)
        return min(self._passage.total, position + rows * self._per_row())

    def _before(self, position: int, lines: int) -> int:
        rows = 1 if lines == 1 else self._grid_rows(lines)
        per_row = self._per_row()
        return max(0, -(-position // per_row) - rows) * per_row

    def _paint(self, y: int) -> Strip:
        row, kind = divmod(y, 3)
        begin = self.position - self._passage.start + row * self._per_row()
        piece = slice(max(0, begin), max(0, begin + self._per_row()))
        if kind == 2 or row >= self._grid_rows(self._rows()):
            return self._strip("", self.rich_style)
        if kind == 0:
            texts = [label(token) for token in self._passage.tokens[piece]]
            return self._strip(self._cells(texts), self.get_component_rich_style("reader--token"))
        texts = [str(number) for number in self._passage.ids[piece]]
        return self._strip(self._cells(texts), self.get_component_rich_style("reader--quiet"))

    def _cells(self, texts: list[str]) -> str:
        room = self.cell - 1
        fitted = (text if cell_len(text) <= room else set_cell_size(text, room - 1) + "…" for text in texts)
        return "".join(" " * (room - cell_len(text)) + text + " " for text in fitted)
