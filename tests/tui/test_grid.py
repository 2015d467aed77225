"""Cells by column and row, and what changed between two pictures of them."""

import sys

from rnnlab.tui.grid import Grid
from tests.interned import names_used_up


def test_texts_are_cut_at_the_edges():
    grid = Grid(5, 2)
    assert grid.put(3, 0, "abc") == 6
    grid.put(-1, 1, "xyz")
    grid.put(0, 7, "nowhere")
    grid.put_right(5, 1, "!")
    assert [grid.text(0), grid.text(1)] == ["   ab", "yz  !"]


def test_a_character_that_is_not_one_cell_wide_cannot_move_the_others():
    grid = Grid(6, 1)
    grid.put(0, 0, "a漢e\u0301b")
    assert grid.text(0) == "a·e·b "


def test_empty_cells_belong_to_the_stretch_at_their_left():
    grid = Grid(10, 1)
    grid.put(1, 0, "ab", "x")
    grid.put(4, 0, "c", "y")
    grid.put(5, 0, " ", "ruler")
    assert list(grid.parts(0)) == [(" ", ""), ("ab ", "x"), ("c", "y"), ("     ", "ruler")]
    assert "".join(text for text, _ in grid.parts(0)) == grid.text(0)


def test_changes_are_the_smallest_stretch_of_each_row():
    before, after = Grid(10, 3), Grid(10, 3)
    for grid in (before, after):
        grid.put(0, 0, "0123456789", "x")
    after.put(3, 0, "!", "x")
    after.put(5, 0, "!", "x")
    after.put(9, 2, " ", "y")
    assert list(after.changes(before)) == [(3, 0, 3), (9, 2, 1)]
    assert list(after.changes(after)) == []


def test_a_line_of_dashes_takes_no_memory_for_each_of_them():
    grid = Grid(1000, 1)
    before = sys.getallocatedblocks()
    grid.put(0, 0, "─" * 1000, "ruler")
    assert sys.getallocatedblocks() - before < 100


def test_a_picture_that_is_gone_leaves_no_names_behind():
    dots = "Grid(3, 1).put(0, 0, chr(0x2801 + number % 200) + '─')"
    assert names_used_up("from rnnlab.tui.grid import Grid", dots) < 50
