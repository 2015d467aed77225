import random
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.series import BUCKETS, Series, pack

values = st.floats(min_value=-1e6, max_value=1e6)
rising = st.lists(st.tuples(st.integers(1, 10**5), values), max_size=100).map(
    lambda gaps: list(zip(accumulate(gap for gap, _ in gaps), (value for _, value in gaps), strict=True))
)
long = st.tuples(st.integers(0, 2**32), st.integers(1, 5000), st.integers(1, 40)).map(
    lambda drawn: _walk(random.Random(drawn[0]), *drawn[1:])
)
"""More points than buckets."""
anyhow = st.lists(st.tuples(st.integers(0, 10**6), values), max_size=100)


def _walk(chance: random.Random, count: int, gap: int) -> list[tuple[int, float]]:
    steps = accumulate(chance.randint(1, gap) for _ in range(count))
    return [(step, chance.gauss(0, 1)) for step in steps]


@given(rising | long)
def test_the_ends_and_the_extremes_are_kept(points):
    kept = list(Series().extend(points).points())
    if not points:
        assert kept == []
        return
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert min(value for _, value in kept) == min(value for _, value in points)
    assert max(value for _, value in kept) == max(value for _, value in points)


@given(rising | long)
def test_what_is_kept_was_there_and_its_steps_rise(points):
    kept = list(Series().extend(points).points())
    assert set(kept) <= set(points)
    assert all(a[0] < b[0] for a, b in pairwise(kept))


@given(anyhow | long, st.lists(st.integers(0, 5000), max_size=5))
def test_extending_in_pieces_is_extending_at_once(points, cuts):
    edges = [0, *sorted(min(cut, len(points)) for cut in cuts), len(points)]
    in_pieces = Series()
    for start, end in pairwise(edges):
        in_pieces = in_pieces.extend(points[start:end])
    assert in_pieces == Series().extend(points)


@given(rising | long)
def test_each_buckets_own_extremes_are_kept(points):
    series = Series().extend(points)
    for first, low, high, last in series.buckets():
        inside = [point for point in points if point[0] // series.width == first[0] // series.width]
        assert (first, last) == (inside[0], inside[-1])
        assert low[1] == min(value for _, value in inside)
        assert high[1] == max(value for _, value in inside)


def test_a_million_steps_take_a_bounded_size():
    series = Series().extend((step, float(step % 977)) for step in range(0, 1_000_000, 7))
    assert BUCKETS / 2 <= len(list(series.buckets())) <= BUCKETS
    assert series.last == (999_999 // 7 * 7, float(999_999 // 7 * 7 % 977))


def test_few_points_are_all_kept():
    points = [(step, 1.0 / step) for step in range(1, BUCKETS)]
    assert list(Series().extend(points).points()) == points


@given(rising | long, st.integers(0, 10**5))
def test_until_drops_exactly_what_came_after(points, step):
    series = Series().extend(points)
    assert list(series.until(step).points()) == [point for point in series.points() if point[0] <= step]


def test_a_step_trained_again_replaces_everything_from_it_on():
    series = Series().extend([(10, 5.0), (20, 1.0), (30, 4.0)]).extend([(20, 4.5)])
    assert list(series.points()) == [(10, 5.0), (20, 4.5)]
    assert series.lowest == (20, 4.5)


def test_values_that_are_not_finite_are_left_out():
    series = Series().extend([(1, float("nan")), (2, 3.0), (3, float("inf"))])
    assert list(series.points()) == [(2, 3.0)]


def test_the_first_of_equal_extremes_is_meant():
    series = Series().extend([(1, 2.0), (2, 1.0), (3, 1.0), (4, 2.0)])
    assert (series.lowest, series.highest) == ((2, 1.0), (1, 2.0))


@given(rising | long | anyhow, st.integers(0, 10**6))
def test_whatever_points_gave_is_sound(points, step):
    assert Series().extend(points).sound()
    assert Series().extend(points).until(step).sound()


@pytest.mark.parametrize(
    "buckets",
    [
        [((5, 1.0), (4, 1.0), (5, 1.0), (5, 1.0))],
        [((5, 1.0), (5, 2.0), (5, 1.0), (5, 1.0))],
        [((5, 1.0), (5, 1.0), (5, 1.0), (9, 1.0))],
        [((5, 1.0),) * 4, ((4, 1.0),) * 4],
        [((5, 1.0),) * 4, ((5, 1.0),) * 4],
        [((5, float("inf")),) * 4],
        [((-1, 1.0),) * 4],
    ],
    ids=["low before the first", "low above", "wider than it says", "falling", "twice", "infinite", "before step 0"],
)
def test_what_points_cannot_give_is_not_sound(buckets):
    assert not Series(1, pack(buckets)).sound()


def test_half_a_bucket_is_not_sound():
    assert not Series(1, Series().extend([(1, 2.0)]).packed[:-8]).sound()
