"""Optimizers by name, and learning rates along their schedules."""

from __future__ import annotations

import pytest
import torch

from rnnlab.specs import FIELDS, TrainSpec
from rnnlab.training.optimizers import build, learning_rate


def rate(spec: TrainSpec, *, step: int = 0, epoch: int = 1, total: int = 100, cuts: int = 0) -> float:
    return learning_rate(spec, step=step, epoch=epoch, total_steps=total, cuts=cuts)


@pytest.mark.parametrize("name", FIELDS["train.optimizer"].about.choices)
def test_every_optimizer_goes_downhill(name: str) -> None:
    parameter = torch.nn.Parameter(torch.tensor([3.0, -2.0]))
    optimizer = build(parameter, TrainSpec(optimizer=name, lr=0.1))
    for _ in range(50):
        parameter.grad = 2 * parameter.detach()
        optimizer.step()
    assert parameter.detach().norm().item() < 3.0


@pytest.mark.parametrize("name", FIELDS["train.schedule"].about.choices)
def test_every_schedule_begins_at_the_learning_rate_and_never_exceeds_it(name: str) -> None:
    spec = TrainSpec(schedule=name, lr=0.5)
    assert rate(spec) == 0.5
    assert all(rate(spec, step=s, epoch=1 + s // 10, cuts=s // 25) <= 0.5 for s in range(100))


def test_step_cuts_every_so_many_epochs() -> None:
    spec = TrainSpec(schedule="step", lr=1.0, decay=0.5, decay_every=2)
    assert [rate(spec, epoch=e) for e in range(1, 7)] == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_exponential_cuts_every_epoch() -> None:
    spec = TrainSpec(schedule="exponential", lr=1.0, decay=0.5)
    assert [rate(spec, epoch=e) for e in range(1, 4)] == [1, 0.5, 0.25]


def test_cosine_ends_at_zero_and_is_half_way_down_in_the_middle() -> None:
    spec = TrainSpec(schedule="cosine", lr=1.0)
    assert rate(spec, step=50) == pytest.approx(0.5)
    assert rate(spec, step=100) == pytest.approx(0.0)


def test_plateau_cuts_as_often_as_validation_stalled() -> None:
    assert rate(TrainSpec(schedule="plateau", lr=1.0, decay=0.1), cuts=2) == pytest.approx(0.01)


def test_warm_up_rises_in_a_line_to_the_full_rate() -> None:
    spec = TrainSpec(lr=1.0, warmup=4)
    assert [rate(spec, step=s) for s in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
