"""What `visible` lets through to a terminal."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from rnnlab.text.visible import MARKS_KEPT, delete_hostile, harmless_json, label, visible

ANY_TEXT = st.text(st.characters(), max_size=200)
"""Surrogates too: they come from file names and arguments."""

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def obeyed(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in BIDI


@given(ANY_TEXT)
def test_nothing_that_a_terminal_obeys_gets_through(text: str) -> None:
    assert not any(map(obeyed, visible(text)))
    assert not any(map(obeyed, delete_hostile(text)))
    assert not any(map(obeyed, label(text)))


@given(ANY_TEXT)
def test_with_lines_only_line_feeds_and_tabs_are_let_through(text: str) -> None:
    for safe in (visible(text, lines=True), delete_hostile(text, lines=True)):
        assert {c for c in safe if obeyed(c)} <= {"\n", "\t"}
        assert safe.count("\n") == text.count("\n")
        assert safe.count("\t") == text.count("\t")


@given(ANY_TEXT)
def test_making_visible_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(ANY_TEXT, ANY_TEXT)
def test_a_stream_in_pieces_hides_nothing(left: str, right: str) -> None:
    assert not any(map(obeyed, visible(left) + visible(right)))


def test_an_escape_sequence_is_shown_as_pictures() -> None:
    assert visible("\x1b]52;c;aGk=\x07") == "␛]52;c;aGk=␇"
    assert visible("\x9d\x7f\u202egnp.exe") == "<U+009D>␡<U+202E>gnp.exe"
    assert visible("a\r\n\tb") == "a␍␊␉b"
    assert visible("a\r\n\tb", lines=True) == "a␍\n\tb"
    assert visible("\udc80") == "<U+DC80>"


@pytest.mark.parametrize(
    "text",
    [
        "plain text, 100 %",
        "[/x] [@click=app.quit]",
        "红楼梦",
        "שָׁלוֹם",
        "كتاب",
        "👩‍👩‍👧‍👦 ✈️",
        "e\u0301",
        "می‌خواهم",
        "नमस्ते",
        "ไทย",
    ],
)
def test_honest_text_of_any_script_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert delete_hostile(text) == text


def test_a_heap_of_marks_is_cut_to_what_scripts_need() -> None:
    assert visible("e" + "\u0301" * 500 + "x") == "e" + "\u0301" * MARKS_KEPT + "x"
    assert visible("e" + "\u0301" * MARKS_KEPT) == "e" + "\u0301" * MARKS_KEPT


def test_what_the_backstop_deletes_had_no_width_in_a_laid_out_line() -> None:
    for code in range(0x110000):
        character = chr(code)
        if not 0xD800 <= code < 0xE000 and delete_hostile(character) == "":
            assert cell_len(f"a{character}b") == 2, hex(code)


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (" ", "␣"),
        ("\n", "↵"),
        ("\r\n", "␍↵"),
        ("\t", "⇥"),
        ("\x1b", "␛"),
        ("\u0301", "◌\u0301"),
        ("\u200b", "U+200B"),
        ("\u200d", "U+200D"),
        ("\ufe0f", "U+FE0F"),
        ("\u3000", "U+3000"),
        ("\xa0", "U+00A0"),
        ("\xad", "U+00AD"),
        ("\x85", "U+0085"),
        ("\ue000", "U+E000"),
        ("\U000e0001", "U+E0001"),
        ("\udc80", "U+DC80"),
        ("A", "A"),
        ("梦", "梦"),
        ("<unk>", "<unk>"),
        ("a b", "a␣b"),
        ("\u202eab", "<U+202E>ab"),
    ],
)
def test_a_label_shows_a_token_that_could_not_be_seen(token: str, shown: str) -> None:
    assert label(token) == shown


@given(st.characters())
def test_no_label_is_blank(character: str) -> None:
    assert label(character).strip()


@given(st.text())
def test_json_for_a_terminal_holds_the_same_and_nothing_that_it_would_obey(text: str) -> None:
    document = msgspec.json.encode({text.replace("\x7f", ""): text})
    shown = harmless_json(document)
    assert msgspec.json.decode(shown) == msgspec.json.decode(document)
    assert delete_hostile(shown.decode()) == shown.decode()


def test_json_of_honest_text_stays_as_it_is() -> None:
    document = msgspec.json.encode({"text": "die Möwe, 鷗, 👩‍🚀 and a \\ \n"})
    assert harmless_json(document) == document
    assert harmless_json(msgspec.json.encode("\u202e\x90\U000e0041\x7f")) == rb'"\u202e\u0090\udb40\udc41\u007f"'
