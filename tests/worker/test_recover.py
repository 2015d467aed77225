"""Runs that went back, that are limited, and forks: killed at random steps, they end as if they were not."""

from __future__ import annotations

import random
import time
from pathlib import Path

from rnnlab.events import Changed, Diverged, Finished, Rewound, Saved, Started, counted
from rnnlab.hosts import origins
from rnnlab.hosts.creation import create_run
from rnnlab.runs import checkpoints, requests
from rnnlab.runs.paths import HomePaths
from rnnlab.runs.requests import Request
from rnnlab.specs import Value
from rnnlab.training import recovery

from .processes import Run
from .test_resume import kill_and_resume, last_weights, learnt, uninterrupted

EXPLODES: dict[str, Value] = {
    "model.cell": "rnn-relu",
    "model.dropout": 0.3,
    "model.init": "normal",
    "model.init_std": 0.3,
    "train.optimizer": "sgd",
    "train.clip": "none",
    "train.warmup": 1000,
    "train.lr": 1e5,
}
"""Far too large a rate, which two halvings make one that goes through."""


def test_a_run_that_went_back_twice_and_has_a_token_limit_is_resumed_bit_for_bit(tmp_path: Path) -> None:
    run = Run(tmp_path, {**EXPLODES, "train.epochs": 8, "train.max_tokens": 10_000, "train.checkpoint_every": 9})
    assert kill_and_resume(run, random.Random(5)) >= 2
    expected, weights = uninterrupted(run.paths)
    assert sum(isinstance(event, Rewound) for event in expected) == recovery.MAX_REWINDS
    assert learnt(counted(run.events())) == learnt(counted(expected))
    assert last_weights(run.paths) == weights
    assert run.events()[-1] == Finished(step=250, epoch=7, cause="finished")


def test_going_back_is_checkpointed_before_it_is_told_and_later_checkpoints_are_void(tmp_path: Path) -> None:
    sound: dict[str, Value] = {"model.cell": "rnn-relu", "train.optimizer": "sgd", "train.lr": 0.1}
    run = Run(tmp_path, {**sound, "train.epochs": 10**4, "train.checkpoint_every": 7})
    run.begin()
    assert run.reaches(recovery.SOUND_EVERY + 5)
    knobs = {"train.lr": 1e6, "train.clip": "none"}
    requests.post(run.paths.requests, Request(action="change", changes=knobs))
    run.lives_until(lambda: bool(run.of(Finished)))
    events = run.events()
    assert len(run.of(Rewound)) == recovery.MAX_REWINDS
    first = run.of(Rewound)[0]
    (turn,) = run.of(Changed)
    assert first.step == turn.step // recovery.SOUND_EVERY * recovery.SOUND_EVERY
    assert first.lr == 5e5
    before = events[events.index(first) - 1]
    assert before == Saved(step=first.step, epoch=first.epoch, reason="rewind")
    assert len(run.of(Diverged)) == recovery.REWIND_AFTER * (recovery.MAX_REWINDS + 1)
    (end,) = run.of(Finished)
    assert (events[-1], end.cause) == (end, "diverged")
    assert "not finite in 3 steps in a row, after going back 2 times" in end.message
    assert max(checkpoints.steps(run.paths)) == events[-1].step


def test_a_fork_that_is_killed_at_random_steps_ends_like_its_uninterrupted_parent(tmp_path: Path) -> None:
    changes: dict[str, Value] = {"model.cell": "lstm", "model.layers": 2, "model.dropout": 0.3}
    parent = Run(tmp_path, {**changes, "train.epochs": 3, "train.checkpoint_every": 50})
    parent.begin()
    parent.finish()
    home = HomePaths(tmp_path)
    begin = checkpoints.steps(parent.paths)[1]
    spec, corpus, origin = origins.forked(home, parent.paths, str(begin), {"train.checkpoint_every": 3})
    paths = create_run(home, spec, corpus, "main", now=time.time(), taken=(), origin=origin)
    child = Run(tmp_path, {}, paths)
    assert kill_and_resume(child, random.Random(6)) >= 1
    assert child.of(Started)[0].step == begin
    expected, weights = uninterrupted(parent.paths)
    last = {step: loss for step, *_, loss in _losses(expected) if step > begin}
    assert {step: loss for step, *_, loss in _losses(counted(child.events()))} == last
    assert last_weights(child.paths) == weights


def _losses(happened: list) -> list[tuple]:
    return [(event.step, event.loss) for event in happened if type(event).__name__ == "Step"]
