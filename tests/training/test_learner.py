"""Whatever is not finite, wherever it appears: said in that step, and nothing is spoiled by it."""

from __future__ import annotations

import math
import random
from typing import Any

import msgspec
import pytest
import torch

from rnnlab.events import Diverged, Evaluated, Event, Finished
from rnnlab.specs import RunSpec, Value
from rnnlab.specs.cells import CELLS
from rnnlab.text.corpus import Corpus
from rnnlab.training.trainer import Trainer


class Poisoned:
    """A trainer with something that is not finite in the loss, the gradient or both, in the steps that are named."""

    def __init__(self, spec: RunSpec, corpus: Corpus, steps: set[int], what: str, poison: float) -> None:
        self.trainer = Trainer(spec, corpus)
        self._steps, self._what, self._poison = steps, what, poison
        self._loss = self.trainer.model.loss
        object.__setattr__(self.trainer.model, "loss", self.loss)
        object.__setattr__(self.trainer.model, "learn", self.trainer.model.learn_with_autograd)

    def loss(self, *arguments: Any) -> Any:
        loss, state = self._loss(*arguments)
        if not torch.is_grad_enabled() or self.trainer.progress.step + 1 not in self._steps:
            return loss, state
        if self._what == "gradient":
            loss.register_hook(lambda gradient: gradient * self._poison)
            return loss, state
        return loss.detach() * self._poison + 0 * loss if self._what == "loss" else loss * self._poison, state


def everything_is_finite(trainer: Trainer) -> bool:
    snapshot = trainer.snapshot()
    tensors = [*snapshot.weights.values(), *(t for t in snapshot.tensors.values() if t.is_floating_point())]
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors)


def finite_json(events: list[Event]) -> bool:
    return not any(b"NaN" in msgspec.json.encode(event) for event in events)


@pytest.mark.parametrize("what", ["loss", "gradient", "both"])
@pytest.mark.parametrize("cell", sorted(CELLS))
def test_what_is_not_finite_is_told_in_its_step_and_spoils_nothing(
    spec: RunSpec, corpus: Corpus, cell: str, what: str
) -> None:
    chance = random.Random(f"{cell} {what}")
    optimizer = chance.choice(["sgd", "adam", "adamw", "rmsprop", "adagrad"])
    changes: dict[str, Value] = {"model.cell": cell, "train.recover": "skip", "train.optimizer": optimizer}
    spec = spec.replace({**changes, "train.epochs": 1, "train.eval_every": 13, "train.sample_length": 1})
    steps = set(chance.sample(range(1, 39), 6))
    poisoned = Poisoned(spec, corpus, steps, what, chance.choice([math.nan, math.inf, -math.inf]))
    events: list[Event] = []
    for new in poisoned.trainer.steps():
        assert everything_is_finite(poisoned.trainer), (cell, what, poisoned.trainer.progress.step)
        told = {event.step for event in new if isinstance(event, Diverged)}
        assert told == {poisoned.trainer.progress.step} & steps
        events += new
    assert {event.step for event in events if isinstance(event, Diverged)} == steps
    assert finite_json(events)
    assert all(event.loss is not None for event in events if isinstance(event, Evaluated) and event.split != "train")
    assert events[-1] == Finished(step=39, epoch=1, cause="finished")


@pytest.mark.parametrize(
    "changes",
    [
        # The gradient is finite; its square, or the weights that it would lead to, are beyond float32.
        {"train.optimizer": "adam", "train.clip": "none"},
        {"train.optimizer": "rmsprop", "train.clip": "none"},
        {"train.optimizer": "adagrad", "train.clip": "none"},
        {"train.optimizer": "sgd", "train.clip": "none", "train.lr": 1e6, "train.momentum": 0.9},
    ],
    ids=lambda changes: changes["train.optimizer"],
)
def test_a_finite_gradient_whose_step_would_spoil_the_weights_or_the_moments_is_taken_back(
    spec: RunSpec, corpus: Corpus, changes: dict[str, Value]
) -> None:
    trainer = Trainer(spec.replace({**changes, "train.recover": "skip", "train.epochs": 1}), corpus)
    handle = trainer.model.output.bias.register_hook(lambda gradient: torch.full_like(gradient, 1e18) * 1e16)
    steps = trainer.steps()
    next(steps)
    next(steps)
    before = trainer.snapshot()
    events = next(steps)
    handle.remove()
    (diverged,) = [event for event in events if isinstance(event, Diverged)]
    assert diverged.loss is not None
    for name, weight in trainer.snapshot().weights.items():
        assert torch.equal(weight, before.weights[name])
    assert everything_is_finite(trainer)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_decay_that_multiplies_the_weights_never_makes_them_infinite(
    spec: RunSpec, corpus: Corpus, optimizer: str
) -> None:
    wild: dict[str, Value] = {"train.lr": 1e6, "train.weight_decay": 10.0, "train.optimizer": optimizer}
    trainer = Trainer(spec.replace({**wild, "train.recover": "skip", "train.clip": "none"}), corpus)
    events = list(trainer.run())
    assert everything_is_finite(trainer)
    assert isinstance(events[-1], Finished)
    assert events[-1].cause == "diverged"
