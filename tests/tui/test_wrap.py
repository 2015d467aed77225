"""Lines of a text in a width."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from rnnlab.tui.wrap import line_starts, lines_before, shown

TEXTS = st.text(st.sampled_from("ab \n\t红\x1b\u202e\u0301é"), max_size=200)
WIDTHS = st.integers(8, 40)


def lines(text: str, starts: list[int]) -> list[str]:
    return [text[begin:end] for begin, end in pairwise([*starts, len(text)])]


def test_a_line_breaks_after_a_space_where_there_is_one():
    assert lines("the sea told the time", line_starts("the sea told the time", 10)) == ["the sea ", "told the ", "time"]


def test_a_word_longer_than_the_width_is_cut():
    assert lines("abcdefgh", line_starts("abcdefgh", 3)) == ["abc", "def", "gh"]


@given(TEXTS, WIDTHS)
def test_the_lines_are_the_whole_text(text, width):
    assert "".join(lines(text, line_starts(text, width))) == text


@given(TEXTS, WIDTHS)
def test_no_line_is_wider_than_the_width_but_for_a_space_at_its_end(text, width):
    for line in lines(text, line_starts(text, width)):
        assert cell_len(shown(line).rstrip(" ")) <= width


@given(TEXTS, WIDTHS, st.integers(1, 10))
def test_going_up_meets_the_lines_that_going_down_made(text, width, most):
    starts = line_starts(text, width)
    feed = text.find("\n") + 1
    for number, begin in enumerate(starts):
        if begin > feed > 0 and number > most:
            assert lines_before(text, begin, width, most) == starts[number - most : number]


@given(TEXTS, WIDTHS)
def test_a_shown_line_holds_nothing_that_a_terminal_obeys(text, width):
    for line in lines(text, line_starts(text, width)):
        assert shown(line).isprintable() or "\u0301" in line
