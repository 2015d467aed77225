"""Figures: medians, ratios within rounds, and whether a target is reached."""

from __future__ import annotations

import msgspec
import pytest

from rnnlab.bench.values import AnyRow, Figure, Spread, Target, ratio, spread


def figure(median: float, *targets: Target, **values: object) -> Figure:
    found = Figure(part="ui", what="a", who="b", unit="ms", value=Spread(median, median, median, 1), targets=targets)
    return msgspec.structs.replace(found, **values)


def test_a_spread_is_the_median_and_the_ends() -> None:
    assert spread([3.0, 1.0, 9.0, 2.0]) == Spread(2.5, 1.0, 9.0, 4)


def test_a_ratio_is_taken_round_by_round_so_that_a_slow_round_falls_on_both() -> None:
    assert ratio([20.0, 2.0, 30.0], [10.0, 1.0, 10.0]) == Spread(2.0, 2.0, 3.0, 3)


def test_who_took_part_in_fewer_rounds_is_no_one_to_compare_with() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


@pytest.mark.parametrize(("median", "met"), [(49.0, True), (50.0, True), (51.0, False)])
def test_a_limit_from_above_is_met_at_most_at_it(median: float, met: bool) -> None:
    assert figure(median, Target(50.0, at_most=True)).met is met


def test_a_target_may_be_about_the_ratio_or_the_share_and_all_have_to_be_met() -> None:
    both = Target(2.0, "ratio"), Target(0.65, "share")
    two = Spread(2.1, 2.0, 2.2, 3)
    assert figure(1.0, *both, ratio=two, share=0.7).met
    assert not figure(1.0, *both, ratio=two, share=0.6).met
    assert not figure(1.0, *both, share=0.7).met, "what was not measured reaches nothing"


def test_without_a_target_nothing_is_met_or_missed() -> None:
    assert figure(1.0).met is None


def test_a_row_survives_its_line_of_json() -> None:
    row = figure(1.5, Target(2.0), share=0.25, note="native")
    assert msgspec.json.decode(msgspec.json.encode(row), type=AnyRow) == row
