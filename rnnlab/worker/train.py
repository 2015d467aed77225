"""One run, trained to its end: the trainer's events into the run directory, requests and signals into the trainer.

It must not know torch beyond the trainer, nor who watches.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator

from rnnlab.errors import RnnlabError
from rnnlab.events import Evaluated, Event, Finished, Paused, Saved, Unpaused
from rnnlab.runs import manifest
from rnnlab.runs.journal import read as read_journal
from rnnlab.runs.paths import HomePaths, RunPaths
from rnnlab.text.corpus import Corpus
from rnnlab.training.trainer import Trainer
from rnnlab.worker import tensors
from rnnlab.worker.desk import Desk
from rnnlab.worker.signals import Signals
from rnnlab.worker.tensors import Kept

SAVE_SHARE = 0.035
"""The share of the time that automatic checkpoints may take (CheckFreq, FAST'21)."""
_SAVE_AT_LEAST_EVERY = 3.0
_PAUSE_POLL = 0.05


def train(paths: RunPaths) -> int:
    """Train the run of that directory; gives the exit code. The caller holds the run's lock."""
    signals = Signals()
    desk = Desk(paths, ended=lambda: bool(signals.cause))
    try:
        Worker(paths, desk, signals).work()
        return 0
    except Exception as error:
        traceback.print_exc()
        desk.record(Finished(step=0, epoch=1, cause="failed", message=explain(error)))
        return 1
    finally:
        desk.close()


class Worker:
    """Drives one trainer between its steps."""

    def __init__(self, paths: RunPaths, desk: Desk, signals: Signals) -> None:
        self._paths = paths
        self._desk = desk
        self._signals = signals
        self._trainer = open_trainer(paths)
        self._best: Kept | None = None
        """The best snapshot since the last save: kept in memory, for bests can come faster than a disk likes."""
        self._saved_step = -1
        self._saved_at = time.monotonic()
        self._save_cost = 0.0

    def work(self) -> None:
        """Train until the trainer, a request or a signal ends it."""
        for events in self._trainer.steps():
            ending = [event for event in events if isinstance(event, Finished)]
            self._record(event for event in events if event not in ending)
            if any(isinstance(event, Evaluated) and event.best for event in events):
                self._best = self._keep()
            if cause := ending[0].cause if ending else self._obey():
                self._end(cause)
                return
            self._save_if_due()

    def _record(self, events: Iterator[Event]) -> None:
        for event in events:
            self._desk.record(event)

    def _obey(self) -> str:
        """Do what was asked for; gives the cause where that is to end."""
        actions = self._desk.requested()
        while actions or self._signals.cause:
            if self._signals.cause or "stop" in actions:
                return self._signals.cause or "stopped"
            if "checkpoint" in actions:
                self._save("request")
            actions = self._pause() if actions.count("pause") > actions.count("unpause") else []
        return ""

    def _pause(self) -> list[str]:
        """Wait for something to do; gives the actions that ended the pause."""
        self._save("pause")
        self._desk.record(self._now(Paused))
        while not self._signals.cause:
            actions = self._desk.requested()
            if "checkpoint" in actions:
                self._save("request")
            if "unpause" in actions or "stop" in actions:
                self._desk.record(self._now(Unpaused))
                return [action for action in actions if action == "stop"]
            time.sleep(_PAUSE_POLL)
        return []

    def _end(self, cause: str) -> None:
        self._save("end" if cause == "finished" else "stop")
        self._desk.record(self._now(Finished, cause=cause))
        self._desk.sync()

    def _save_if_due(self) -> None:
        step, every = self._trainer.progress.step, self._trainer.spec.train.checkpoint_every
        if step == 0:
            self._save("begin")
        elif step % every == 0 if every else self._time_to_save():
            self._save("interval")

    def _time_to_save(self) -> bool:
        return time.monotonic() - self._saved_at > max(_SAVE_AT_LEAST_EVERY, self._save_cost / SAVE_SHARE)

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

    def _write(self, kept: Kept, reason: str, *, best: bool = False) -> None:
        self._desk.persist(lambda: tensors.save(self._paths, kept, best=best))
        self._saved_step = kept.step
        self._desk.record(Saved(step=kept.step, epoch=kept.epoch, reason=reason))

    def _keep(self) -> Kept:
        split, perplexity = self._trainer.measured()
        return Kept(
            snapshot=self._trainer.snapshot(),
            step=self._trainer.progress.step,
            epoch=min(self._trainer.progress.epoch, self._trainer.spec.train.epochs),
            split=split,
            perplexity=perplexity,
        )

    def _now(self, kind: type, **values: object) -> Event:
        progress, spec = self._trainer.progress, self._trainer.spec
        return kind(step=progress.step, epoch=min(progress.epoch, spec.train.epochs), **values)


def open_trainer(paths: RunPaths) -> Trainer:
    """The run's trainer, at its newest whole checkpoint where there is one."""
    what = manifest.read(paths.manifest)
    snapshot = tensors.load_newest(paths)
    threads = snapshot.document.get("threads", 0) if snapshot else 0
    trainer = Trainer(what.spec, open_corpus(paths, what), attempt=attempts(paths) + 1, threads=int(threads))
    if snapshot is not None:
        trainer.restore(snapshot)
    return trainer


def open_corpus(paths: RunPaths, what: manifest.Manifest) -> Corpus:
    """The text as it was when the run was made, from the copy that its launcher kept."""
    home = HomePaths(paths.directory.parents[3])
    return Corpus.open(str(home.corpus_copy(what.corpus.sha256)), what.spec.data)


def attempts(paths: RunPaths) -> int:
    """How many workers have taken the run up so far."""
    count, cursor, more = 0, 0, True
    while more:
        chunk = read_journal(paths.journal, cursor, 10_000)
        count += sum(type(record.event).__name__ == "Started" for record in chunk.records)
        cursor, more = chunk.cursor, chunk.more
    return count


def explain(error: Exception) -> str:
    """One sentence for a failure."""
    if isinstance(error, RnnlabError):
        return str(error)
    text = str(error).strip().splitlines()
    first = text[0][:300] if text else ""
    if isinstance(error, MemoryError) or "out of memory" in first.lower() or "can't allocate memory" in first.lower():
        return f"out of memory: start a run with a smaller batch, fewer steps or fewer hidden units ({first})"
    return f"{type(error).__name__}: {first}"
