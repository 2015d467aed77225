"""Optimizers by name, and learning rates along their schedules."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch

from rnnlab.specs import FIELDS, TrainSpec
from rnnlab.training.optimizers import Adam, build, learning_rate


def rate(spec: TrainSpec, *, step: int = 0, epoch: int = 1, total: int = 100, cuts: int = 0) -> float:
    return learning_rate(spec, step=step, epoch=epoch, total_steps=total, cuts=cuts)


TORCHS: dict[str, Any] = {
    "sgd": lambda p, s: torch.optim.SGD(p, lr=s.lr, momentum=s.momentum, weight_decay=s.weight_decay),
    "adam": lambda p, s: torch.optim.Adam(p, lr=s.lr, weight_decay=s.weight_decay),
    "adamw": lambda p, s: torch.optim.AdamW(p, lr=s.lr, weight_decay=s.weight_decay),
    "rmsprop": lambda p, s: torch.optim.RMSprop(
        p, lr=s.lr, alpha=0.95, momentum=s.momentum, weight_decay=s.weight_decay
    ),
    "adagrad": lambda p, s: torch.optim.Adagrad(p, lr=s.lr, weight_decay=s.weight_decay),
}


@pytest.mark.parametrize("extras", [{}, {"momentum": 0.9}, {"weight_decay": 0.1}])
@pytest.mark.parametrize("name", FIELDS["train.optimizer"].about.choices)
def test_every_optimizer_moves_as_torchs_does(name: str, extras: dict[str, Any]) -> None:
    spec = TrainSpec(optimizer=name, lr=0.05, **extras)
    chance = torch.Generator().manual_seed(3)
    ours = torch.nn.Parameter(torch.randn(20, dtype=torch.float64, generator=chance))
    theirs = torch.nn.Parameter(ours.detach().clone())
    ours.grad = torch.zeros_like(ours)
    rule, reference = build(ours, spec), TORCHS[name]([theirs], spec)
    for _ in range(8):
        gradient = torch.randn(20, dtype=torch.float64, generator=chance)
        ours.grad.copy_(gradient)
        theirs.grad = gradient
        rule.step(spec.lr)
        reference.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


def test_adam_in_one_pass_moves_as_it_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a GPU runs, run here."""
    chance = torch.Generator().manual_seed(3)
    start = torch.randn(20, dtype=torch.float64, generator=chance)
    gradients = torch.randn(8, 20, dtype=torch.float64, generator=chance)

    def moved() -> torch.Tensor:
        ours = torch.nn.Parameter(start.clone())
        ours.grad = torch.zeros_like(ours)
        rule = build(ours, TrainSpec(optimizer="adam"))
        for gradient in gradients:
            ours.grad.copy_(gradient)
            rule.step(0.05)
        return ours.detach()

    at_once = moved()
    monkeypatch.setattr(Adam, "_move_at_once", Adam._move_in_steps)
    torch.testing.assert_close(at_once, moved(), rtol=1e-12, atol=1e-14)


def test_a_step_needs_no_compiler_of_torchs() -> None:
    """torch.optim imports one at its first use, which costs seconds before the first step."""
    code = (
        "import sys, torch; from rnnlab.specs import TrainSpec; from rnnlab.training.optimizers import build;"
        "p = torch.nn.Parameter(torch.ones(3)); p.grad = torch.ones(3); build(p, TrainSpec()).step(0.1);"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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


def test_a_fall_may_begin_late() -> None:
    spec = TrainSpec(schedule="exponential", lr=1.0, decay=0.5, decay_after=2)
    assert [rate(spec, epoch=e) for e in range(1, 6)] == [1, 1, 1, 0.5, 0.25]


def test_cosine_ends_at_zero_and_is_half_way_down_in_the_middle() -> None:
    spec = TrainSpec(schedule="cosine", lr=1.0)
    assert rate(spec, step=50) == pytest.approx(0.5)
    assert rate(spec, step=100) == pytest.approx(0.0)


def test_plateau_cuts_as_often_as_validation_stalled() -> None:
    assert rate(TrainSpec(schedule="plateau", lr=1.0, decay=0.1), cuts=2) == pytest.approx(0.01)


def test_warm_up_rises_in_a_line_to_the_full_rate() -> None:
    spec = TrainSpec(lr=1.0, warmup=4)
    assert [rate(spec, step=s) for s in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
