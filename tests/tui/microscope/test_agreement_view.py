"""How pairs that were judged become curves, shares and rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.dialogue import JudgePairs
from rnnlab.findings import Judged
from rnnlab.text.agreement import Pair
from rnnlab.tui.microscope import agreement_view
from rnnlab.tui.microscope.agreement_view import ATTRACTORS, DISTANCE
from tests.tui.microscope.looking import answer

TESTS = [Pair("a", "b", 0, 0), Pair("c", "d", 2, 0), Pair("e", "f", 3, 1), Pair("g", "h", 5, 1)]
QUESTION = JudgePairs(pairs=())


def judged(*margins: float):
    return answer(
        QUESTION, Judged(start=0, margins=margins[:2]), Judged(start=2, margins=margins[2:]), part="agreement"
    )


def test_accuracy_is_joined_by_distance_or_by_attractors() -> None:
    found = [judged(1.0, -1.0, 2.0, 3.0)]
    (line,) = agreement_view.accuracy(TESTS, found, DISTANCE)
    assert line.points == ((0.0, 1.0), (2.0, 0.5), (5.0, 1.0))
    (line,) = agreement_view.accuracy(TESTS, found, ATTRACTORS)
    assert line.points == ((0, 0.5), (1, 1.0))
    assert line.name.endswith("75% of 4")


def test_a_share_of_one_or_two_tests_is_no_point_beside_others_that_have_enough() -> None:
    tests = [Pair("a", "b", distance, 0) for distance in (*[0] * 5, *[2] * 6, 5)]
    margins = (*[1.0] * 5, *[-1.0] * 6, 1.0)
    (line,) = agreement_view.accuracy(tests, [answer(QUESTION, Judged(start=0, margins=margins))], DISTANCE)
    assert line.points == ((0.0, 1.0), (2.0, 0.0))
    assert line.name.endswith("50% of 12")
    assert [row.split() for row in agreement_view.table(tests, [judged(*margins)])][-1] == ["4–6", "100%"]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4), st.floats(-9, 9)), min_size=1))
def test_no_pair_is_lost_on_the_way_into_a_curve(tests) -> None:
    pairs = [Pair("x", "y", distance, attractors) for distance, attractors, _ in tests]
    margins = tuple(margin for _, _, margin in tests)
    for by in (DISTANCE, ATTRACTORS):
        (line,) = agreement_view.accuracy(pairs, [answer(QUESTION, Judged(start=0, margins=margins))], by)
        assert all(0 <= share <= 1 for _, share in line.points)
        if len(line.points) == 1:
            assert line.points[0][1] == pytest.approx(sum(margin > 0 for margin in margins) / len(margins))


def test_shares_stand_by_distance_and_attractors_model_by_model() -> None:
    lines = agreement_view.table(TESTS, [judged(1.0, -1.0, 2.0, 3.0), judged(-1.0, -1.0, 2.0, -3.0)])
    assert [line.split() for line in lines] == [
        ["words", "A:0", "A:1", "B:0", "B:1"],
        ["0", "100%", "0%"],
        ["1–3", "0%", "100%", "0%", "100%"],
        ["4–6", "100%", "0%"],
    ]


def test_a_persons_own_pairs_stand_one_by_one_with_their_margins() -> None:
    rows = agreement_view.rows(TESTS[:3], [judged(1.5, -0.25)])
    assert [row[0].strip() for row in rows] == ["✓+1.50", "✕-0.25", "…"]
    assert rows[0][1] == "a | b"
