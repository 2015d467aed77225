"""Two models' surprisals side by side."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.findings import Stretch, TokenSurprise, stretches

TEXTS = st.text("ab\n", min_size=1, max_size=30)


def cut(text: str, edges: list[int]) -> list[TokenSurprise]:
    """The text as tokens that end at the edges, each costing its number."""
    places = sorted({0, len(text), *(edge % (len(text) + 1) for edge in edges)})
    return [TokenSurprise(text[a:b], float(n + 1), 1) for n, (a, b) in enumerate(pairwise(places))]


@given(TEXTS, st.lists(st.integers(0, 99)), st.lists(st.integers(0, 99)))
def test_stretches_cover_the_text_and_lose_no_cost_however_two_models_cut_it(text, one, other) -> None:
    a, b = cut(text, one), cut(text, other)
    found = stretches(a, b)
    assert found is not None
    assert "".join(stretch.text for stretch in found) == text
    assert math.fsum(stretch.one for stretch in found) == pytest.approx(sum(token.nats for token in a))
    assert math.fsum(stretch.other for stretch in found) == pytest.approx(sum(token.nats for token in b))
    ends = [set(accumulate(len(token.token) for token in tokens)) for tokens in (a, b)]
    assert list(accumulate(len(stretch.text) for stretch in found)) == sorted(ends[0] & ends[1])


def test_a_character_of_several_bytes_is_one_stretch() -> None:
    bytewise = [TokenSurprise("", 1.0, 1), TokenSurprise("é", 2.0, 1), TokenSurprise("a", 4.0, 1)]
    whole = [TokenSurprise("é", 8.0, 1), TokenSurprise("a", 16.0, 1)]
    assert stretches(bytewise, whole) == (Stretch("é", 3.0, 8.0), Stretch("a", 4.0, 16.0))
    assert stretches(whole, bytewise) == (Stretch("é", 8.0, 3.0), Stretch("a", 16.0, 4.0))


def test_models_that_read_different_texts_are_not_compared() -> None:
    assert stretches([TokenSurprise("A", 1.0, 1)], [TokenSurprise("a", 1.0, 1)]) is None
