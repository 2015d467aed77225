"""Steps that are queued and read back together: the same events and weights as where each is asked how it went.

No GPU is needed to see that: the same training on a CPU, by both ways.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor

from rnnlab.events import Diverged, Event, Exploded, Finished, Rewound, Step
from rnnlab.nn.batches import EpochBatches, ids_on
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import ModelSpec, RunSpec, TrainSpec, Value
from rnnlab.text.corpus import Corpus
from rnnlab.training import recovery, stretches, usual
from rnnlab.training.learner import Learner, Numbers
from rnnlab.training.stretches import Stretches, Task
from rnnlab.training.trainer import Trainer

Harm = Callable[[Tensor], Tensor]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches as long as they may be, and small numbers, so that a short training has all there is."""
    monkeypatch.setattr(stretches, "SECONDS", 1e9)
    monkeypatch.setattr(usual, "WINDOW", 10)
    monkeypatch.setattr(recovery, "WINDOW", 10)
    monkeypatch.setattr(recovery, "SOUND_EVERY", 8)


@pytest.fixture
def spec(spec: RunSpec) -> RunSpec:
    return spec.replace({"model.cell": "lstm", "model.dropout": 0.2, "train.epochs": 1, "train.log_every": 7})


@pytest.fixture
def corpus(spec: RunSpec) -> Corpus:
    """No two batches of it are alike."""
    return Corpus.from_text("".join(random.Random(1).choices("abcdefgh ", k=1760)), spec.data)


class Harmed:
    """A trainer whose loss is harmed in the batches that are named, whenever they are read."""

    def __init__(
        self, spec: RunSpec, corpus: Corpus, harm: Harm = Tensor.detach, batches: tuple[int, ...] = (), *, queues: bool
    ) -> None:
        self.trainer = Trainer(spec, corpus)
        self.trainer._standing.stretches.queues = queues
        ids = ids_on(corpus.ids[: self.trainer.plan.train_tokens])
        whole = EpochBatches(ids, spec.data, epoch=1, seed=spec.train.seed)
        self._harmed = [whole[number - 1][0] for number in batches]
        self._harm, self._loss = harm, self.trainer.model.loss
        self.most, self._take = 0, self.trainer._standing.stretches.take
        object.__setattr__(self.trainer._standing.stretches, "take", self.take)
        object.__setattr__(self.trainer.model, "loss", self.loss)
        object.__setattr__(self.trainer.model, "learn", self.trainer.model.learn_with_autograd)

    def loss(self, x: Tensor, *others: Any) -> Any:
        loss, state = self._loss(x, *others)
        harmed = torch.is_grad_enabled() and any(torch.equal(x, other) for other in self._harmed)
        return (self._harm(loss) if harmed else loss), state

    def take(self, tasks: Sequence[Task]) -> list[Numbers]:
        self.most = max(self.most, len(tasks))
        return self._take(tasks)

    def run(self, until: int = 10**9) -> list[Event]:
        events: list[Event] = []
        steps = self.trainer.steps()
        while self.trainer.progress.step < until and (new := next(steps, None)) is not None:
            events += new
        return events


def told(events: list[Event]) -> list[Event]:
    """What two trainings that are one have in common: all but times."""
    return [
        msgspec.structs.replace(event, elapsed_s=0.0, tokens_per_s=0.0) if isinstance(event, Step) else event
        for event in events
    ]


