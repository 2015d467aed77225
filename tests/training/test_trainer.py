"""The training loop, as a stream of events."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from rnnlab.errors import SpecError
from rnnlab.events import Diverged, Evaluated, Event, Finished, Sampled, Started, Step
from rnnlab.nn.batches import EpochBatches, ids_on
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import RunSpec, Value
from rnnlab.specs.model import READS_FUTURE
from rnnlab.text.corpus import Corpus
from rnnlab.text.statistics import unigram_perplexity
from rnnlab.training.looking import first_words
from rnnlab.training.recovery import MAX_SKIPS
from rnnlab.training.trainer import Trainer

from .conftest import TEXT


def run(spec: RunSpec, corpus: Corpus) -> list[Event]:
    return list(Trainer(spec, corpus).run())


def losses(events: list[Event]) -> list[float | None]:
    return [event.loss for event in events if isinstance(event, Step)]


def test_a_training_begins_with_started_and_the_untrained_sample_and_ends_with_finished(
    spec: RunSpec, corpus: Corpus
) -> None:
    events = run(spec, corpus)
    assert isinstance(events[0], Started)
    untrained = [event for event in events if event.step == 0]
    assert [type(event) for event in untrained] == [Started, Evaluated, Sampled]
    assert isinstance(events[-1], Finished)
    assert events[-1].cause == "finished"
    assert events[-1].step == events[0].total_steps == 2 * events[0].batches


def test_training_learns(spec: RunSpec, corpus: Corpus) -> None:
    events = run(spec.replace({"train.epochs": 12, "train.lr": 0.02}), corpus)
    first, last = losses(events)[0], losses(events)[-1]
    assert first is not None
    assert last is not None
    assert first == pytest.approx(math.log(len(corpus.vocabulary)), abs=0.3)
    assert math.exp(last) < unigram_perplexity(corpus.counts)


def test_the_same_seed_gives_the_same_losses_and_another_gives_others(spec: RunSpec, corpus: Corpus) -> None:
    assert losses(run(spec, corpus)) == losses(run(spec, corpus))
    assert losses(run(spec, corpus)) != losses(run(spec.replace({"train.seed": 2}), corpus))


def test_no_training_looks_at_the_test_text(spec: RunSpec, corpus: Corpus) -> None:
    held = spec.replace({"data.test": 0.2})
    other = Corpus.from_text(TEXT[: int(len(TEXT) * 0.8)] + TEXT[int(len(TEXT) * 0.8) :][::-1], held.data)
    one, two = (
        [event for event in run(held, text) if isinstance(event, Step | Evaluated)]
        for text in (Corpus.from_text(TEXT, held.data), other)
    )
    assert [event.loss for event in one] == [event.loss for event in two]


@pytest.mark.parametrize("sampling", ["consecutive", "reset", "random"])
def test_the_loop_is_the_textbooks_loop(spec: RunSpec, corpus: Corpus, sampling: str) -> None:
    """The same losses as torch.nn, Adam and clip_grad_norm_ written out, step by step."""
    spec = spec.replace({"data.sampling": sampling})
    torch.manual_seed(spec.train.seed)
    model = LanguageModel(spec.model, len(corpus.vocabulary))
    cell = nn.GRU(len(corpus.vocabulary), spec.model.hidden)
    cell.load_state_dict({k.removeprefix("recurrent."): v for k, v in model.state_dict().items() if "recurrent" in k})
    output = model.output
    parameters = [*cell.parameters(), *output.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=spec.train.lr)
    trainer = Trainer(spec, corpus)
    ids = ids_on(corpus.ids[: trainer.plan.train_tokens])
    expected = []
    for epoch in (1, 2):
        state = None
        for x, y in EpochBatches(ids, spec.data, epoch=epoch, seed=spec.train.seed):
            one_hot = nn.functional.one_hot(x, len(corpus.vocabulary)).float()
            hidden, state = cell(one_hot, state)
            loss = nn.functional.cross_entropy(output(hidden).flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, spec.train.clip_at)
            optimizer.step()
            state = state.detach() if sampling == "consecutive" else None
            expected.append(loss.item())
    assert losses(list(trainer.run())) == pytest.approx(expected, rel=1e-4)


def test_epoch_perplexity_is_exp_of_the_mean_over_all_its_tokens(spec: RunSpec, corpus: Corpus) -> None:
    events = run(spec, corpus)
    for epoch in (1, 2):
        steps = [event.loss for event in events if isinstance(event, Step) and event.epoch == epoch]
        (whole,) = [e for e in events if isinstance(e, Evaluated) and e.split == "train" and e.epoch == epoch]
        mean = sum(loss for loss in steps if loss is not None) / len(steps)
        assert whole.loss == pytest.approx(mean)
        assert whole.perplexity == pytest.approx(math.exp(mean))


def test_looking_does_not_change_training(spec: RunSpec, corpus: Corpus) -> None:
    often = {"train.sample_every": 1, "train.eval_every": 1, "model.dropout": 0.3}
    seldom = {"train.sample_every": 1000, "train.eval_every": 1000, "model.dropout": 0.3}
    assert losses(run(spec.replace(often), corpus)) == losses(run(spec.replace(seldom), corpus))


@pytest.mark.parametrize(
    "changes",
    [
        {"data.sampling": "random"},
        {"train.optimizer": "sgd", "train.lr": 1.0, "model.cell": "rnn"},
        {"model.cell": "lstm", "model.layers": 2, "model.dropout": 0.2, "train.clip": "value"},
        {"model.embedding": 12, "model.tied": True, "train.clip": "none", "train.optimizer": "adamw"},
        {"model.bidirectional": True, "train.optimizer": "rmsprop", "train.schedule": "cosine"},
        {"data.split": 0.0, "train.optimizer": "adagrad", "train.schedule": "plateau"},
    ],
)
def test_every_switch_trains(spec: RunSpec, corpus: Corpus, changes: dict[str, Value]) -> None:
    events = run(spec.replace(changes), corpus)
    assert isinstance(events[0], Started)
    assert (READS_FUTURE in events[0].note) == ("model.bidirectional" in changes)
    assert isinstance(events[-1], Finished)
    assert all(loss is not None for loss in losses(events))


def test_validation_is_the_held_out_end_of_the_text_and_the_best_one_is_marked(spec: RunSpec, corpus: Corpus) -> None:
    events = run(spec.replace({"train.epochs": 4}), corpus)
    validations = [e for e in events if isinstance(e, Evaluated) and e.split == "validation"]
    assert len(validations) == 5
    assert not validations[0].best
    best = math.inf
    for event in validations[1:]:
        assert event.loss is not None
        assert event.best == (event.loss < best)
        best = min(best, event.loss)


def test_without_a_split_the_training_loss_decides_what_is_best(spec: RunSpec, corpus: Corpus) -> None:
    events = run(spec.replace({"data.split": 0.0}), corpus)
    assert {e.split for e in events if isinstance(e, Evaluated)} == {"train"}
    assert any(e.best for e in events if isinstance(e, Evaluated))


def test_patience_ends_a_training_that_no_longer_gets_better(spec: RunSpec, corpus: Corpus) -> None:
    events = run(
        spec.replace({"train.patience": 2, "train.epochs": 200, "train.lr": 1.0, "train.clip": "none"}), corpus
    )
    assert isinstance(events[-1], Finished)
    assert events[-1].cause == "patience"


def test_max_steps_ends_a_training_inside_an_epoch(spec: RunSpec, corpus: Corpus) -> None:
    events = run(spec.replace({"train.max_steps": 5}), corpus)
    assert events[-1].step == 5
    assert any(isinstance(e, Evaluated) and e.step == 5 for e in events)


def test_a_spoiled_gradient_is_reported_at_its_step_and_moves_nothing(spec: RunSpec, corpus: Corpus) -> None:
    trainer = Trainer(spec, corpus)
    steps = trainer.steps()
    for _ in range(5):
        next(steps)
    before = {name: weight.clone() for name, weight in trainer.model.state_dict().items()}
    handle = trainer.model.output.weight.register_hook(lambda gradient: gradient * math.inf)
    events = next(steps)
    handle.remove()
    (diverged,) = [event for event in events if isinstance(event, Diverged)]
    assert diverged.step == 4
    assert diverged.text
    assert diverged.text in corpus.text
    for name, weight in trainer.model.state_dict().items():
        assert torch.equal(weight, before[name])
    later = [event for events in steps for event in events]
    assert isinstance(later[-1], Finished)
    assert later[-1].cause == "finished"
    assert all(loss is not None for loss in losses(later))


def test_a_training_that_stays_spoiled_gives_up_with_whole_weights(spec: RunSpec, corpus: Corpus) -> None:
    trainer = Trainer(spec.replace({"train.recover": "skip"}), corpus)
    trainer.model.output.weight.register_hook(lambda gradient: gradient * math.nan)
    events = list(trainer.run())
    assert sum(isinstance(event, Diverged) for event in events) == MAX_SKIPS
    assert isinstance(events[-1], Finished)
    assert events[-1].cause == "diverged"
    assert all(bool(torch.isfinite(weight).all()) for weight in trainer.model.state_dict().values())


def test_a_batch_longer_than_the_text_is_refused_with_what_fits(spec: RunSpec, corpus: Corpus) -> None:
    with pytest.raises(SpecError, match="largest batch that fits is") as caught:
        Trainer(spec.replace({"data.batch": 5000}), corpus)
    assert caught.value.field == "data.batch"


def test_a_snapshot_goes_on_exactly_where_it_was_taken(spec: RunSpec, corpus: Corpus) -> None:
    spec = spec.replace({"model.dropout": 0.3, "model.cell": "lstm", "train.epochs": 3})
    whole = losses(run(spec, corpus))
    trainer = Trainer(spec, corpus)
    steps = trainer.steps()
    for _ in range(9):
        next(steps)
    snapshot = trainer.snapshot()
    resumed = Trainer(spec, corpus, attempt=2)
    resumed.restore(snapshot)
    assert losses(list(resumed.run())) == whole[7:]


def test_a_turned_knob_holds_from_the_next_step_and_goes_with_the_snapshot(spec: RunSpec, corpus: Corpus) -> None:
    trainer = Trainer(spec, corpus)
    steps = trainer.steps()
    for _ in range(4):
        next(steps)
    changed = trainer.turn({"train.lr": 0.5, "model.dropout": 0.25})
    assert (changed.step, changed.changes) == (2, {"train.lr": "0.5", "model.dropout": "0.25"})
    (line,) = [event for event in next(steps) if isinstance(event, Step)]
    assert line.lr == 0.5
    assert trainer.model.dropout == 0.25
    snapshot = trainer.snapshot()
    rest = losses([event for events in steps for event in events])
    resumed = Trainer(spec, corpus, attempt=2)
    resumed.restore(snapshot)
    assert losses(list(resumed.run())) == rest


def test_what_a_tensor_depends_on_is_no_knob(spec: RunSpec, corpus: Corpus) -> None:
    trainer = Trainer(spec, corpus)
    with pytest.raises(SpecError, match="cannot change while a run trains"):
        trainer.turn({"model.hidden": 20})
    with pytest.raises(SpecError, match="learning rate must be more than 0"):
        trainer.turn({"train.lr": -1.0})
    assert trainer.spec == spec


def test_first_words_are_a_prefix_that_the_vocabulary_knows(corpus: Corpus) -> None:
    assert first_words("  The tide turns") == "The tide"
    assert first_words("\n\n") == "\n"
    assert corpus.vocabulary.unknown_in(first_words(corpus.text)) == ()
