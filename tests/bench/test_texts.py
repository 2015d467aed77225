"""Texts to measure with, and what is measured of them."""

from __future__ import annotations

import pytest

from rnnlab.bench import texts
from rnnlab.bench.values import Figure


@pytest.mark.parametrize("name", list(texts.SOURCES))
def test_a_text_has_its_size_and_is_the_same_each_time(name: str) -> None:
    text = texts.made(name, 0.01)
    assert text == texts.made(name, 0.01)
    assert 9_990 <= len(text) <= 10_000, "but for a character that would be cut"
    text.decode()


def test_a_text_is_encoded_opened_again_and_shown() -> None:
    rows = [row for row in texts.measure((0.01,), ("char",)) if isinstance(row, Figure)]
    assert [row.who for row in rows] == ["encode", "show", "open again"] * 2
    assert all(row.value.low > 0 and row.value.rounds == 3 for row in rows)