def of(kind: type, events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def both(spec: RunSpec, corpus: Corpus, harm: Harm = Tensor.detach, batches: tuple[int, ...] = ()) -> list[Event]:
    """Train both ways, which come to the same; gives the events."""
    asked, queued = (Harmed(spec, corpus, harm, batches, queues=queues) for queues in (False, True))
    # One after the other: torch's own generator is seeded when a trainer is made.
    torch.manual_seed(5)
    events = asked.run()
    torch.manual_seed(5)
    assert told(queued.run()) == told(events)
    assert (asked.most, queued.most) == (1, 6)
    one, other = asked.trainer.snapshot(), queued.trainer.snapshot()
    for mine, its in ((one.weights, other.weights), (one.tensors, other.tensors)):
        assert mine.keys() == its.keys()
        for name, tensor in mine.items():
            assert torch.equal(tensor, its[name]), name
    return events


def not_a_number(loss: Tensor) -> Tensor:
    return loss * math.nan


def told_wrongly(loss: Tensor) -> Tensor:
    """The gradient, zero, is finite."""
    return loss.detach() * math.inf + 0 * loss


def high(loss: Tensor) -> Tensor:
    return loss * 30


@pytest.mark.parametrize(
    "changes",
    [
        {"train.warmup": 20, "train.schedule": "cosine"},
        {"train.optimizer": "sgd", "train.momentum": 0.5, "data.sampling": "random", "model.cell": "gru"},
        {"train.optimizer": "rmsprop", "train.clip": "value", "train.clip_at": 0.01, "data.sampling": "reset"},
        {"train.optimizer": "adagrad", "train.weight_decay": 0.01, "train.eval_every": 10, "train.epochs": 2},
    ],
    ids=lambda changes: changes.get("train.optimizer", "adam"),
)
def test_a_calm_training_is_the_same_both_ways(spec: RunSpec, corpus: Corpus, changes: dict[str, Value]) -> None:
    events = both(spec.replace(changes), corpus)
    assert len(of(Step, events)) == spec.replace(changes).train.epochs * 39 // 7


@pytest.mark.parametrize("harm", [not_a_number, told_wrongly])
@pytest.mark.parametrize("recover", ["skip", "stop", "rewind"])
def test_what_is_not_finite_is_told_with_its_step_and_met_as_if_it_had_been_asked_for(
    spec: RunSpec, corpus: Corpus, recover: str, harm: Harm
) -> None:
    spec = spec.replace({"train.recover": recover, "train.clip": "none"})
    events = both(spec, corpus, harm, (7, 10, 17, 18, 19))
    steps = [event.step for event in of(Diverged, events)]
    assert steps == {"skip": [7, 10, 17, 18, 19], "stop": [7], "rewind": [7, 10, *[17, 18, 19] * 3]}[recover]
    assert [event.step for event in of(Rewound, events)] == ([16, 16] if recover == "rewind" else [])
    assert of(Finished, events)[0].cause == ("finished" if recover == "skip" else "diverged")


@pytest.mark.parametrize("explosions", ["note", "back"])
def test_an_explosion_in_the_middle_of_a_stretch_is_told_with_its_step_and_left_behind_there(
    spec: RunSpec, corpus: Corpus, explosions: str
) -> None:
    spec = spec.replace({"train.explosions": explosions, "train.lr": 1e-3})
    events = both(spec, corpus, high, (13, 18, 35))
    back = {13: 8, 18: 16, 35: 32} if explosions == "back" else {13: None, 35: None}
    assert {event.step: event.back_to for event in of(Exploded, events)} == back


def test_the_third_explosion_in_a_row_ends_it_in_the_middle_of_a_stretch(spec: RunSpec, corpus: Corpus) -> None:
    events = both(spec.replace({"train.explosions": "back", "train.lr": 1e-3}), corpus, high, (13, 18, 25))
    assert (events[-1].step, of(Finished, events)[0].cause) == (25, "diverged")


@pytest.mark.parametrize("stop", [9, 16, 30])
def test_a_snapshot_from_between_two_stretches_is_gone_on_from_both_ways(
    spec: RunSpec, corpus: Corpus, stop: int
) -> None:
    harm = high, (13, 18, 33)
    spec = spec.replace({"train.explosions": "back", "train.lr": 1e-3})
    expected = Harmed(spec, corpus, *harm, queues=True).run()
    first = Harmed(spec, corpus, *harm, queues=True)
    first.run(until=stop)
    snapshot, step = first.trainer.snapshot(), first.trainer.progress.step
    for queues in (False, True):
        second = Harmed(spec, corpus, *harm, queues=queues)
        second.trainer.restore(snapshot)
        rest = [event for event in told(second.run())[1:] if event.step > step or isinstance(event, Rewound)]
        assert rest == [event for event in told(expected) if event.step > step]


def test_a_move_that_would_leave_the_finite_numbers_after_the_last_loss_of_a_stretch_is_not_made() -> None:
    torch.manual_seed(1)
    train = TrainSpec(optimizer="sgd", clip="none", weight_decay=0.5)
    learner = Learner(LanguageModel(ModelSpec(cell="gru", hidden=6, dropout=0.0), 7), train)
    made = Stretches(learner)
    made.queues = True
    learner.optimizer.parameter.mul_(3e7)
    before = [tensor.clone() for tensor in learner.held()]
    x, y = torch.randint(7, (2, 5, 3))
    tasks = [Task(x, y, 1e36, carries=True)]
    assert made.take(tasks) == []
    (numbers,) = made.take(tasks)
    assert math.isfinite(numbers.loss + numbers.norm)
    assert not numbers.moved
    assert all(map(torch.equal, before, learner.held()))
    assert made.hidden is None


def ends(steps: Iterator[Any], trainer: Trainer) -> list[int]:
    return [trainer.progress.step for _ in steps]


def test_a_stretch_ends_where_somebody_looks(spec: RunSpec, corpus: Corpus) -> None:
    spec = spec.replace({"train.log_every": 12, "train.checkpoint_every": 10, "train.eval_every": 15})
    spec = spec.replace({"train.sample_every": 34})
    trainer = Harmed(spec, corpus, queues=True).trainer
    stood = ends(trainer.steps(stops=(13,)), trainer)
    assert sorted(set(stood)) == [0, 1, 8, 10, 12, 13, 15, 16, 20, 24, 30, 32, 34, 36, 39]


def test_a_slow_step_is_read_back_by_itself_and_quick_ones_in_time(
    spec: RunSpec, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Harmed(spec, corpus, queues=True).trainer._standing.stretches
    monkeypatch.setattr(stretches, "SECONDS", 0.2)
    assert made.most() == 1
    for seconds, most in ((0.5, 1), (0.05, 4), (0.001, stretches.MOST)):
        made._step_s = seconds
        assert made.most() == most
