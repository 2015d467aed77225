"""A run that is killed anywhere and taken up again is, bit for bit, the run that was not."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import msgspec
import pytest
import safetensors.torch
import torch

from rnnlab.events import Changed, Evaluated, Event, Finished, Sampled, Started, Step, counted
from rnnlab.runs import checkpoints, manifest, requests
from rnnlab.runs.paths import WEIGHTS, RunPaths
from rnnlab.runs.requests import Request
from rnnlab.specs import RunSpec, Value
from rnnlab.text.corpus import Corpus
from rnnlab.training.snapshot import Snapshot
from rnnlab.training.trainer import Trainer
from rnnlab.worker.train import open_corpus

from .processes import TEXT, Run

KILLS = 4
DROPOUT: dict[str, Value] = {"model.layers": 2, "model.dropout": 0.3}


def learnt(happened: list[Event]) -> list[tuple[object, ...]]:
    """What training came to, step by step, without the times that it took."""
    found: list[tuple[object, ...]] = []
    for event in happened:
        if isinstance(event, Step):
            found.append((event.step, event.epoch, event.loss, event.grad_norm, event.clipped, event.lr))
        elif isinstance(event, Evaluated):
            found.append((event.step, event.split, event.loss, event.best))
        elif isinstance(event, Sampled):
            found.append((event.step, event.prefix, event.text))
    return found


def uninterrupted(paths: RunPaths, turn: Changed | None = None) -> tuple[list[Event], str]:
    """(the events, the SHA-256 of the last weights) of the same training in one piece."""
    what = manifest.read(paths.manifest)
    trainer, happened = Trainer(what.spec, open_corpus(paths, what)), []
    for new in trainer.steps():
        happened += new
        if turn is not None and trainer.progress.step == turn.step:
            trainer.turn({"train.lr": 0.02})
            turn = None
    return happened, hashlib.sha256(safetensors.torch.save(trainer.snapshot().weights)).hexdigest()


def last_weights(paths: RunPaths) -> str:
    return checkpoints.read_manifest(paths, checkpoints.steps(paths)[-1]).files[WEIGHTS].sha256


def kill_and_resume(run: Run, chance: random.Random) -> int:
    """Train to the end through kills at random steps; gives how many there were."""
    kills = 0
    for _ in range(KILLS):
        run.begin()
        if run.reaches(run.of(Started)[-1].step + chance.randrange(1, 50)):
            run.kill()
            kills += 1
    if not isinstance(run.events()[-1], Finished):
        run.begin()
    run.finish()
    return kills


@pytest.mark.parametrize(
    ("seed", "changes"),
    [
        (1, {"model.cell": "rnn", **DROPOUT}),
        (2, {"model.cell": "gru", "model.dropout": 0.2, "train.schedule": "cosine", "train.optimizer": "adamw"}),
        (3, {"model.cell": "lstm", **DROPOUT, "train.log_every": 3}),
        (4, {"model.cell": "gru", "data.sampling": "random", "train.optimizer": "sgd", "train.momentum": 0.9}),
        (7, {"model.cell": "lstm", "model.dropout": 0.2, "data.sampling": "reset"}),
    ],
    ids=["rnn", "gru", "lstm", "random batches", "state reset"],
)
def test_a_training_killed_at_random_steps_ends_bit_for_bit_like_one_that_was_not(
    tmp_path: Path, seed: int, changes: dict[str, Value]
) -> None:
    run = Run(tmp_path, {"train.epochs": 4, "train.checkpoint_every": 9, "train.seed": seed, **changes})
    assert kill_and_resume(run, random.Random(seed)) >= 3
    expected, weights = uninterrupted(run.paths)
    # Not only what counts in the end: every attempt saw the same at the same step.
    assert set(learnt(run.events())) == set(learnt(expected))
    assert learnt(counted(run.events())) == learnt(expected)
    assert last_weights(run.paths) == weights


def test_a_knob_that_was_turned_before_a_kill_is_turned_again_at_its_step(tmp_path: Path) -> None:
    run = Run(tmp_path, {"train.epochs": 8, "train.checkpoint_every": 10**6})
    run.begin()
    run.reaches(5)
    requests.post(run.paths.requests, Request(action="change", changes={"train.lr": 0.02}))
    run.lives_until(lambda: bool(run.of(Changed)))
    (turn,) = run.of(Changed)
    assert run.reaches(turn.step + 5)
    run.kill()
    run.begin()
    run.finish()
    # The checkpoint was saved before the knob was turned, so that one can go back to before.
    assert run.of(Started)[1].step == turn.step
    expected, weights = uninterrupted(run.paths, turn)
    assert set(learnt(run.events())) == set(learnt(expected))
    assert last_weights(run.paths) == weights


def test_a_kill_before_the_first_step_was_saved_leaves_nothing_twice(tmp_path: Path) -> None:
    run = Run(tmp_path, {"train.epochs": 1, "train.checkpoint_every": 10**6})
    requests.post(run.paths.requests, Request(action="change", changes={"train.lr": 0.02}))
    run.begin()
    run.lives_until(lambda: len(run.of(Step)) > 3)
    run.kill()
    (turn,) = run.of(Changed)
    run.begin()
    run.finish()
    assert [event.step for event in run.of(Started)] == [turn.step, turn.step] == [0, 0]
    expected, weights = uninterrupted(run.paths, turn)
    assert learnt(counted(run.events())) == learnt(expected)
    assert last_weights(run.paths) == weights
    # The turned knob, whose first telling is void, is told again; by it a third attempt knows of it.
    assert [event for event in counted(run.events()) if isinstance(event, Changed)] == [turn]


# What has to be in a snapshot: each thing left out must show.

ALL: dict[str, Value] = {
    "model.cell": "lstm",
    "model.hidden": 12,
    "model.layers": 2,
    "model.dropout": 0.3,
    "data.batch": 4,
    "data.steps": 10,
    "train.epochs": 3,
    "train.threads": 1,
    "train.log_every": 3,
    "train.sample_every": 10**6,
    "train.warmup": 100,
    "train.schedule": "plateau",
    "train.decay_every": 2,
    "train.lr": 0.05,
    "train.eval_every": 11,
    "train.optimizer": "adam",
}
HELD_OUT_IS_HARD = TEXT[:1600] + TEXT[180::-1]
"""The end reads backwards: what is learnt of the rest makes it worse, so that best scores and cuts matter."""
STOPPED_AT = 70
"""Inside the second epoch, inside a log line, after the rate was cut, between two evaluations without progress."""


@pytest.fixture(scope="module")
def halves() -> tuple[RunSpec, Corpus, Snapshot, list[tuple[object, ...]]]:
    """A spec, its corpus, the snapshot of a stop on the way, and what came after it in the uninterrupted run."""
    spec = RunSpec().replace(ALL)
    corpus = Corpus.from_text(HELD_OUT_IS_HARD, spec.data)
    trainer, after, snapshot = Trainer(spec, corpus), [], None
    for new in trainer.steps():
        if snapshot is not None:
            after += new
        elif trainer.progress.step == STOPPED_AT:
            snapshot = trainer.snapshot()
    assert snapshot is not None
    return spec, corpus, snapshot, learnt(after)


def resumed(spec: RunSpec, corpus: Corpus, snapshot: Snapshot) -> list[tuple[object, ...]]:
    torch.manual_seed(12345)
    trainer = Trainer(spec, corpus, attempt=2)
    trainer.restore(snapshot)
    return learnt([event for new in trainer.steps() for event in new])


def without(snapshot: Snapshot, what: str) -> Snapshot:
    """The snapshot with one thing as it is in a training that just begins."""
    tensors, document = dict(snapshot.tensors), msgspec.json.decode(msgspec.json.encode(snapshot.document))
    if what == "hidden":
        tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith("hidden.")}
    elif what == "random":
        tensors["random.cpu"] = torch.Generator().manual_seed(5).get_state()
    elif what in ("optimizer.", "meter.epoch", "meter.line"):
        tensors = {name: torch.zeros_like(t) if name.startswith(what) else t for name, t in tensors.items()}
    else:
        begun = {"batch": 0, "epoch": 1, "step": 0, "best": None, "evaluations_since_cut": 0, "cuts": 0}
        document["progress"][what] = begun[what]
    return Snapshot(weights=snapshot.weights, tensors=tensors, document=document)


def test_with_everything_in_its_snapshot_a_training_goes_on_bit_for_bit(
    halves: tuple[RunSpec, Corpus, Snapshot, list[tuple[object, ...]]],
) -> None:
    spec, corpus, snapshot, expected = halves
    assert len(expected) > 15
    assert resumed(spec, corpus, snapshot) == expected


@pytest.mark.parametrize(
    "what",
    ["hidden", "random", "optimizer.", "meter.epoch", "meter.line", "batch", "epoch", "step", "best",
     "evaluations_since_cut", "cuts"],
)  # fmt: skip
def test_whatever_is_left_out_of_the_snapshot_shows(
    halves: tuple[RunSpec, Corpus, Snapshot, list[tuple[object, ...]]], what: str
) -> None:
    spec, corpus, snapshot, expected = halves
    assert resumed(spec, corpus, without(snapshot, what)) != expected
