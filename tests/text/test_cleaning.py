"""What the cleaning steps do to a text."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from rnnlab.specs.sections import FIELDS
from rnnlab.text.cleaning import STEPS, clean, clean_pieces, clean_prefix

TEXTS = st.text(st.sampled_from("aZé İ\u212a\n\r \t,.'-e\u0301梦"), max_size=60)


def as_d2l_cleans(text: str) -> str:
    lines = re.split(r"\r\n|\r|\n", text)
    return "".join(re.sub("[^A-Za-z]+", " ", line).strip().lower() for line in lines)


@given(TEXTS)
def test_letters_and_lower_are_the_rule_of_d2l(text: str) -> None:
    assert clean(text, ("lower", "letters")) == as_d2l_cleans(text)


@given(TEXTS, st.sets(st.sampled_from(sorted(STEPS))))
def test_the_order_in_which_steps_are_named_changes_nothing(text: str, steps: set[str]) -> None:
    assert len({clean(text, order) for order in itertools.islice(itertools.permutations(steps), 12)}) == 1


@given(TEXTS)
def test_without_steps_a_text_stays_as_it_is(text: str) -> None:
    assert clean(text, ()) == text


def test_every_step_that_a_spec_may_name_exists() -> None:
    assert set(FIELDS["data.clean"].about.choices) == set(STEPS)


def test_newlines_become_line_feeds() -> None:
    assert clean("a\r\nb\rc\nd\r\r\n", ("newlines",)) == "a\nb\nc\nd\n\n"
    assert clean("a\u2028b\x85c", ("newlines",)) == "a\u2028b\x85c"


def test_nfc_makes_a_letter_and_its_mark_one() -> None:
    assert clean("e\u0301", ("nfc",)) == "é"
    assert clean("\ufdfa", ("nfc",)) == "\ufdfa"


def test_the_lyrics_rule_turns_each_line_end_character_into_a_space() -> None:
    assert clean("想要有直升机\r\n想要\n", ("spaces",)) == "想要有直升机  想要 "
    assert clean("a\r\nb", ("spaces", "newlines")) == "a b"


def test_a_prefix_is_cleaned_like_the_text_but_keeps_the_space_one_writes_on_from() -> None:
    assert clean_prefix("The Time ", ("lower", "letters")) == "the time "
    assert clean_prefix("Time", ("lower", "letters")) == "time"
    assert clean_prefix("  Time, ", ("lower",)) == "  time, "
    assert clean_prefix("", ("letters",)) == ""


PIECES = st.lists(
    st.text(st.sampled_from("aB é\u0301\u0345ΑΣς.\r\n\t 1红가\u1100\u1161が\u3099"), max_size=6), max_size=8
)


@given(PIECES, st.sets(st.sampled_from(list(STEPS))))
def test_a_text_in_pieces_is_cleaned_as_the_whole_is(pieces: list[str], steps: set[str]) -> None:
    assert "".join(clean_pieces(pieces, steps)) == clean("".join(pieces), steps)


def test_a_text_without_letters_is_not_held_back() -> None:
    held = "".join(clean_pieces(("红楼梦" * 1000 for _ in range(1000)), ("letters",)))
    assert held == ""
