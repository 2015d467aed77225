"""One run, trained to its end: the trainer's events into the run directory, requests and signals into the trainer.

It must not know torch beyond the trainer, nor who watches.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import psutil

from rnnlab.errors import RnnlabError, RunError, SpecError
from rnnlab.events import Evaluated, Event, Finished, Paused, Rewound, Saved, Unpaused
from rnnlab.files import remove_tree
from rnnlab.runs import checkpoints, manifest
from rnnlab.runs.history import Turned, checked, history
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.requests import Request
from rnnlab.specs.arithmetic import check_memory
from rnnlab.training.trainer import Trainer
from rnnlab.worker import failures, native, origin, tensors
from rnnlab.worker.desk import Desk
from rnnlab.worker.kept import home_of, open_corpus
from rnnlab.worker.log import say
from rnnlab.worker.signals import Signals
from rnnlab.worker.tensors import Kept
from rnnlab.worker.watching import LOST

E = TypeVar("E", bound=Event)

SAVE_SHARE = 0.035
"""The share of the time that automatic checkpoints may take (CheckFreq, FAST'21)."""
_SAVE_AT_LEAST_EVERY = 3.0
_PAUSE_POLL = 0.05


def train(paths: RunPaths) -> int:
    """Train the run of that directory; gives the exit code. The caller holds the run's lock."""
    signals = Signals()
    desk = Desk(paths, ended=lambda: bool(signals.cause), watcher=os.getppid())
    try:
        failure = _work(paths, desk, signals)
        if failure is None:
            return 0
        if failures.device_lost(failure):
            return LOST
        # Out of the handler: its traceback held every tensor of the step, and the last words need some memory, too.
        desk.fail(failures.explain(failure, paths))
        return 1
    finally:
        desk.close()


def _work(paths: RunPaths, desk: Desk, signals: Signals) -> Exception | None:
    """Work to the end; gives the failure that came before it, without its traceback: the log has that of a surprise."""
    try:
        Worker(paths, desk, signals).work()
    except RnnlabError as error:
        say(error)  # a sentence for people; where in the program it was found out tells them nothing
        return error.with_traceback(None)
    except Exception as error:
        say(traceback.format_exc())
        return error.with_traceback(None)
    return None


class Worker:
    """Drives one trainer between its steps."""

    def __init__(self, paths: RunPaths, desk: Desk, signals: Signals) -> None:
        self._paths = paths
        self._desk = desk
        self._signals = signals
        self._trainer, self._turned = open_trainer(paths)
        self._begins = not checkpoints.steps(paths)
        self._counts_until = self._trainer.progress.step or -1
        """As `counts_until` of the first event of this attempt."""
        self._best: Kept | None = None
        """The best snapshot since the last save: kept in memory, for bests can come faster than a disk likes."""
        self._stopped = False
        self._saved_step = -1
        self._begun = self._saved_at = time.monotonic()
        self._save_cost = self._spent = 0.0

    def work(self) -> None:
        """Train until the trainer, a request or a signal ends it."""
        for events in self._trainer.steps(stops=self._turned):
            if isinstance(events[0] if events else None, Rewound):
                self._went_back()
            ending = [event for event in events if isinstance(event, Finished)]
            self._record(event for event in events if event not in ending)
            if any(isinstance(event, Evaluated) and event.best for event in events):
                self._best = self._keep()
            self._replay()
            if end := ending[0] if ending else self._obey():
                self._end(end)
                return
            self._save_if_due()

    def _went_back(self) -> None:
        """A checkpoint of the step that it went back to, before readers hear of it: those of later steps are void."""
        self._best, self._saved_step = None, -1
        self._save("rewind")

    def _replay(self) -> None:
        """Turn the knobs that an attempt before turned at this step, if that was after the checkpoint it left."""
        for changes in self._turned.pop(self._trainer.progress.step, ()):
            changed = self._trainer.turn(changes)
            # Told again only where the first telling is void.
            if changed.step > self._counts_until:
                self._desk.record(changed)

    def _record(self, events: Iterator[Event]) -> None:
        for event in events:
            self._desk.record(event)

    def _obey(self) -> Finished | None:
        """Do what was asked for; gives the end where that is to end."""
        waiting = self._answer(self._desk.requested(), paused=False)
        if waiting and not self._ending:
            self._desk.record(self._now(Paused))
        while waiting and not self._ending:
            time.sleep(_PAUSE_POLL)
            waiting = self._answer(self._desk.requested(), paused=True)
            if not waiting:
                self._desk.record(self._now(Unpaused))
        return self._now(Finished, cause=self._ending) if self._ending else None

    @property
    def _ending(self) -> str:
        """The cause of an end that a signal or a request has asked for, or nothing."""
        return self._signals.cause or ("stopped" if self._stopped else "")

    def _answer(self, asked: Iterable[Request], *, paused: bool) -> bool:
        """Do each thing in its order; gives whether the worker is to wait after them."""
        for request in asked:
            if request.action == "pause" and not paused:
                self._save("pause")
                paused = True
            elif request.action == "unpause":
                paused = False
            elif request.action == "checkpoint":
                self._save("request")
            elif request.action == "change":
                self._change(request.changes)
            elif request.action == "stop":
                self._stopped = True
        return paused

    def _change(self, changes: dict[str, object]) -> None:
        """Turn knobs, after a checkpoint that one could go back to."""
        self._save("change")
        try:
            self._desk.record(self._trainer.turn(checked(changes)))
        except SpecError as error:
            # A host checks before it asks; this is somebody else's file.
            say(error)

    def _end(self, end: Finished) -> None:
        self._save("end" if end.cause == "finished" else "stop")
        self._desk.record(end)
        self._desk.sync()

    def _save_if_due(self) -> None:
        step, every = self._trainer.progress.step, self._trainer.spec.train.checkpoint_every
        if self._begins:
            self._begins = False
            self._save("begin")
            # From here on the run stands on its own.
            self._desk.persist(lambda: remove_tree(self._paths.origin))
        elif step % every == 0 if every else self._time_to_save():
            self._save("interval")

    def _time_to_save(self) -> bool:
        """Whether another one would keep all of them so far, the next included, within their share of the time."""
        now = time.monotonic()
        due = now - self._saved_at > max(_SAVE_AT_LEAST_EVERY, self._save_cost / SAVE_SHARE)
        return due and self._spent + self._save_cost <= SAVE_SHARE * (now - self._begun)

    def _save(self, reason: str) -> None:
        """A checkpoint of the best step since the last one, and one of this very step, unless they are there."""
        begun = time.monotonic()
        self._desk.sync()
        best, self._best = self._best, None
        if best is not None:
            self._write(best, "best", best=True)
        if self._trainer.progress.step != self._saved_step:
            self._write(self._keep(), reason)
        elif reason == "request":
            self._desk.record(self._now(Saved, reason=reason))
        self._saved_at = time.monotonic()
        self._save_cost = self._saved_at - begun
        self._spent += self._save_cost if reason in ("begin", "interval") else 0.0

    def _write(self, kept: Kept, reason: str, *, best: bool = False) -> None:
        if not kept.snapshot.finite():
            # No step of ours leaves such weights: the machine, or a cell that somebody is writing, has.
            raise RunError(f"the weights of step {kept.step:,} are not all numbers: they were not saved")
        self._desk.persist(lambda: tensors.save(self._paths, kept, best=best))
        self._saved_step = kept.step
        self._desk.record(Saved(step=kept.step, epoch=kept.epoch, reason=reason))

    def _keep(self) -> Kept:
        split, perplexity = self._trainer.progress.measured()
        return Kept(
            snapshot=self._trainer.snapshot(),
            step=self._trainer.progress.step,
            epoch=min(self._trainer.progress.epoch, self._trainer.spec.train.epochs),
            split=split,
            perplexity=perplexity,
        )

    def _now(self, kind: type[E], **values: Any) -> E:
        progress, spec = self._trainer.progress, self._trainer.spec
        return kind(step=progress.step, epoch=min(progress.epoch, spec.train.epochs), **values)


def open_trainer(paths: RunPaths) -> tuple[Trainer, Turned]:
    """The run's trainer, at its newest whole checkpoint if there is one, and the knobs that are to be turned again."""
    what = manifest.read(paths.manifest)
    snapshot = tensors.load_newest(paths)
    pace = origin.pace_of(snapshot.document) if snapshot else origin.pace(paths, what.parent)
    attempts, turned = history(paths)
    corpus = open_corpus(paths, what)
    # Again, for this machine and this moment, and before anything is made: the spec may come from a stranger.
    check_memory(what.spec, vocabulary=len(corpus.vocabulary), available=psutil.virtual_memory().available)
    home = home_of(paths)
    native.prepare(home, what.spec.model)
    trainer = Trainer(what.spec, corpus, attempt=attempts + 1, pace=pace, cache=home.cache)
    if trainer.device.type == "cpu":
        native.build_for_the_next(home, what.spec.model)
    if snapshot is not None:
        trainer.restore(snapshot)
    elif what.parent is not None:
        origin.begin(trainer, paths, what.parent)
    return trainer, {step: changes for step, changes in turned.items() if step >= trainer.progress.step}
