"""`Trainer`: one training of one spec on one corpus, as a stream of events.

    for event in Trainer(spec, corpus).run():
        print(event)

It knows the model, the batches and the clock, and must not know run directories, requests or screens. Whoever drives
it step by step (`steps`) may pause, stop or take a `snapshot` between any two steps.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch

from rnnlab.events import (
    Adopted,
    Changed,
    Diverged,
    Evaluated,
    Event,
    Exploded,
    Finished,
    Rewound,
    Sampled,
    Spiked,
    Started,
    Step,
    finite,
    losses,
)
from rnnlab.nn.batches import EpochBatches, ids_on
from rnnlab.nn.model import LanguageModel
from rnnlab.settings import graphs_are_on
from rnnlab.specs import RunSpec, Value, find_field
from rnnlab.specs.arithmetic import plan
from rnnlab.specs.knobs import turned
from rnnlab.text.cleaning import clean_prefix
from rnnlab.text.corpus import Corpus
from rnnlab.text.parts import part_of
from rnnlab.text.vocabulary import Vocabulary
from rnnlab.training import beginning, ending, recovery
from rnnlab.training import device as devices
from rnnlab.training import snapshot as snapshots
from rnnlab.training.cadence import Cadence
from rnnlab.training.judging import Explosion
from rnnlab.training.learner import Learner, Numbers
from rnnlab.training.log_line import LogLine
from rnnlab.training.looking import Looker, first_words
from rnnlab.training.meters import Meter
from rnnlab.training.optimizers import learning_rate
from rnnlab.training.pace import FRESH, Pace, settle
from rnnlab.training.progress import Progress
from rnnlab.training.snapshot import Snapshot
from rnnlab.training.standing import Standing
from rnnlab.training.stretches import Task

E = TypeVar("E", bound=Event)


class Trainer:
    """A training that goes on for as long as someone takes its events.

    Raises SpecError where the spec does not fit the corpus or the machine. Seeds torch's own generators. `pace` is the
    run's own from before; what is measured is kept in `cache`.
    """

    def __init__(
        self, spec: RunSpec, corpus: Corpus, *, attempt: int = 1, pace: Pace = FRESH, cache: Path | None = None
    ) -> None:
        self.spec = spec
        self.vocabulary = corpus.vocabulary
        self.plan = plan(spec, tokens=len(corpus.ids), vocabulary=len(corpus.vocabulary))
        self.device = devices.choose(spec.train.device)
        self._corpus = corpus
        self._attempt = attempt
        self._train_ids = ids_on(part_of(corpus, spec.data, "train"), self.device)
        self.pace = settle(spec, len(corpus.vocabulary), self._train_ids, pace, cache)
        torch.manual_seed(spec.train.seed)
        self.model = LanguageModel(spec.model, len(corpus.vocabulary)).to(self.device)
        self.model.use(self.pace.engine, self.pace.layout)
        self.model.rounding = devices.multiply_in(spec.train.precision, self.device)
        self._looker = Looker(
            self.model,
            corpus.vocabulary,
            ids_on(part_of(corpus, spec.data, "validation")[: spec.train.eval_tokens or None], self.device),
            tuple(clean_prefix(p, spec.data.clean) for p in spec.train.prefixes) or (first_words(corpus.head(200)),),
        )
        self._learner = Learner(self.model, spec.train)
        self._cadence = Cadence.of(spec, self.plan)
        self._stops: Collection[int] = ()
        # The newest epoch's alone; the order of each is a function of its number.
        self._batches_of = functools.lru_cache(maxsize=1)(
            lambda epoch: EpochBatches(self._train_ids, spec.data, epoch=epoch, seed=spec.train.seed)
        )
        self._graph = ""
        """What was found of gradients as a CUDA graph, where somebody asked for them."""
        if self.device.type == "cuda" and graphs_are_on():
            self._graph = self._learner.record(*self._batches_of(1)[0])
        self._line = LogLine(corpus.characters_per_token)
        self._epoch_sum = Meter()
        meters = {"line": self._line.meter, "epoch": self._epoch_sum}
        self._standing = Standing(self._learner, meters, self.pace)
        self._adopted: Adopted | None = None

    @property
    def progress(self) -> Progress:
        """Where it stands, in numbers."""
        return self._standing.progress

    def run(self) -> Iterator[Event]:
        """Every event from here to the end of the training."""
        for events in self.steps():
            yield from events

    def steps(self, stops: Collection[int] = ()) -> Iterator[tuple[Event, ...]]:
        """The events of each step, often none; between two tuples the training stands still.

        On another device than a CPU a tuple is of a stretch of steps, which ends wherever somebody looks, and at the
        `stops`. The last tuple ends with `Finished`, unless its taker stops before.
        """
        self._stops = stops
        yield (self._started(), *((self._adopted,) if self._adopted else ()))
        if self.progress.step == 0:
            yield self._look(samples=True, evaluate=True)
        while (cause := ending.cause(self.spec.train, self.progress, self.plan.total_steps)) is None:
            if recovery.goes_back(self.spec.train, self.progress):
                from_step = self._standing.rewind()
                yield (self._event(Rewound, from_step=from_step, lr=self._lr()),)
            if recovery.keeps(self.spec.train, self.progress, first=self._standing.sound is None):
                self._standing.sound = self._standing.take()
            yield self._advance()
        if cause == "time" and not self._cadence.evaluates(self.progress.step):
            yield self._look(samples=True, evaluate=True)
        yield (self._event(Finished, cause=cause, message=ending.message(cause, self.spec.train, self.progress)),)

    def snapshot(self) -> Snapshot:
        """All that a resume needs, copied to the host."""
        return self._standing.whole()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of the same spec and corpus; raises CheckpointError where it does not fit."""
        self._standing.restore(snapshot)
        self._settle(turned(self.spec, self._standing.changes))

    def fork(self, snapshot: Snapshot, *, parent: str, keeps: Collection[str]) -> None:
        """Begin where another run of the same model and vocabulary stood; `keeps` is of `beginning.INHERITABLE`.

        Raises CheckpointError where the snapshot is of another model.
        """
        snapshots.load_weights(self.model, snapshot)
        self._standing.progress, fresh = beginning.forked(snapshot, self._learner.optimizer, self.plan, keeps)
        if "position" in keeps:
            self._standing.inherit_position(snapshot)
        self._adopted = self._event(Adopted, **beginning.adoption(parent, self.progress.step, fresh, self.vocabulary))

    def begin_with(self, snapshot: Snapshot, vocabulary: Vocabulary, *, parent: str) -> None:
        """Begin with the weights of another run of this model on another corpus, mapped token by token."""
        beginning.map_tokens(self.model, snapshot, vocabulary, self.vocabulary)
        step = snapshots.progress_of(snapshot.document).step
        facts = beginning.adoption(parent, step, beginning.INHERITABLE, self.vocabulary, vocabulary)
        self._adopted = self._event(Adopted, **facts)

    def turn(self, changes: Mapping[str, Value]) -> Changed:
        """Turn some knobs from the next step on; raises SpecError where a field is no knob or a value out of bounds."""
        self._settle(turned(self.spec, changes))
        self._standing.changes |= changes
        fields = {path: find_field(path).show(value) for path, value in changes.items()}
        return self._event(Changed, changes=fields)

    # One step and what follows from it.

    def _advance(self) -> tuple[Event, ...]:
        begun = time.perf_counter()
        trouble = self._train()
        self._line.seconds += time.perf_counter() - begun
        events = [*trouble, *self._log_line(begun), *self._epoch_end()]
        events += self._look(
            samples=self._cadence.samples(self.progress.step), evaluate=self._cadence.evaluates(self.progress.step)
        )
        if self.progress.batch >= self.plan.batches:
            self.progress.epoch, self.progress.batch = self.progress.epoch + 1, 0
        self.progress.elapsed_s += time.perf_counter() - begun
        return tuple(events)

    def _train(self) -> list[Event]:
        """One step or a stretch of them; tells of the trouble that there was."""
        # A stretch in which something was not finite is none, and the next is one step.
        found = self._standing.stretches.take(self._ahead()) or self._standing.stretches.take(self._ahead())
        events: list[Event] = []
        for done, numbers in enumerate(found, start=1):
            explosion = self._standing.count(numbers, self.spec.train)
            leaves = explosion is not None and self.spec.train.explosions == "back"
            if leaves:
                self._standing.stretches.keep(done)
            events += self._trouble(numbers, explosion)
            if leaves:
                break
        return events

    def _ahead(self) -> list[Task]:
        """The next steps, as far as they may be taken without a look in between."""
        batches, first = self._batches_of(self.progress.epoch), self.progress.batch
        many = self._standing.stretches.most()
        if many > 1:
            many = min(many, len(batches) - first, self._cadence.undisturbed(self.progress.step, self._stops))
        carries = batches.carries_state
        return [
            Task(*batches[number], self._lr(number - first), carries and number > 0)
            for number in range(first, first + many)
        ]

    def _trouble(self, numbers: Numbers, explosion: Explosion | None) -> tuple[Event, ...]:
        """What is told of the step that was counted last; does what is to be done about it."""
        if not numbers.moved:
            return (self._event(Diverged, **self._told(numbers)),)
        if explosion is None:
            return ()
        if explosion.tamed:
            return (self._event(Spiked, **self._told(numbers), usual_norm=explosion.usual_norm),)
        usual = {"usual_loss": explosion.usual_loss, "usual_norm": explosion.usual_norm}
        back_to = self._standing.take_sound_weights() if explosion.goes_back else None
        return (self._event(Exploded, **self._told(numbers), **usual, back_to=back_to),)

    def _told(self, numbers: Numbers) -> dict[str, Any]:
        """What is told of a step in which there was trouble, the one that was counted last."""
        x, _ = self._batches_of(self.progress.epoch)[self.progress.batch - 1]
        text = self.vocabulary.decode(x[:, 0].tolist())[:200]
        return {"loss": finite(numbers.loss), "grad_norm": finite(numbers.norm), "text": text}

    def _log_line(self, begun: float) -> tuple[Event, ...]:
        if self.progress.step % self.spec.train.log_every or self._line.meter.count == 0:
            return ()
        said = self._line.read(self.spec.data.batch * self.spec.data.steps)
        elapsed = round(self.progress.elapsed_s + time.perf_counter() - begun, 3)
        return (self._event(Step, **said, lr=self._lr(), elapsed_s=elapsed),)

    def _epoch_end(self) -> tuple[Event, ...]:
        if self.progress.batch < self.plan.batches:
            return ()
        loss, _, _ = self._epoch_sum.means()
        self._epoch_sum.clear()
        best = self._score(loss) if not self._looker.validates else False
        self.progress.train = finite(loss)
        return (self._evaluated("train", loss, best=best),)

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
        self._learner.optimizer.spec = spec.train
        self.model.dropout = spec.model.dropout
        self._cadence = Cadence.of(spec, self.plan)

    def _score(self, loss: float) -> bool:
        return self.progress.score(loss, decay_every=self.spec.train.decay_every)

    def _lr(self, ahead: int = 0) -> float:
        """The learning rate of the next step, or of one that is so many steps behind it."""
        return recovery.EASED**self.progress.rewinds * learning_rate(
            self.spec.train,
            step=self.progress.step + ahead,
            epoch=self.progress.epoch,
            total_steps=self.plan.total_steps,
            cuts=self.progress.cuts,
        )

    def _started(self) -> Started:
        facts = beginning.facts(
            self.spec.data, self.plan, self.model, self._corpus, self.device, self.pace, self._graph
        )
        return self._event(Started, attempt=self._attempt, epochs=self.spec.train.epochs, **facts)

    def _evaluated(self, split: str, loss: float, *, best: bool) -> Evaluated:
        return self._event(Evaluated, split=split, best=best, **losses(loss, self._corpus.characters_per_token))

    def _event(self, kind: type[E], **values: Any) -> E:
        return kind(step=self.progress.step, epoch=min(self.progress.epoch, self.spec.train.epochs), **values)
