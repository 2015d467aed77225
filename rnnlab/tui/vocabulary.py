"""The vocabulary as a table: which rows match, in which order, and the widget that shows them.

Sorting and filtering are pure functions, quick enough to run at each key on a hundred thousand rows. It must not know
how a vocabulary is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Input

from rnnlab.text.report import TokenRow
from rnnlab.text.visible import label
from rnnlab.tui import keys
from rnnlab.tui.figures import short_count
from rnnlab.tui.table import Column, Table
from rnnlab.tui.words import fine_share

ORDERS: dict[str, tuple[Callable[[TokenRow], Any], bool]] = {
    "count": (lambda row: row.count, True),
    "token": (lambda row: row.token, False),
    "name": (lambda row: row.name, False),
    "id": (lambda row: row.id, False),
}
"""What rows can be sorted by, and whether its natural order is downwards."""

_UNSHOWN = {label(character): character for character in " \n\t"}
"""What stands in the table for a character that is not seen, and the character."""

_CHARACTER_COLUMNS = (
    ("id", Column("id", 6, right=True, from_width=52)),
    ("token", Column("token", 9)),
    ("token", Column("code", 8)),
    ("name", Column("name", from_width=72)),
    ("count", Column("count", 9, right=True)),
    ("count", Column("share", 7, right=True)),
    ("", Column("", 4)),
)
_WORD_COLUMNS = (
    ("id", Column("id", 7, right=True, from_width=36)),
    ("token", Column("token")),
    ("count", Column("count", 9, right=True)),
    ("count", Column("share", 7, right=True)),
    ("", Column("", 4)),
)
"""Columns with what a click on their title sorts by: for vocabularies of single characters, and of longer tokens."""


def matching(rows: Sequence[TokenRow], text: str) -> Sequence[TokenRow]:
    """The rows whose token holds the text, or whose code point or name holds it in any case; all for no text."""
    if not text:
        return rows
    text, upper = _UNSHOWN.get(text, text), text.upper()
    return [row for row in rows if text in row.token or upper in row.codepoint or upper in row.name]


def ordered(rows: Sequence[TokenRow], order: str, reverse: bool) -> list[TokenRow]:
    """The rows by that order; equal ones by id."""
    key, downwards = ORDERS[order]
    return sorted(sorted(rows, key=lambda row: row.id), key=key, reverse=downwards != reverse)


class VocabularyView(Vertical):
    """A vocabulary, sorted and filtered as its person likes it."""

    BINDINGS = keys.of("vocabulary")
    DEFAULT_CSS = """
    VocabularyView {
        Table { height: 1fr; }
        Input { display: none; }
        &.-filtering Input { display: block; }
    }
    """

    rows: reactive[tuple[TokenRow, ...]] = reactive((), init=False, repaint=False)
    order: reactive[str] = reactive("count", init=False, repaint=False)
    reversed: reactive[bool] = reactive(False, init=False, repaint=False)
    wanted: reactive[str] = reactive("", init=False, repaint=False)
    """What the rows are filtered by."""

    ready = False
    _ordered: Sequence[TokenRow] = ()
    """All rows, in order: typing a filter must not sort them again."""
    _shown_columns: tuple[tuple[str, Column], ...] = _CHARACTER_COLUMNS

    def compose(self) -> ComposeResult:
        yield Table(self._titled(), self._cells, tone=lambda row: "marked" if row.rare else "", id="tokens")
        yield Input(placeholder="a character, U+…, or part of a name", compact=True, id="filter")

    def watch_rows(self) -> None:
        self._shown_columns = _CHARACTER_COLUMNS if any(row.codepoint for row in self.rows) else _WORD_COLUMNS
        self._sort()

    def watch_order(self) -> None:
        self._sort()

    def watch_reversed(self) -> None:
        self._sort()

    def watch_wanted(self) -> None:
        self._show()

    def _sort(self) -> None:
        self._ordered = ordered(self.rows, self.order, self.reversed)
        self._show()

    def _show(self) -> None:
        if not self.ready:
            return
        table = self.query_one(Table)
        table.columns = self._titled()
        table.rows = matching(self._ordered, self.wanted)

    def on_mount(self) -> None:
        self.ready = True
        self._sort()

    def _titled(self) -> list[Column]:
        """The columns, the one that is sorted by with an arrow."""
        downwards = ORDERS[self.order][1] != self.reversed
        arrow = "▾" if downwards else "▴"
        columns, marked = [], False
        for order, column in self._shown_columns:
            is_it = order == self.order and not marked
            marked = marked or is_it
            title = column.title + arrow if is_it else column.title
            columns.append(Column(title, column.width, column.right, column.from_width))
        return columns

    def _cells(self, row: TokenRow) -> list[str]:
        texts = {
            "id": str(row.id),
            "token": label(row.token),
            "code": row.codepoint,
            "name": row.name,
            "count": short_count(row.count),
            "share": fine_share(row.share),
            "": "rare" if row.rare else "",
        }
        return [texts[column.title] for _, column in self._shown_columns]

    def action_sort(self) -> None:
        orders = list(dict.fromkeys(order for order, _ in self._shown_columns if order))
        start = orders.index(self.order) if self.order in orders else -1
        self.reversed, self.order = False, orders[(start + 1) % len(orders)]

    def action_reverse(self) -> None:
        self.reversed = not self.reversed

    def action_filter(self) -> None:
        self.add_class("-filtering")
        self.query_one(Input).focus()

    def action_unfilter(self) -> None:
        self.remove_class("-filtering")
        self.query_one(Input).value = ""
        self.query_one(Table).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.has_class("-filtering") if action == "unfilter" else True

    def on_table_header_clicked(self, event: Table.HeaderClicked) -> None:
        event.stop()
        order = self._shown_columns[event.column][0]
        if order == self.order:
            self.action_reverse()
        elif order:
            self.reversed, self.order = False, order

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.wanted = event.value

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value:
            self.remove_class("-filtering")
        self.query_one(Table).focus()
