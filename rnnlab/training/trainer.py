"""`Trainer`: one training of one spec on one corpus, as a stream of events.

    for event in Trainer(spec, corpus).run():
        print(event)

It knows the model, the batches and the clock, and must not know run directories, requests or screens. Whoever drives
it step by step (`steps`) may pause, stop or take a `snapshot` between any two steps.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec
import torch
from torch import Tensor

from rnnlab.errors import CheckpointError
from rnnlab.events import Changed, Diverged, Evaluated, Event, Finished, Sampled, Started, Step, finite, perplexity
from rnnlab.nn.batches import EpochBatches, ids_on
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import RunSpec, Value, find_field
from rnnlab.specs.arithmetic import plan
from rnnlab.specs.knobs import turned
from rnnlab.text.corpus import Corpus
from rnnlab.training import device as devices
from rnnlab.training import snapshot as snapshots
from rnnlab.training.cadence import Cadence
from rnnlab.training.clipping import clip
from rnnlab.training.flat import FlatParameters
from rnnlab.training.looking import Looker, first_words, unigram_perplexity
from rnnlab.training.meters import Meter
from rnnlab.training.optimizers import build, learning_rate
from rnnlab.training.progress import Progress
from rnnlab.training.snapshot import Snapshot
from rnnlab.training.threads import settle

E = TypeVar("E", bound=Event)

MAX_SKIPS = 10
"""Steps in a row without a finite gradient after which a training gives up."""


class Trainer:
    """A training that goes on for as long as someone takes its events.

    Raises SpecError where the spec does not fit the corpus or the machine. Seeds torch's own generators.
    """

    def __init__(self, spec: RunSpec, corpus: Corpus, *, attempt: int = 1, threads: int = 0) -> None:
        self.spec = spec
        self.vocabulary = corpus.vocabulary
        self.plan = plan(spec, tokens=len(corpus.ids), vocabulary=len(corpus.vocabulary))
        self.device = devices.choose(spec.train.device)
        self._corpus = corpus
        self._attempt = attempt
        self._train_ids = ids_on(corpus.ids[: self.plan.train_tokens], self.device)
        self.threads = settle(threads or spec.train.threads, spec, len(corpus.vocabulary), self._train_ids)
        torch.manual_seed(spec.train.seed)
        self.model = LanguageModel(spec.model, len(corpus.vocabulary)).to(self.device)
        self._looker = Looker(
            self.model,
            corpus.vocabulary,
            ids_on(corpus.ids[self.plan.train_tokens :], self.device),
            spec.train.prefixes or (first_words(corpus.text),),
        )
        self._flat = FlatParameters(self.model)
        self._optimizer = build(self._flat.parameter, spec.train)
        self._cadence = Cadence.of(spec, self.plan)
        self.progress = Progress()
        self._changes: dict[str, Value] = {}
        self._hidden: tuple[Tensor, ...] | None = None
        self._epoch_batches: tuple[int, EpochBatches] | None = None
        self._line = Meter(self.device)
        self._epoch_sum = Meter(self.device)
        self._line_seconds = 0.0

    def run(self) -> Iterator[Event]:
        """Every event from here to the end of the training."""
        for events in self.steps():
            yield from events

    def steps(self) -> Iterator[tuple[Event, ...]]:
        """The events of each step, often none; between two of them the training stands still.

        The last tuple ends with `Finished`, unless its taker stops before.
        """
        yield (self._started(),)
        if self.progress.step == 0:
            yield self._look(samples=True, evaluate=True)
        while (cause := self._end()) is None:
            yield self._advance()
        yield (self._event(Finished, cause=cause),)

    def snapshot(self) -> Snapshot:
        """All that a resume needs, copied to the host."""
        tensors = {
            **snapshots.optimizer_tensors(self._optimizer),
            **snapshots.random_tensors(self.device),
            **snapshots.meter_tensors("line", self._line),
            **snapshots.meter_tensors("epoch", self._epoch_sum),
            **{f"hidden.{i}": part for i, part in enumerate(self._hidden or ())},
        }
        return Snapshot(
            weights={name: tensor.detach().cpu().clone() for name, tensor in self.model.state_dict().items()},
            tensors={name: tensor.detach().cpu().clone() for name, tensor in tensors.items()},
            document={
                "progress": msgspec.to_builtins(self.progress),
                "threads": self.threads,
                "changes": dict(self._changes),
            },
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of the same spec and corpus; raises CheckpointError where it does not fit."""
        try:
            self.model.load_state_dict(snapshot.weights)
            snapshots.load_optimizer(self._optimizer, snapshot.tensors)
            snapshots.load_meter("line", self._line, snapshot.tensors)
            snapshots.load_meter("epoch", self._epoch_sum, snapshot.tensors)
        except (KeyError, RuntimeError) as error:
            raise CheckpointError(f"the checkpoint does not fit its spec: {error}") from None
        hidden = [snapshot.tensors[name] for name in sorted(snapshot.tensors) if name.startswith("hidden.")]
        self._hidden = tuple(part.to(self.device) for part in hidden) or None
        self.progress = snapshots.progress_of(snapshot.document)
        self._changes = snapshots.changes_of(snapshot.document)
        self._settle(turned(self.spec, self._changes))
        snapshots.load_random(self.device, snapshot.tensors)

    def turn(self, changes: Mapping[str, Value]) -> Changed:
        """Turn some knobs from the next step on; raises SpecError where a field is no knob or a value out of bounds."""
        self._settle(turned(self.spec, changes))
        self._changes |= changes
        fields = {path: find_field(path).show(value) for path, value in changes.items()}
        return self._event(Changed, changes=fields)

    def measured(self) -> tuple[str, float | None]:
        """(split, perplexity) of the weights as they are known: validation, else train, else nothing."""
        if self.progress.validation is not None:
            return "validation", perplexity(self.progress.validation)
        return ("train", perplexity(self.progress.train)) if self.progress.train is not None else ("", None)

    # One step and what follows from it.

    def _advance(self) -> tuple[Event, ...]:
        begun = time.perf_counter()
        trouble = self._train_step()
        self._line_seconds += time.perf_counter() - begun
        events = [*trouble, *self._log_line(begun), *self._epoch_end()]
        events += self._look(
            samples=self._cadence.samples(self.progress.step), evaluate=self._cadence.evaluates(self.progress.step)
        )
        self._roll_epoch()
        self.progress.elapsed_s += time.perf_counter() - begun
        return tuple(events)

    def _train_step(self) -> tuple[Event, ...]:
        progress, batches = self.progress, self._batches()
        x, y = batches[progress.batch]
        if self.spec.data.sampling == "random" or progress.batch == 0:
            self._hidden = None
        self._flat.zero_gradient()
        self.model.train()
        loss, hidden = self.model.loss(x, y, self._hidden)
        loss.backward()
        norm, clipped = clip(self._flat.gradient, self.spec.train)
        trouble = self._step_unless_spoiled(loss, norm, x)
        if not trouble:
            self._hidden = tuple(part.detach() for part in hidden)
            self._line.add(loss, norm, clipped)
            self._epoch_sum.add(loss, norm, clipped)
        progress.step += 1
        progress.batch += 1
        return trouble

    def _step_unless_spoiled(self, loss: Tensor, norm: Tensor, x: Tensor) -> tuple[Event, ...]:
        """Move the weights, or leave them where the gradient is not finite: one such step would spoil them all."""
        # The one synchronisation of a step; on a CPU it costs nothing.
        if bool(torch.isfinite(norm) & torch.isfinite(loss)):
            self._optimizer.step(self._lr())
            self.progress.skipped_in_a_row = 0
            return ()
        self.progress.skipped_in_a_row += 1
        self._hidden = None
        text = self.vocabulary.decode(x[:, 0].tolist())
        return (self._event(Diverged, loss=finite(loss.item()), grad_norm=finite(norm.item()), text=text[:200]),)

    def _log_line(self, begun: float) -> tuple[Event, ...]:
        if self.progress.step % self.spec.train.log_every or self._line.count == 0:
            return ()
        waited = time.perf_counter()
        loss, norm, clipped = self._line.means()
        now = time.perf_counter()
        self._line_seconds += now - waited
        tokens = self._line.count * self.spec.data.batch * self.spec.data.steps
        event = self._event(
            Step,
            loss=finite(loss),
            perplexity=perplexity(loss),
            grad_norm=finite(norm),
            clipped=clipped,
            lr=self._lr(),
            tokens_per_s=round(tokens / max(self._line_seconds, 1e-9), 1),
            elapsed_s=round(self.progress.elapsed_s + now - begun, 3),
        )
        self._line.clear()
        self._line_seconds = 0.0
        return (event,)

    def _epoch_end(self) -> tuple[Event, ...]:
        if self.progress.batch < self.plan.batches:
            return ()
        loss, _, _ = self._epoch_sum.means()
        self._epoch_sum.clear()
        best = self._score(loss) if not self._looker.validates else False
        self.progress.train = finite(loss)
        return (self._evaluated("train", loss, best=best),)

    def _roll_epoch(self) -> None:
        if self.progress.batch >= self.plan.batches:
            self.progress.epoch += 1
            self.progress.batch = 0

    def _look(self, *, samples: bool, evaluate: bool) -> tuple[Event, ...]:
        """Evaluate and sample where it is time, without moving anything that training depends on."""
        events: list[Event] = []
        if evaluate and self._looker.validates:
            loss = self._looker.validation_loss(self.spec)
            self.progress.validation = finite(loss)
            # The untrained model is no candidate for the best.
            events.append(self._evaluated("validation", loss, best=self.progress.step > 0 and self._score(loss)))
        written = self._looker.samples(self.spec) if samples else ()
        events += [self._event(Sampled, prefix=prefix, text=text) for prefix, text in written]
        return tuple(events)

    # Small questions.

    def _settle(self, spec: RunSpec) -> None:
        self.spec = spec
        self._optimizer.spec = spec.train
        self.model.dropout = spec.model.dropout
        self._cadence = Cadence.of(spec, self.plan)

    def _end(self) -> str | None:
        progress, train = self.progress, self.spec.train
        if progress.step >= self.plan.total_steps:
            return "finished"
        if progress.skipped_in_a_row >= MAX_SKIPS:
            return "diverged"
        return "patience" if train.patience and progress.evaluations_since_best >= train.patience else None

    def _score(self, loss: float) -> bool:
        return self.progress.score(loss, decay_every=self.spec.train.decay_every)

    def _lr(self) -> float:
        return learning_rate(
            self.spec.train,
            step=self.progress.step,
            epoch=self.progress.epoch,
            total_steps=self.plan.total_steps,
            cuts=self.progress.cuts,
        )

    def _batches(self) -> EpochBatches:
        epoch = self.progress.epoch
        if self._epoch_batches is None or self._epoch_batches[0] != epoch:
            batches = EpochBatches(self._train_ids, self.spec.data, epoch=epoch, seed=self.spec.train.seed)
            self._epoch_batches = (epoch, batches)
        return self._epoch_batches[1]

    def _started(self) -> Started:
        return self._event(
            Started,
            attempt=self._attempt,
            device=devices.describe(self.device),
            engine=self.model.engine,
            threads=self.threads,
            parameters=self.plan.parameters,
            vocabulary=len(self.vocabulary),
            unigram=unigram_perplexity(self._train_ids),
            train_tokens=self.plan.train_tokens,
            validation_tokens=self.plan.validation_tokens,
            characters_per_token=self._corpus.characters_per_token,
            batches=self.plan.batches,
            total_steps=self.plan.total_steps,
            epochs=self.spec.train.epochs,
        )

    def _evaluated(self, split: str, loss: float, *, best: bool) -> Evaluated:
        return self._event(Evaluated, split=split, loss=finite(loss), perplexity=perplexity(loss), best=best)

    def _event(self, kind: type[E], **values: Any) -> E:
        return kind(step=self.progress.step, epoch=min(self.progress.epoch, self.spec.train.epochs), **values)
