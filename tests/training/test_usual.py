"""Explosions: a loss or gradient far above the steps before is told, once, and left behind where the spec says so."""

from __future__ import annotations

import statistics
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.events import Event, Exploded, Finished, Spiked, Step
from rnnlab.specs import RunSpec, TrainSpec
from rnnlab.text.corpus import Corpus
from rnnlab.training import recovery, usual
from rnnlab.training.snapshot import Snapshot
from rnnlab.training.trainer import Trainer
from rnnlab.training.usual import Usual, Window

NONE = TrainSpec(clip="none")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small numbers, so that a short training has a window and steps to go back to."""
    monkeypatch.setattr(usual, "WINDOW", 10)
    monkeypatch.setattr(recovery, "WINDOW", 10)
    monkeypatch.setattr(recovery, "SOUND_EVERY", 8)


@given(st.lists(st.floats(-1e9, 1e9), min_size=10, max_size=60))
def test_the_median_is_that_of_the_last_numbers(values: list[float]) -> None:
    window = Window()
    for number, value in enumerate(values, start=1):
        window.add(value)
        last = values[max(0, number - usual.WINDOW) : number]
        assert window.median() == (None if number < usual.WINDOW else statistics.median_high(last))
    other = Window()
    other.load(window.tensor())
    window.add(1.0)
    other.add(1.0)
    assert window.median() == other.median()


@pytest.mark.parametrize(
    ("loss", "norm", "train", "explodes"),
    [
        (2.9, 1.0, NONE, False),
        (3.1, 1.0, NONE, True),
        (1.0, 9.0, NONE, False),
        (1.0, 11.0, NONE, True),
        (1.0, 11.0, TrainSpec(clip="norm", clip_at=12.0), False),
        (1.0, 11.0, TrainSpec(clip="norm", clip_at=1.0), True),
    ],
)
def test_three_times_the_loss_or_ten_times_a_gradient_that_is_not_small_is_an_explosion(
    loss: float, norm: float, train: TrainSpec, explodes: bool
) -> None:
    known = Usual()
    for _ in range(usual.WINDOW - 1):
        known.add(1.0, 1.0)
    assert not known.explodes(loss, norm, train)
    known.add(1.0, 1.0)
    assert known.explodes(loss, norm, train) == explodes


@pytest.mark.parametrize(
    ("loss", "train", "tamed"),
    [(1.1, NONE, False), (1.1, TrainSpec(clip="norm"), True), (1.1, TrainSpec(clip="value"), True),
     (3.1, TrainSpec(clip="norm"), False)],
)  # fmt: skip
def test_a_steep_step_is_tamed_where_it_is_clipped_and_its_loss_is_usual(
    loss: float, train: TrainSpec, tamed: bool
) -> None:
    known = Usual()
    for _ in range(usual.WINDOW):
        known.add(1.0, 1.0)
    assert known.tamed(loss, train) == tamed


def test_three_times_nearly_nothing_is_nothing() -> None:
    known = Usual()
    for _ in range(usual.WINDOW):
        known.add(0.04, 1.0)
    assert not known.explodes(0.5, 1.0, NONE)
    assert known.explodes(0.6, 1.0, NONE)


class Shaken:
    """A trainer whose output bias is thrown out of place right before the steps that are named."""

    def __init__(self, spec: RunSpec, corpus: Corpus, *steps: int) -> None:
        self.trainer = Trainer(spec, corpus)
        self._steps = set(steps)

    def run(self, until: int = 10**9) -> list[Event]:
        events: list[Event] = []
        steps = self.trainer.steps()
        while self.trainer.progress.step < until and (new := next(steps, None)) is not None:
            events += new
            if self.trainer.progress.step + 1 in self._steps and not any(isinstance(e, Finished) for e in new):
                with torch.no_grad():
                    self.trainer.model.output.bias[0] += 40.0
        return events


@pytest.fixture
def spec(spec: RunSpec) -> RunSpec:
    return spec.replace({"train.epochs": 1, "train.lr": 1e-3, "model.dropout": 0.2, "model.cell": "lstm"})


def of(kind: type, events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_an_explosion_is_told_with_its_step_once_and_training_goes_on(spec: RunSpec, corpus: Corpus) -> None:
    events = Shaken(spec, corpus, 20).run()
    (exploded,) = of(Exploded, events)
    (step,) = [event for event in of(Step, events) if event.step == 20]
    assert (exploded.step, exploded.back_to) == (20, None)
    assert exploded.loss == pytest.approx(step.loss)
    assert exploded.loss > usual.LOSS_TIMES * exploded.usual_loss
    assert exploded.text in corpus.text
    assert events[-1] == Finished(step=39, epoch=1, cause="finished")


def test_a_steep_step_that_is_clipped_is_told_as_a_spike_with_its_batch(
    spec: RunSpec, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usual, "NORM_TIMES", 0.0)
    events = Trainer(spec.replace({"train.clip_at": 1e-6}), corpus).steps()
    spikes = of(Spiked, [event for new in events for event in new])
    assert not any(spike.step < usual.WINDOW for spike in spikes)
    assert all(later.step - spike.step > usual.WINDOW for spike, later in pairwise(spikes))
    assert spikes[0].text in corpus.text
    assert spikes[0].usual_norm > 0


def test_who_goes_back_takes_sound_weights_and_leaves_the_batches_between_out(spec: RunSpec, corpus: Corpus) -> None:
    events = Shaken(spec.replace({"train.explosions": "back"}), corpus, 21).run()
    (exploded,) = of(Exploded, events)
    assert (exploded.step, exploded.back_to) == (21, 16)
    # From there on it is a training that stood at step 16 and read on behind batch 21.
    plain = Trainer(spec, corpus)
    steps = plain.steps()
    while plain.progress.step < 16:
        next(steps)
    at_16 = plain.snapshot()
    while plain.progress.step < 21:
        next(steps)
    plain.model.load_state_dict(at_16.weights)
    for name, moment in plain._learner.optimizer.state.items():
        moment.copy_(at_16.tensors[f"optimizer.{name}"])
    plain._standing.stretches.hidden = None
    expected = [event.loss for new in steps for event in new if isinstance(event, Step)]
    assert [event.loss for event in of(Step, events) if event.step > 21] == expected
    assert [event.step for event in of(Step, events)] == list(range(1, 40))


def test_the_third_explosion_in_a_row_is_the_end_and_says_why(spec: RunSpec, corpus: Corpus) -> None:
    events = Shaken(spec.replace({"train.explosions": "back"}), corpus, 18, 23, 27).run()
    assert [(event.step, event.back_to) for event in of(Exploded, events)] == [(18, 16), (23, 16), (27, None)]
    assert isinstance(events[-1], Finished)
    assert (events[-1].step, events[-1].cause) == (27, "diverged")
    assert events[-1].message.startswith("the loss or its gradient exploded 3 times")


def test_explosions_far_apart_are_each_the_first(spec: RunSpec, corpus: Corpus) -> None:
    events = Shaken(spec.replace({"train.explosions": "back"}), corpus, 14, 26, 37).run()
    assert [event.back_to for event in of(Exploded, events)] == [8, 24, 32]
    assert events[-1] == Finished(step=39, epoch=1, cause="finished")


@pytest.mark.parametrize("stop", [15, 16, 18, 19, 21, 24])
def test_a_resume_explodes_and_goes_back_like_the_uninterrupted_training(
    spec: RunSpec, corpus: Corpus, stop: int
) -> None:
    spec = spec.replace({"train.explosions": "back"})
    expected = Shaken(spec, corpus, 18, 23).run()
    first = Shaken(spec, corpus, 18, 23)
    first.run(until=stop)
    snapshot = first.trainer.snapshot()
    second = Shaken(spec, corpus, 18, 23)
    second.trainer.restore(snapshot)
    found = second.run()
    after = [event for event in expected if event.step > stop and isinstance(event, Step | Exploded)]
    same = [event for event in found if event.step > stop and isinstance(event, Step | Exploded)]
    assert [_bare(event) for event in same] == [_bare(event) for event in after]


def test_a_snapshot_without_what_is_usual_would_not_do(spec: RunSpec, corpus: Corpus) -> None:
    first = Shaken(spec, corpus, 20)
    first.run(until=15)
    whole = first.trainer.snapshot()
    bare = {name: tensor for name, tensor in whole.tensors.items() if not name.startswith("usual.")}
    second = Shaken(spec, corpus, 20)
    second.trainer.restore(Snapshot(whole.weights, bare, whole.document))
    assert not of(Exploded, second.run())


def _bare(event: Any) -> tuple[Any, ...]:
    return type(event), event.step, event.loss, event.grad_norm
