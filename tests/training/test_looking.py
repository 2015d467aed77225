"""What samples begin with where nobody said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.training.looking import first_words


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("The tide goes out", "The tide"),
        ("潮水来了\n钟声响了\n", "潮水来了"),
        ("\n\n  第一回　甄士隐梦幻识通灵\n", "第一回　甄士隐梦幻识通灵"),
        ("a\tb c", "a\tb"),
        ("\n \n", "\n"),
        ("x" * 99, "x" * 24),
    ],
)
def test_the_first_words_are_taken_as_they_stand(text: str, prefix: str) -> None:
    assert first_words(text) == prefix


@given(st.text(min_size=1, max_size=50))
def test_a_text_knows_every_character_of_its_first_words(text: str) -> None:
    assert first_words(text)
    assert set(first_words(text)) <= set(text)
