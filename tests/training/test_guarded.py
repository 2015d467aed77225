"""Moves that a device takes back by itself: the same bits as where the host asks first.

No GPU is needed to see that: the same tensors on a CPU, by both ways.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from rnnlab.nn.model import LanguageModel
from rnnlab.specs import ModelSpec, TrainSpec
from rnnlab.training.learner import Learner
from rnnlab.training.optimizers import OPTIMIZERS

STEPS, BATCH, VOCABULARY = 5, 3, 7


def learner(*, asks_first: bool, **train: Any) -> Learner:
    torch.manual_seed(1)
    made = Learner(LanguageModel(ModelSpec(cell="gru", hidden=6, dropout=0.0), VOCABULARY), TrainSpec(**train))
    made.asks_first = asks_first
    return made


def numbers(learner: Learner) -> dict[str, torch.Tensor]:
    return {"parameter": learner.optimizer.parameter, **learner.optimizer.state}


def same(one: Learner, other: Learner) -> None:
    for name, tensor in numbers(one).items():
        assert torch.equal(tensor, numbers(other)[name]), name


def step(learner: Learner, number: int, lr: float = 0.1):
    chance = torch.Generator().manual_seed(number)
    x, y = torch.randint(VOCABULARY, (2, STEPS, BATCH), generator=chance)
    return learner.step(x, y, None, lr)


def spoil(learner: Learner) -> list[torch.Tensor]:
    """Weights with which the next loss is no number; gives copies of all as they are then."""
    learner.optimizer.parameter[0] = float("nan")
    return [tensor.clone() for tensor in numbers(learner).values()]


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_both_ways_give_the_same_bits_where_all_is_well(optimizer: str) -> None:
    one, other = (learner(asks_first=first, optimizer=optimizer, weight_decay=0.01) for first in (True, False))
    for number in range(6):
        asked, queued = step(one, number), step(other, number)
        assert asked.numbers.moved
        assert asked.numbers == queued.numbers
        same(one, other)


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_a_loss_that_is_no_number_moves_nothing_either_way_adam_s_count_included(optimizer: str) -> None:
    for first in (True, False):
        made = learner(asks_first=first, optimizer=optimizer, momentum=0.5 if optimizer == "sgd" else 0.0)
        step(made, 0)
        before = spoil(made)
        learnt = step(made, 1)
        assert not learnt.numbers.moved
        assert math.isnan(learnt.numbers.loss)
        for old, (name, tensor) in zip(before, numbers(made).items(), strict=True):
            assert torch.equal(old.nan_to_num(9.0), tensor.nan_to_num(9.0)), name


def test_after_a_move_that_was_taken_back_both_ways_go_on_with_the_same_bits() -> None:
    one, other = (learner(asks_first=first, optimizer="adam") for first in (True, False))
    for made in (one, other):
        step(made, 0)
        sound = made.optimizer.parameter[0].item()
        spoil(made)
        step(made, 1)
        made.optimizer.parameter[0] = sound
        step(made, 2)
    same(one, other)
    assert one.optimizer.state["count"].item() == 2


def test_a_move_that_would_leave_the_finite_numbers_is_taken_back() -> None:
    one, other = (learner(asks_first=first, optimizer="sgd", clip="none", weight_decay=0.5) for first in (True, False))
    for made in (one, other):
        made.optimizer.parameter.mul_(3e7)
        learnt = step(made, 0, lr=1e36)
        assert math.isfinite(learnt.numbers.loss + learnt.numbers.norm)
        assert not learnt.numbers.moved
    same(one, other)
    assert torch.isfinite(one.optimizer.parameter).all()
