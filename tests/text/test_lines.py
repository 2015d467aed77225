"""Lines: counted, measured, compared."""

from __future__ import annotations

import re
import statistics
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.text.bundled import entries, path_of
from rnnlab.text.lines import BEGINNING, LONG, LineCounter, line_count, line_detail, line_ends, split_lines
from rnnlab.text.report import NamedCount


@pytest.mark.parametrize(
    ("text", "lines"),
    [("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("a\r\nb\rc\n\n", 4), ("a\u2028b\x0c", 1), ("\n", 1)],
)
def test_lines_end_with_a_line_feed_a_carriage_return_or_both(text: str, lines: int) -> None:
    assert line_count(text) == lines
    assert len(split_lines(text)) == lines


@given(st.text(st.sampled_from("ab\r\n\u2028")))
def test_counting_agrees_with_splitting_and_with_python_where_only_such_ends_are(text: str) -> None:
    assert line_count(text) == len(split_lines(text)) == line_detail([text]).count
    if "\u2028" not in text:
        assert split_lines(text) == text.splitlines()


def ends_of(text: str) -> tuple[NamedCount, ...]:
    counts = np.bincount([ord(character) for character in text], minlength=0x3000)
    return line_ends(counts, text.count("\r\n"))


@given(st.text(st.sampled_from("ab\r\n")))
def test_each_line_end_is_counted_as_one_kind(text: str) -> None:
    kinds = Counter(re.findall(r"\r\n|\r|\n", text))
    expected = {"LF": kinds["\n"], "CRLF": kinds["\r\n"], "CR": kinds["\r"]}
    assert {end.name: end.count for end in ends_of(text)} == {name: n for name, n in expected.items() if n}


def test_other_places_where_programs_break_lines_are_named() -> None:
    ends = ends_of("a\u2028b\x85c\x0cd\r\n")
    assert [(end.codepoint, end.name, end.count) for end in ends] == [
        ("U+000D U+000A", "CRLF", 1),
        ("U+000C", "form feed", 1),
        ("U+0085", "next line", 1),
        ("U+2028", "line separator", 1),
    ]


@pytest.mark.parametrize("name", [entry.name for entry in entries()])
def test_the_numbers_are_those_of_plain_python(name: str) -> None:
    text = path_of(name).read_text(encoding="utf-8")
    told = line_detail([text])
    written = [line for line in text.split("\n") if line.strip()]
    counts = Counter(written)
    assert told.count == len(text.splitlines())
    assert told.blank == told.count - len(written)
    assert told.median == statistics.median(map(len, written))
    assert told.longest == max(map(len, written))
    assert told.duplicated == len(written) - len(counts)
    assert sum(lengths.lines for lengths in told.lengths) == len(written)
    for lengths in told.lengths:
        assert lengths.lines == sum(lengths.low <= len(line) <= lengths.high for line in written)
    for line in told.repeated:
        assert counts[line.text] == line.count > 1


def test_long_lines_are_told_of_the_longest_first_by_their_beginnings() -> None:
    text = "\n".join(["short", "x" * LONG, "y" * (LONG - 1), "z" * 5000, ""])
    assert [(line.number, line.characters) for line in line_detail([text]).long] == [(4, 5000), (2, LONG)]
    assert line_detail([text]).long[0].text == "z" * BEGINNING


def test_a_text_without_a_written_line_has_no_lengths() -> None:
    told = line_detail(["\n \n"])
    assert (told.count, told.blank, told.longest, told.lengths, told.duplicated_share) == (2, 2, 0, (), 0.0)


@given(st.text(st.sampled_from("ab\r\n")), st.integers(1, 5))
def test_lines_are_the_same_in_whatever_pieces_the_text_comes(text: str, size: int) -> None:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    counter = LineCounter()
    for piece in pieces:
        counter.feed(piece)
    assert counter.count == line_count(text)
    assert line_detail(pieces) == line_detail([text])


def test_a_line_of_many_pieces_is_not_kept_whole() -> None:
    told = line_detail("x" * 1000 for _ in range(1000))
    assert (told.count, told.longest, told.long[0].characters) == (1, 1_000_000, 1_000_000)
