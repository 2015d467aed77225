"""What is counted of a step, and what is told of it."""

from __future__ import annotations

import math

import pytest

from rnnlab.specs import TrainSpec
from rnnlab.training import judging, recovery, usual
from rnnlab.training.learner import Numbers
from rnnlab.training.meters import Meter
from rnnlab.training.progress import Progress
from rnnlab.training.usual import Usual


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usual, "WINDOW", 5)
    monkeypatch.setattr(recovery, "WINDOW", 5)


def count(steps: list[Numbers], train: TrainSpec) -> tuple[list[judging.Explosion | None], Progress, Meter]:
    progress, meter, known = Progress(), Meter(), Usual()
    return [judging.count(step, train, progress, [meter], known) for step in steps], progress, meter


def calm(steps: int) -> list[Numbers]:
    return [Numbers(1.0, 2.0, 1.0, moved=True)] * steps


WILD = Numbers(9.0, 2.0, 0.0, moved=True)
STEEP = Numbers(1.1, 30.0, 1.0, moved=True)
BROKEN = Numbers(math.nan, 2.0, 0.0, moved=False)


def test_a_step_that_moved_nothing_is_a_step_but_in_no_sum() -> None:
    told, progress, meter = count([*calm(2), BROKEN, BROKEN], TrainSpec())
    assert (progress.step, progress.batch, progress.skipped_in_a_row) == (4, 4, 2)
    assert meter.means() == (1.0, 2.0, 1.0)
    assert told == [None] * 4
    assert count([BROKEN, *calm(1)], TrainSpec())[1].skipped_in_a_row == 0


def test_an_explosion_is_told_with_what_was_usual_before_it_once_in_a_window() -> None:
    told, progress, _ = count([*calm(5), WILD, WILD, *calm(6), WILD], TrainSpec(clip="none"))
    assert [at for at, explosion in enumerate(told, start=1) if explosion] == [6, 14]
    assert told[5] == (1.0, 2.0, False, False)
    assert progress.exploded_at == 14


def test_a_gradient_that_clipping_cuts_to_size_is_told_as_a_spike_and_hides_no_explosion_after_it() -> None:
    told, progress, _ = count([*calm(5), STEEP, STEEP, WILD, *calm(4), STEEP], TrainSpec(clip_at=1.0))
    assert [(at, each.tamed) for at, each in enumerate(told, start=1) if each] == [(6, True), (8, False), (13, True)]
    assert (progress.spiked_at, progress.exploded_at) == (13, 8)


@pytest.mark.parametrize("train", [TrainSpec(clip="none"), TrainSpec(explosions="back")])
def test_where_nothing_clips_or_one_wants_to_go_back_for_it_a_steep_step_is_an_explosion(train: TrainSpec) -> None:
    told, progress, _ = count([*calm(5), STEEP], train)
    assert told[-1] == (1.0, 2.0, train.explosions == "back", False)
    assert (progress.spiked_at, progress.exploded_at) == (None, 6)


def test_who_goes_back_goes_back_at_each_until_it_is_enough() -> None:
    told, _, _ = count([*calm(5), WILD, WILD, WILD], TrainSpec(clip="none", explosions="back"))
    assert [explosion.goes_back for explosion in told if explosion] == [True, True, False]
