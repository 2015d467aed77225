"""A suffix array is the sorted places of a text, and finds every piece of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.text.suffixes import SuffixArray, common

TEXTS = ["", "a", "aaaaaaaaaaaaa", "banana", "mississippi", "abab" * 40, "分开不分开\n" * 9, "a\x00b\U0001f30a" * 3]


@pytest.mark.parametrize("text", TEXTS)
def test_the_order_is_that_of_sorted_suffixes(text):
    assert SuffixArray(text)._order.tolist() == sorted(range(len(text)), key=lambda at: text[at:])


@given(st.text("ab", max_size=200) | st.text(max_size=60))
def test_the_order_is_that_of_sorted_suffixes_for_any_text(text):
    assert SuffixArray(text)._order.tolist() == sorted(range(len(text)), key=lambda at: text[at:])


@given(st.text("abc", max_size=80), st.text("abc", min_size=1, max_size=30))
def test_the_longest_beginning_is_the_longest_that_stands_there(text, piece):
    place, length = SuffixArray(text).longest(piece)
    assert text[place : place + length] == piece[:length]
    assert length == max(n for n in range(len(piece) + 1) if piece[:n] in text)


def test_what_does_not_stand_there_is_not_found():
    found = SuffixArray("banana")
    assert (found.find("nab"), found.find("bananas"), found.find("ana") in (1, 3)) == (-1, -1, True)


def test_the_common_beginning_of_two_texts_is_counted():
    assert [common("abcd", "abxd"), common("", "a"), common("abc", "abc"), common("ab", "abc")] == [2, 0, 3, 2]
