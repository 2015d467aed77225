import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.tui.scale import linear_ticks, log_ticks, round_down, round_up

positive = st.floats(1e-6, 1e12)


@given(positive)
def test_round_limits_hold_the_value_and_are_near(value):
    assert round_down(value) <= value * (1 + 1e-8)
    assert round_up(value) >= value * (1 - 1e-8)
    assert round_up(value) <= 1.51 * value
    assert round_down(value) >= value / 1.51


def test_round_numbers_are_their_own_limits():
    for value in (1, 2, 5, 10, 150, 2000, 0.3):
        assert round_up(value) == pytest.approx(value)
        assert round_down(value) == pytest.approx(value)


def test_a_usual_perplexity_axis_has_ticks_at_1_2_5():
    assert log_ticks(2, 80, 1.2 / 9) == pytest.approx([2, 5, 10, 20, 50])
    assert log_ticks(2, 1500, 1.2 / 12) == pytest.approx([2, 5, 10, 20, 50, 100, 200, 500, 1000])


def test_many_decades_have_powers_of_ten_and_few_perplexities_a_dense_ladder():
    assert log_ticks(1, 1e6, 1.2 / 8) == pytest.approx([1, 10, 100, 1e3, 1e4, 1e5, 1e6])
    assert len(log_ticks(1.5, 2.1, 1.2 / 12)) >= 3


@given(positive, st.floats(1.01, 1e6), st.integers(2, 40))
def test_ticks_are_inside_and_apart(low, factor, rows):
    high, gap = low * factor, 1.2 / rows
    ticks = log_ticks(low, high, gap)
    assert all(low * 0.999 <= tick <= high * 1.001 for tick in ticks)
    assert all(math.log(b / a) / math.log(high / low) >= gap - 1e-9 for a, b in pairwise(ticks))


def test_an_axis_that_is_none_has_no_ticks():
    assert log_ticks(5, 5, 0.1) == []
    assert log_ticks(0, 5, 0.1) == []


def test_linear_ticks_are_round_steps_from_zero():
    assert linear_ticks(2000, 5) == [0, 500, 1000, 1500, 2000]
    assert linear_ticks(1908, 3) == [0, 1000]
    assert linear_ticks(7, 20) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert linear_ticks(0, 5) == [0]


@given(st.integers(1, 10**15), st.integers(2, 50))
def test_there_are_never_more_linear_ticks_than_asked(high, most):
    ticks = linear_ticks(high, most)
    assert len(ticks) <= most
    assert ticks[0] == 0
    assert ticks[-1] <= high
