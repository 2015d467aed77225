"""How texts are cut into words and joined again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.text import words
from rnnlab.text.words import Joiner, head, join, pieces, split


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't stop, well-known 'friend'.", ["Don't", "stop", ",", "well-known", "'", "friend", "'", "."]),
        ("3.14 and 1,000 at 12:30.", ["3.14", "and", "1,000", "at", "12:30", "."]),
        ("a\r\nb\n\nc", ["a", "\r\n", "b", "\n", "\n", "c"]),
        ("wait... no -- yes", ["wait", "...", "no", "--", "yes"]),
        ("红楼梦，好。", ["红", "楼", "梦", "，", "好", "。"]),
        ("cafe\u0301 नमस्ते שָׁלוֹם", ["cafe\u0301", "नमस्ते", "שָׁלוֹם"]),
        ("👩‍👩‍👧 👍🏽 🇫🇷🇩🇪 ✈️", ["👩‍👩‍👧", "👍🏽", "🇫🇷", "🇩🇪", "✈️"]),
        ("می‌خواهم", ["می‌خواهم"]),
        ("snake_case x=1", ["snake_case", "x", "=", "1"]),
    ],
)
def test_a_text_is_cut_into_words_punctuation_and_line_ends(text: str, tokens: list[str]) -> None:
    assert split(text) == tokens


@pytest.mark.parametrize(
    "text",
    [
        "It is, as they say, over; and then: nothing!",
        '"Stop," said Nan (loudly). "I\'ll not go."',
        "“Stop,” said ‘Nan’—loudly… or not?",
        "First Citizen:\nBefore we proceed, hear me speak.\n\nAll:\nSpeak, speak.\n",
        "It cost £3.50, or 20% of all.",
        "此开卷第一回也。作者自云：“因曾历过一番梦幻”",
        "one line\r\nand another",
        '"a\n"b" c',
    ],
)
def test_joining_puts_the_spaces_back_where_a_typesetter_would(text: str) -> None:
    assert join(split(text)) == text


@given(st.text())
def test_no_character_but_spaces_is_lost(text: str) -> None:
    assert "".join("".join(split(text)).split()) == "".join(text.split())


@given(st.text(st.sampled_from("ab'\"., \n-—红()\u0301")))
def test_a_stream_joins_as_the_whole_text_does(text: str) -> None:
    joiner = Joiner()
    pieces = [joiner.feed(token) for token in split(text)]
    assert "".join(pieces) == join(split(text))


@given(st.lists(st.sampled_from(["the", "Nan", "3.5", "don't", ",", ".", "\n", "(", ")", "红", "，"])))
def test_joining_and_cutting_again_changes_nothing_more(tokens: list[str]) -> None:
    once = join(tokens)
    assert join(split(once)) == once


@given(st.text(st.one_of(st.characters(max_codepoint=0x7F), st.sampled_from("a1'-., \n\x1c"))))
def test_ascii_is_cut_as_any_text_is(text: str) -> None:
    assert split(text) == words._pattern().findall(text)


@given(st.text(st.sampled_from("ab1. \n\r红\u0301'")), st.integers(1, 9))
def test_a_text_in_pieces_has_the_tokens_of_the_whole(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "PIECE", size)
        assert [token for piece in pieces(text) for token in piece] == split(text)


@given(st.text(st.sampled_from("ab1. \n红")), st.integers(0, 40))
def test_the_head_has_the_first_tokens_and_no_more(text: str, count: int) -> None:
    assert split(head(text, count)) == split(text)[:count]
    assert text.startswith(head(text, count))


@given(st.text(st.sampled_from("ab1.,- '\n\r红楼。\u3000\u0301é👍\u200d"), max_size=40))
def test_a_text_may_be_cut_where_it_is_said_without_other_tokens(text: str) -> None:
    place = words.cut(text)
    assert split(text[:place]) + split(text[place:]) == split(text)


def test_phrases_of_ideographs_stay_apart() -> None:
    for text in ("不分开 我们 一起", "\u3000\u3000话说天下大势，分久必合", "用 Python"):
        assert join(split(text)) == text
