"""Beginning with another training's weights: forks, and vocabularies mapped token by token."""

from __future__ import annotations

import pytest
import torch

from rnnlab.errors import CheckpointError
from rnnlab.events import Adopted, Event, Started, Step
from rnnlab.specs import RunSpec, Value
from rnnlab.text.corpus import Corpus
from rnnlab.training.beginning import INHERITABLE
from rnnlab.training.snapshot import Snapshot
from rnnlab.training.trainer import Trainer

OTHER = "zebras quiz the lazy tide, and it turns; " * 30


@pytest.fixture
def spec(spec: RunSpec) -> RunSpec:
    return spec.replace({"model.cell": "lstm", "model.layers": 2, "model.dropout": 0.2})


def parted(spec: RunSpec, corpus: Corpus, step: int = 50) -> tuple[Snapshot, list[float | None]]:
    """(a snapshot of a training at a step inside its second epoch, the losses after it)."""
    trainer = Trainer(spec, corpus)
    steps = trainer.steps()
    while trainer.progress.step < step:
        next(steps)
    snapshot = trainer.snapshot()
    return snapshot, losses([event for events in steps for event in events])


def losses(events: list[Event]) -> list[float | None]:
    return [event.loss for event in events if isinstance(event, Step)]


def fork(spec: RunSpec, corpus: Corpus, snapshot: Snapshot, keeps: tuple[str, ...] = INHERITABLE) -> list[Event]:
    trainer = Trainer(spec, corpus)
    trainer.fork(snapshot, parent="gru-1-calm-owl", keeps=keeps)
    return list(trainer.run())


def test_a_fork_that_changes_nothing_goes_on_bit_for_bit(spec: RunSpec, corpus: Corpus) -> None:
    snapshot, expected = parted(spec, corpus)
    events = fork(spec, corpus, snapshot)
    assert losses(events) == expected
    started, adopted = events[:2]
    assert isinstance(started, Started)
    assert (started.step, started.attempt) == (50, 1)
    assert adopted == Adopted(
        step=50, epoch=2, parent="gru-1-calm-owl", from_step=50, fresh=(), kept=len(corpus.vocabulary)
    )


@pytest.mark.parametrize("left_out", ["optimizer", "position"])
def test_what_a_fork_does_not_keep_makes_a_difference(spec: RunSpec, corpus: Corpus, left_out: str) -> None:
    snapshot, expected = parted(spec, corpus)
    events = fork(spec, corpus, snapshot, tuple(what for what in INHERITABLE if what != left_out))
    assert losses(events) != expected
    assert isinstance(events[1], Adopted)
    assert events[1].fresh == (left_out,)


def test_another_optimizer_begins_with_moments_of_its_own(spec: RunSpec, corpus: Corpus) -> None:
    snapshot, _ = parted(spec, corpus)
    events = fork(spec.replace({"train.optimizer": "sgd", "train.lr": 0.1}), corpus, snapshot)
    assert isinstance(events[1], Adopted)
    assert events[1].fresh == ("optimizer",)
    assert all(loss is not None for loss in losses(events))


def test_another_batch_size_goes_on_at_the_same_step_of_its_own_plan(spec: RunSpec, corpus: Corpus) -> None:
    snapshot, _ = parted(spec, corpus)
    spec = spec.replace({"data.batch": 8, "train.epochs": 4})
    events = fork(spec, corpus, snapshot, ("optimizer", "rate"))
    started = events[0]
    assert isinstance(started, Started)
    assert (started.step, started.batches, started.epoch) == (50, 19, 3)
    assert len(losses(events)) == 4 * 19 - 50


def test_best_score_patience_and_seconds_begin_anew(spec: RunSpec, corpus: Corpus) -> None:
    snapshot, _ = parted(spec, corpus)
    trainer = Trainer(spec, corpus)
    trainer.fork(snapshot, parent="x", keeps=INHERITABLE)
    assert trainer.progress.best is None
    assert trainer.progress.elapsed_s == 0.0
    assert trainer.progress.measured() == ("", None)


def test_a_smaller_rate_is_kept_or_not(spec: RunSpec, corpus: Corpus) -> None:
    snapshot, _ = parted(spec, corpus)
    snapshot.document["progress"]["rewinds"] = 1
    for keeps, rate in ((("rate",), spec.train.lr / 2), ((), spec.train.lr)):
        events = fork(spec, corpus, snapshot, keeps)
        assert {event.lr for event in events if isinstance(event, Step)} == {rate}


@pytest.mark.parametrize(
    "model", [{}, {"model.embedding": 12, "model.tied": True}, {"model.embedding": 5}, {"model.bidirectional": True}]
)
def test_rows_of_tokens_that_both_have_move_to_their_new_ids_and_the_others_are_fresh(
    spec: RunSpec, corpus: Corpus, model: dict[str, Value]
) -> None:
    spec = spec.replace(model)
    snapshot, _ = parted(spec, corpus)
    other = Corpus.from_text(OTHER, spec.data)
    fresh = Trainer(spec, other).model.state_dict()
    trainer = Trainer(spec, other)
    trainer.begin_with(snapshot, corpus.vocabulary, parent="x")
    old, new = corpus.vocabulary.tokens, other.vocabulary.tokens
    assert set(old) - set(new)
    assert set(new) - set(old)
    compared = 0
    for name, weight in trainer.model.state_dict().items():
        given = snapshot.weights[name]
        over_tokens = name.startswith(("output", "embedding")) or (
            not spec.model.embedding and name.startswith("recurrent.weight_ih_l0")
        )
        if not over_tokens:
            assert torch.equal(weight, given), name
            continue
        axis = 1 if name.startswith("recurrent") else 0
        for i, token in enumerate(new):
            expected = given.select(axis, old.index(token)) if token in old else fresh[name].select(axis, i)
            assert torch.equal(weight.select(axis, i), expected), (name, token)
            compared += 1
    assert compared >= 2 * len(new)


def test_what_was_added_and_dropped_is_said(spec: RunSpec, corpus: Corpus) -> None:
    snapshot, _ = parted(spec, corpus)
    other = Corpus.from_text(OTHER, spec.data)
    trainer = Trainer(spec, other)
    trainer.begin_with(snapshot, corpus.vocabulary, parent="gru-1-calm-owl")
    adopted = next(trainer.steps())[1]
    assert isinstance(adopted, Adopted)
    both = set(corpus.vocabulary.tokens) & set(other.vocabulary.tokens)
    assert (adopted.step, adopted.from_step, adopted.kept) == (0, 50, len(both))
    assert set(adopted.added) == set(other.vocabulary.tokens) - both
    assert set(adopted.dropped) == set(corpus.vocabulary.tokens) - both
    assert (adopted.added_count, adopted.dropped_count) == (len(adopted.added), len(adopted.dropped))


@pytest.mark.parametrize("changes", [{"model.hidden": 16}, {"model.layers": 1}, {"model.cell": "gru"}])
def test_weights_of_another_model_are_refused(spec: RunSpec, corpus: Corpus, changes: dict[str, Value]) -> None:
    snapshot, _ = parted(spec, corpus)
    trainer = Trainer(spec.replace(changes), corpus)
    with pytest.raises(CheckpointError, match="does not fit its spec"):
        trainer.fork(snapshot, parent="x", keeps=INHERITABLE)
    with pytest.raises(CheckpointError, match="of another model"):
        trainer.begin_with(snapshot, corpus.vocabulary, parent="x")
