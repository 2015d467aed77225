"""Losses that are not finite: skipped, gone back from with a smaller learning rate, or the end, as the spec says."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch

from rnnlab.events import Diverged, Event, Finished, Rewound, Step
from rnnlab.specs import RunSpec
from rnnlab.text.corpus import Corpus
from rnnlab.training import recovery
from rnnlab.training.snapshot import Snapshot
from rnnlab.training.trainer import Trainer


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps to go back to come often, so that a short training has some."""
    monkeypatch.setattr(recovery, "SOUND_EVERY", 4)


@pytest.fixture
def spec(spec: RunSpec) -> RunSpec:
    return spec.replace({"model.cell": "lstm", "model.dropout": 0.2, "train.epochs": 1})


class Spoiled:
    """A trainer whose gradient is not finite in the steps that are named, as often as the number says."""

    def __init__(self, spec: RunSpec, corpus: Corpus, steps: dict[int, int]) -> None:
        self.trainer = Trainer(spec, corpus)
        self.left = dict(steps)
        self.trainer.model.output.weight.register_hook(self._spoil)

    def _spoil(self, gradient: torch.Tensor) -> torch.Tensor:
        step = self.trainer.progress.step
        if self.left.get(step, 0) == 0:
            return gradient
        self.left[step] -= 1
        return gradient * math.nan

    def run(self) -> list[Event]:
        return list(self.trainer.run())


def spoil(spec: RunSpec, corpus: Corpus, *steps: int, times: int = 1) -> list[Event]:
    return Spoiled(spec, corpus, dict.fromkeys(steps, times)).run()


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_three_spoiled_steps_in_a_row_go_back_to_sound_weights_with_half_the_rate(
    spec: RunSpec, corpus: Corpus
) -> None:
    events = spoil(spec, corpus, 9, 10, 11)
    (rewound,) = of(Rewound, events)
    assert [event.step for event in of(Diverged, events)] == [10, 11, 12]
    assert (rewound.step, rewound.from_step) == (8, 12)
    assert rewound.lr == spec.train.lr / 2
    after = of(Step, events[events.index(rewound) :])
    assert [event.step for event in after][:3] == [9, 10, 11]
    assert {event.lr for event in after} == {spec.train.lr / 2}
    assert events[-1] == Finished(step=events[-1].step, epoch=1, cause="finished")


def test_what_is_trained_after_going_back_is_what_half_the_rate_would_have_trained_from_there(
    spec: RunSpec, corpus: Corpus
) -> None:
    events = spoil(spec, corpus, 9, 10, 11)
    after = of(Step, events[events.index(of(Rewound, events)[0]) :])
    plain = Trainer(spec, corpus)
    steps = plain.steps()
    while plain.progress.step < 8:
        next(steps)
    plain.turn({"train.lr": spec.train.lr / 2})
    expected = [event for events in steps for event in events if isinstance(event, Step)]
    assert [event.loss for event in after] == [event.loss for event in expected]


def test_two_spoiled_steps_are_skipped_and_forgotten(spec: RunSpec, corpus: Corpus) -> None:
    events = spoil(spec, corpus, 2, 3, 6, 7)
    assert not of(Rewound, events)
    assert len(of(Diverged, events)) == 4


def test_after_going_back_twice_it_gives_up_with_finite_weights(spec: RunSpec, corpus: Corpus) -> None:
    spoiled = Spoiled(spec, corpus, dict.fromkeys(range(9, 12), 100))
    events = spoiled.run()
    assert [event.lr for event in of(Rewound, events)] == [spec.train.lr / 2, spec.train.lr / 4]
    assert len(of(Diverged, events)) == 9
    assert isinstance(events[-1], Finished)
    assert events[-1].cause == "diverged"
    weights = spoiled.trainer.snapshot().weights.values()
    assert all(bool(torch.isfinite(weight).all()) for weight in weights)


def test_a_fork_that_breaks_before_its_first_hundredth_step_goes_back_to_where_it_began(
    spec: RunSpec, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "SOUND_EVERY", 100)
    parent = Trainer(spec, corpus)
    list(_go(parent, 6))
    child = Spoiled(spec, corpus, {7: 1, 8: 1, 9: 1})
    child.trainer.fork(parent.snapshot(), parent="p", keeps=())
    (rewound,) = of(Rewound, child.run())
    assert (rewound.step, rewound.from_step) == (6, 10)


@pytest.mark.parametrize(("recover", "spoilt"), [("skip", recovery.MAX_SKIPS), ("stop", 1)])
def test_who_does_not_go_back_gives_up_after_enough(spec: RunSpec, corpus: Corpus, recover: str, spoilt: int) -> None:
    events = spoil(spec.replace({"train.recover": recover}), corpus, *range(5, 30))
    assert not of(Rewound, events)
    assert len(of(Diverged, events)) == spoilt
    assert events[-1].step == 5 + spoilt
    assert isinstance(events[-1], Finished)
    assert events[-1].cause == "diverged"


def test_knobs_that_were_turned_meanwhile_stay_turned(spec: RunSpec, corpus: Corpus) -> None:
    spoiled = Spoiled(spec, corpus, dict.fromkeys((9, 10, 11), 1))
    steps = spoiled.trainer.steps()
    while spoiled.trainer.progress.step < 9:
        next(steps)
    spoiled.trainer.turn({"train.lr": 0.01, "model.dropout": 0.4})
    (rewound,) = [event for events in steps for event in events if isinstance(event, Rewound)]
    assert rewound.lr == 0.005
    assert spoiled.trainer.model.dropout == 0.4
    assert spoiled.trainer.snapshot().document["changes"] == {"train.lr": 0.01, "model.dropout": 0.4}


def _go(trainer: Trainer, until: int) -> Iterator[tuple[Event, ...]]:
    steps = trainer.steps()
    for events in steps:
        yield events
        if trainer.progress.step == until:
            return


@pytest.mark.parametrize("stop", [8, 9, 10, 11, 12])
def test_a_resume_goes_back_to_where_the_uninterrupted_training_would(spec: RunSpec, corpus: Corpus, stop: int) -> None:
    trouble = dict.fromkeys((9, 10, 11), 1)
    whole = Spoiled(spec, corpus, trouble)
    expected = whole.run()
    first = Spoiled(spec, corpus, trouble)
    list(_go(first.trainer, stop))
    # Before there is another trainer, which seeds torch's own generator.
    snapshot = first.trainer.snapshot()
    second = Spoiled(spec, corpus, first.left)
    second.trainer.restore(snapshot)
    found = second.run()
    (there,), (here,) = of(Rewound, expected), of(Rewound, found)
    assert there == here
    after = [event.loss for event in of(Step, expected[expected.index(there) :])]
    assert [event.loss for event in of(Step, found[found.index(here) :])] == after
    for name, weight in whole.trainer.snapshot().weights.items():
        assert torch.equal(weight, second.trainer.snapshot().weights[name])


def test_a_snapshot_without_the_sound_step_inside_would_not_do(spec: RunSpec, corpus: Corpus) -> None:
    trouble = dict.fromkeys((9, 10, 11), 1)
    first = Spoiled(spec, corpus, trouble)
    list(_go(first.trainer, 10))
    whole = first.trainer.snapshot()
    bare = Snapshot(whole.weights, whole.tensors, {k: v for k, v in whole.document.items() if k != "sound"})
    second = Spoiled(spec, corpus, first.left)
    second.trainer.restore(bare)
    with pytest.raises(AssertionError, match="go back to"):
        second.run()
