"""What the surprise lens says of one or two models' answers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.dialogue import ScoreText
from rnnlab.findings import Guess, Surprise, TokenSurprise, score_of, sent
from rnnlab.tui.microscope import lens_view
from rnnlab.tui.microscope.lens_view import APARTNESS, OTHER, Lens
from tests.tui.microscope.looking import answer


def scored(*bits: float, texts: str = "abcdefgh"):
    nats = [each * math.log(2) for each in bits]
    tokens = tuple(TokenSurprise(t, n, 3, sent([Guess("z", 0.5)])) for t, n in zip(texts, nats, strict=False))
    return answer(ScoreText(text=texts), Surprise(start=0, tokens=tokens), score_of(sum(nats), len(nats), len(nats)))


@given(st.lists(st.floats(0, 40), min_size=2, max_size=8))
def test_a_token_that_cost_more_is_never_in_a_lower_level(bits) -> None:
    roles = [role for _, role in lens_view.pieces(Lens(scored(*sorted(bits))))]
    assert roles == sorted(roles)


def test_levels_begin_where_the_legend_says() -> None:
    assert [role for _, role in lens_view.pieces(Lens(scored(0.99, 1.0, 2.0, 4.0, 7.0)))] == [
        f"level-{n}" for n in range(5)
    ]
    assert [text for text, role in lens_view.legend(Lens(scored())) if role] == [
        "under 1 bit",
        "1–2",
        "2–4",
        "4–7",
        "7+",
    ]


def test_the_cursors_token_is_told_in_bits_with_its_rank_and_what_was_likelier() -> None:
    cost, rather = lens_view.detail(Lens(scored(2.0)), 0)
    assert "a  2.00 bits   rank 3   p 25 %" in cost
    assert "z ▇▇▇ 50 %" in rather


def test_totals_are_in_nats_perplexity_and_bits_per_character() -> None:
    (total,) = lens_view.totals(Lens(scored(1.0, 3.0)))
    assert "2.8 nats  perplexity 4.00  2.000 bits/char" in total


def test_two_models_differ_up_where_the_first_is_more_surprised() -> None:
    lens = Lens(scored(5.0, 1.0, 1.0, 1.0), scored(1.0, 3.0, 1.5, 5.0), APARTNESS)
    assert [role for _, role in lens_view.pieces(lens)] == ["up-2", "down-1", "level-0", "down-2"]
    assert "first 5.00 bits, second 1.00: 4.00 bits apart" in lens_view.detail(lens, 0)[0]
    assert [line.split()[0] for line in lens_view.totals(lens)] == ["first", "second"]


def test_models_that_read_different_texts_are_shown_one_and_a_sentence() -> None:
    lens = Lens(scored(1.0), scored(1.0, texts="X"), APARTNESS)
    assert "do not read the same text" in lens_view.legend(lens)[0][0]
    assert lens_view.pieces(lens) == [("a", "level-1")]


@pytest.mark.parametrize("shade", [APARTNESS, OTHER])
def test_until_the_second_model_says_anything_the_text_is_shaded_by_the_first(shade) -> None:
    lens = Lens(scored(5.0, 1.0), answer(ScoreText(text="ab")), shade)
    assert lens_view.pieces(lens) == [("a", "level-3"), ("b", "level-1")]
    assert lens_view.legend(lens) == lens_view.legend(Lens(lens.one))
    assert "a  5.00 bits" in lens_view.detail(lens, 0)[0]


def test_what_the_second_model_has_not_come_to_yet_is_plain() -> None:
    lens = Lens(scored(5.0, 1.0, 1.0), scored(1.0), APARTNESS)
    assert lens_view.pieces(lens) == [("a", "up-2"), ("b", ""), ("c", "")]
