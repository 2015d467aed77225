"""Pieces of text wrapped into rows, and where a cursor goes in them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rnnlab.tui.microscope.page import Page, displayed
from rnnlab.tui.wrap import cells

PIECES = st.lists(st.tuples(st.text("ab \n\t\x1b漢é", max_size=6), st.sampled_from(["x", "y"])), max_size=20)
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@given(PIECES, st.integers(2, 20), st.booleans())
def test_rows_hold_all_of_every_piece_in_order_and_no_row_is_too_wide(pieces, width, ends) -> None:
    page = Page(pieces, width, ends=ends)
    cuts = [cut for y in range(page.height) for cut in page.row(y)]
    texts = ["".join(text for index, text in cuts if index == n) for n in range(len(pieces))]
    assert texts == [displayed(text, ends=ends).replace("\n", "") for text, _ in pieces]
    assert [index for index, _ in cuts] == sorted(index for index, _ in cuts)
    for y in range(page.height):
        row = "".join(text for _, text in page.row(y))
        # A space at the end of a row may hang over.
        assert sum(map(cells, row.rstrip(" ↵"))) <= max(width, 3)
        assert not OBEYED.search(row)


@given(PIECES, st.integers(2, 20), st.lists(st.tuples(st.sampled_from("hv"), st.integers(-3, 3)), max_size=20))
def test_the_cursor_stays_on_pieces_that_are_seen(pieces, width, moves) -> None:
    page, at = Page(pieces, width, ends=True), 0
    seen = {index for y in range(page.height) for index, _ in page.row(y)}
    for direction, by in moves:
        at = page.beside(at, by) if direction == "h" else page.below(at, by)
        assert at in seen or not seen or by == 0


def test_the_cursor_goes_down_to_what_stands_below_it() -> None:
    page = Page([("ab", ""), ("cd", ""), ("\n", ""), ("ef", ""), ("gh", "")], 20, ends=True)
    assert page.below(1, 1) == 4
    assert page.below(4, -1) == 1
    assert page.below(4, 5) == 4
