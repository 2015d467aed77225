"""The limits of a training: steps, tokens, minutes."""

from __future__ import annotations

import pytest

from rnnlab.events import Evaluated, Finished, Sampled
from rnnlab.specs import RunSpec
from rnnlab.text.corpus import Corpus
from rnnlab.training.ending import cause
from rnnlab.training.progress import Progress
from rnnlab.training.trainer import Trainer


@pytest.mark.parametrize(("tokens", "steps"), [(1, 1), (40, 1), (79, 1), (80, 2), (395, 9), (400, 10)])
def test_a_training_ends_before_more_tokens_than_it_may_take(
    spec: RunSpec, corpus: Corpus, tokens: int, steps: int
) -> None:
    events = list(Trainer(spec.replace({"train.max_tokens": tokens}), corpus).run())
    assert events[-1] == Finished(step=steps, epoch=1, cause="finished")


def test_the_smallest_limit_ends_it(spec: RunSpec, corpus: Corpus) -> None:
    trainer = Trainer(spec.replace({"train.max_tokens": 400, "train.max_steps": 3}), corpus)
    assert trainer.plan.total_steps == 3


def test_minutes_that_are_used_up_end_it_with_a_last_look(spec: RunSpec, corpus: Corpus) -> None:
    trainer = Trainer(spec.replace({"train.max_minutes": 1.0, "train.eval_every": 1000}), corpus)
    steps = trainer.steps()
    while trainer.progress.step < 5:
        next(steps)
    trainer.progress.elapsed_s = 60.0
    events = [event for events in steps for event in events]
    assert [type(event) for event in events] == [Evaluated, Sampled, Finished]
    assert events[-1] == Finished(step=5, epoch=1, cause="time")


def test_time_trained_counts_over_attempts(spec: RunSpec, corpus: Corpus) -> None:
    spec = spec.replace({"train.max_minutes": 1.0})
    trainer = Trainer(spec, corpus)
    trainer.progress.elapsed_s = 60.0
    resumed = Trainer(spec, corpus, attempt=2)
    resumed.restore(trainer.snapshot())
    assert resumed.progress.elapsed_s == 60.0
    assert cause(spec.train, resumed.progress, 100) == "time"


def test_what_is_finished_is_finished_whatever_else_it_is(spec: RunSpec) -> None:
    progress = Progress(step=100, skipped_in_a_row=50, elapsed_s=1e9)
    assert cause(spec.replace({"train.max_minutes": 1.0}).train, progress, 100) == "finished"
