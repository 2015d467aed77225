"""`Table`: rows on demand, for lists of four rows and vocabularies of a hundred thousand.

It paints only the lines one sees, so that its cost does not grow with the rows. Its cells are foreign text: they are
made visible here. It must not know what its rows are; whoever makes it says how a row becomes cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from rnnlab.text.visible import visible

Row = TypeVar("Row")


class Column(msgspec.Struct, frozen=True):
    """One column: its title, its cells' width (0 takes what is left) and whether they stand at the right."""

    title: str
    width: int = 0
    right: bool = False
    from_width: int = 0
    """Left out where the table is narrower than this."""


class Table(ScrollView, Generic[Row], can_focus=True):
    """Rows of cells with a cursor and, where wanted, a header that stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False),
        Binding("down", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "go(0)", "first", show=False),
        Binding("end", "go(-1)", "last", show=False),
        Binding("enter", "choose", "choose", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header", "table--cursor", "table--quiet", "table--marked", "table--chosen",
    }  # fmt: skip
    DEFAULT_CSS = """
    Table {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .table--header { color: $text-muted; text-style: bold; }
        & > .table--quiet { color: $text-muted; }
        & > .table--marked { color: $warning; }
        & > .table--chosen { color: $accent; text-style: bold; }
        & > .table--cursor { background: $surface; }
        &:focus > .table--cursor { background: $accent 30%; text-style: bold; }
        &:nocolor:focus > .table--cursor { text-style: reverse; }
    }
    """

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """Enter or a click on a row."""

        table: Table
        index: int

        @property
        def control(self) -> Table:
            return self.table

    @dataclass
    class Moved(Message):
        """The cursor went to another row."""

        table: Table

        @property
        def control(self) -> Table:
            return self.table

    @dataclass
    class HeaderClicked(Message):
        """A click on a column's title."""

        table: Table
        column: int

        @property
        def control(self) -> Table:
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        cells: Callable[[Row], Sequence[str]],
        *,
        tone: Callable[[Row], str] = lambda row: "",
        header: bool = True,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._cells = cells
        self._tone = tone
        self._header = int(header)
        self._rows: Sequence[Row] = ()

    @property
    def rows(self) -> Sequence[Row]:
        """What the table shows; setting it keeps the cursor where it is as far as there are rows."""
        return self._rows

    @rows.setter
    def rows(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self.virtual_size = Size(0, len(rows) + self._header)
        self.cursor = self.validate_cursor(self.cursor)
        self.refresh()

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._columns

    @columns.setter
    def columns(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self.refresh()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self._rows else None

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self._rows) - 1))

    def watch_cursor(self) -> None:
        height = self._page()
        top = round(self.scroll_y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)
        self.refresh()
        self.post_message(self.Moved(self))

    def _page(self) -> int:
        return max(1, self.size.height - self._header)

    def action_move(self, lines: int) -> None:
        self.cursor += lines

    def action_page(self, pages: int) -> None:
        self.cursor += pages * self._page()

    def action_go(self, index: int) -> None:
        self.cursor = len(self._rows) - 1 if index < 0 else index

    def action_choose(self) -> None:
        if self._rows:
            self.post_message(self.Chosen(self, self.cursor))

    def on_resize(self) -> None:
        self.watch_cursor()

    def on_click(self, event: events.Click) -> None:
        if event.y < self._header:
            self._click_header(event.x)
        elif (index := event.y - self._header + self.scroll_offset.y) < len(self._rows):
            self.cursor = index
            self.action_choose()

    def _click_header(self, x: int) -> None:
        left = _MARGIN
        for index, (_, width) in enumerate(self._layout()):
            if left <= x < left + width + _GAP:
                self.post_message(self.HeaderClicked(self, index))
            left += width + _GAP

    def render_line(self, y: int) -> Strip:
        width = self._room
        if y < self._header:
            titles = [column.title for column in self._columns]
            return self._line(" " * _MARGIN, titles, self.get_component_rich_style("table--header"), width)
        index = y - self._header + self.scroll_offset.y
        if index >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[index]
        mark = "▸ " if index == self.cursor else "  "
        return self._line(mark, [visible(cell) for cell in self._cells(row)], self._style(row, index), width)

    @property
    def _room(self) -> int:
        """The columns that cells may take: a scrollbar takes one from the widget's own."""
        return self.scrollable_content_region.width

    def watch_show_vertical_scrollbar(self) -> None:
        self.refresh()

    def _style(self, row: Row, index: int) -> Style:
        tone = self._tone(row)
        style = self.get_component_rich_style(f"table--{tone}") if tone else self.rich_style
        if index != self.cursor:
            return style
        cursor = self.get_component_rich_style("table--cursor")
        return cursor + Style(color=style.color) if tone and not self.has_focus else cursor

    def _line(self, mark: str, texts: Sequence[str], style: Style, width: int) -> Strip:
        cells = [_fit(texts[index], size, self._columns[index].right) for index, size in self._layout() if size]
        return Strip([Segment(set_cell_size(mark + (" " * _GAP).join(cells), width), style)], width)

    def _layout(self) -> list[tuple[int, int]]:
        """The shown columns' numbers and widths."""
        room = self._room
        shown = [(index, column) for index, column in enumerate(self._columns) if column.from_width <= room]
        fixed = sum(column.width for _, column in shown) + _GAP * (len(shown) - 1) + _MARGIN
        return [(index, column.width or max(0, room - fixed)) for index, column in shown]


_MARGIN = 2
_GAP = 1


def _fit(text: str, width: int, right: bool) -> str:
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + "…"[:width]
    return " " * (width - length) + text if right else text + " " * (width - length)
