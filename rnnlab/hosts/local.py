"""`LocalHost`: this machine. Sessions and runs in the home directory, workers and generators as processes.

It puts the pieces of `runs`, `launch` and, where texts are asked for, `library` together behind the seam; it must not
know torch or any screen.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
import time
from pathlib import Path

import psutil

from rnnlab import settings
from rnnlab.dialogue import Turn
from rnnlab.errors import BadInput, Busy, RnnlabError, RunError
from rnnlab.files import make_directory, remove_tree
from rnnlab.hosts import launch
from rnnlab.hosts.base import ACTIONS
from rnnlab.hosts.generator import LocalConsole
from rnnlab.hosts.runs import RunIndex
from rnnlab.hosts.selection import choose
from rnnlab.hosts.sessions import SessionStore
from rnnlab.hosts.values import (
    Beginning,
    CorpusEntry,
    Machine,
    Preflight,
    Reading,
    RunSummary,
    Session,
    SessionSummary,
    Work,
)
from rnnlab.runs import digest, journal, lock, requests
from rnnlab.runs.paths import HomePaths
from rnnlab.specs import DataSpec, RunSpec, Value
from rnnlab.specs.knobs import turned
from rnnlab.text.report import Baselines, Batch, Comparison, CorpusDetail, CorpusReport, Originality, Passage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rnnlab.hosts.library import Library

_OVER = {
    "finished": ("has finished its epochs", "train.epochs"),
    "patience": ("ran out of patience", "train.patience"),
    "time": ("has used up its minutes", "train.max_minutes"),
    "diverged": ("has diverged", "train.lr"),
}
"""Ends after which a resume would end at once, and what a fork would change."""
_ENDING_SECONDS = 10.0
"""How long somebody is waited for who has said the last word."""


class LocalHost:
    """Runs on this machine, below one home directory. Its methods may be called from several threads."""

    def __init__(self, home: Path | None = None) -> None:
        # Absolute: workers and generators run in the root directory.
        self._paths = HomePaths(Path(os.path.abspath(home)) if home else settings.home_directory())
        make_directory(self._paths.home)
        self._runs = RunIndex(self._paths)
        self._sessions = SessionStore(self._paths, self._runs)
        self._library: Library | None = None
        self._making = threading.Lock()

    @property
    def library(self) -> Library:
        """The half that reads texts, imported when it is needed: who lists or watches runs does not wait for it."""
        with self._making:
            if self._library is None:
                self._library = importlib.import_module("rnnlab.hosts.library").Library(self._paths, self._runs)
            return self._library

    def machine(self) -> Machine:
        memory = psutil.virtual_memory()
        return Machine(
            label="local",
            cores=psutil.cpu_count() or 1,
            memory_bytes=memory.total,
            available_bytes=memory.available,
            accelerator=launch.accelerator(),
        )

    def corpora(self) -> tuple[CorpusEntry, ...]:
        return self.library.texts.entries()

    def corpus(self, data: DataSpec) -> CorpusReport:
        return self.library.texts.report(data)

    def passage(self, data: DataSpec, start: int, length: int) -> Passage:
        return self.library.texts.passage(data, start, length)

    def corpus_detail(self, data: DataSpec) -> CorpusDetail:
        return self.library.texts.detail(data)

    def baselines(self, data: DataSpec) -> Baselines:
        return self.library.texts.baselines(data)

    def compare(self, one: DataSpec, other: DataSpec) -> Comparison:
        return self.library.texts.compare(one, other)

    def batch(self, spec: RunSpec, number: int = 1, epoch: int = 1) -> Batch:
        return self.library.batch(spec, number, epoch)

    def preflight(self, spec: RunSpec, measured: bool = True) -> Preflight:
        return self.library.preflight(spec, measured)

    def fetch(self, name: str) -> CorpusEntry:
        return self.library.texts.fetch(name)

    def adopt(self, name: str, path: str) -> CorpusEntry:
        return self.library.texts.adopt(name, path)

    def work(self) -> tuple[Work, ...]:
        return self.library.texts.work()

    def cancel_work(self) -> None:
        self.library.texts.cancel()

    def sessions(self) -> tuple[SessionSummary, ...]:
        return self._sessions.summaries()

    def session(self, name: str = "") -> Session:
        return self._sessions.load(name)

    def save_session(self, session: Session) -> None:
        self._sessions.save(session)

    def transcript(self, session: str, run: str = "") -> tuple[Turn, ...]:
        return self._sessions.transcript(session, run)

    def remember(self, session: str, turn: Turn) -> None:
        self._sessions.remember(session, turn)

    def keep_text(self, session: str, name: str, text: str) -> str:
        return self._sessions.keep_text(session, name, text)

    def start(self, spec: RunSpec, session: str, init: str = "", at: str = "last") -> str:
        return self.library.start(spec, session, init, at)

    def fork(self, run: str, at: str, changes: dict[str, Value]) -> str:
        return self.library.fork(run, at, changes)

    def export_run(self, run: str, at: str, *, whole: bool) -> bytes:
        return self.library.export(run, at, whole=whole)

    def import_run(self, file: bytes, session: str, corpus: str = "") -> str:
        return self.library.take_in(file, session, corpus)

    def runs(self, session: str = "") -> tuple[RunSummary, ...]:
        return self._runs.summaries(session)

    def find(self, reference: str, session: str = "") -> str:
        return choose(reference, self.runs(session)).id

    def run(self, run: str) -> RunSummary:
        return self._runs.summary(run)

    def beginning(self, run: str) -> Beginning:
        found = digest.load(self._runs.paths(run))
        return Beginning(course=found.course, cursor=found.cursor)

    def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
        chunk = journal.read(self._runs.paths(run).journal, cursor, limit)
        return Reading(records=chunk.records, cursor=chunk.cursor, more=chunk.more, damaged=chunk.damaged)

    def log(self, run: str, lines: int = 20) -> tuple[str, ...]:
        return launch.last_lines(self._runs.paths(run).log, lines)

    def request(self, run: str, action: str) -> None:
        if action not in ACTIONS:
            raise BadInput(f"a run can be asked to {', '.join(ACTIONS)}, not {action[:40]!a}")
        self._ask(run, requests.Request(action=action))

    def change(self, run: str, changes: dict[str, Value]) -> None:
        turned(self.run(run).spec, changes)
        self._ask(run, requests.Request(action="change", changes=dict(changes)))

    def _ask(self, run: str, request: requests.Request) -> None:
        summary = self.run(run)
        if not summary.live or summary.state == "ending":
            remedy = "" if summary.state in ("ending", *_OVER) else f"; `rnnlab resume {run}` starts one"
            raise RunError(f"{run} is {summary.state}: there is no worker to {request.action}{remedy}")
        place = self._runs.paths(run).requests
        if request.action != "stop" and requests.waits(place, "stop"):
            raise RunError(f"{run} was asked to stop, and does so after its step: nothing else is done before")
        requests.post(place, request)

    def resume(self, run: str) -> None:
        summary = self._ended(run)
        if summary.state == "paused":
            self.request(run, "unpause")
        elif summary.state == "suspended":
            raise RunError(f"{run} is suspended: {summary.message}")
        elif summary.live:
            raise RunError(f"{run} is {summary.state} already: watch it with `rnnlab watch {run}`")
        elif summary.state in _OVER:
            what, knob = _OVER[summary.state]
            raise RunError(
                f"{run} {what}: start a new run for more, or go on from its weights with "
                f"`rnnlab fork {run} --set {knob}=...`"
            )
        else:
            self.library.check_whole(run)
            launch.start_worker(self._runs.paths(run))

    def _ended(self, run: str) -> RunSummary:
        """What is to be seen of a run when a worker that has said its last word is gone: it takes torch a second."""
        deadline = time.monotonic() + _ENDING_SECONDS
        while (summary := self.run(run)).state == "ending" and time.monotonic() < deadline:
            time.sleep(0.02)
        return summary

    def delete(self, run: str) -> None:
        paths = self._runs.paths(run)
        with contextlib.suppress(RnnlabError):  # what cannot be read can be deleted
            self._ended(run)
        try:
            # Held while it goes, so that no worker starts in a directory that is being removed.
            held = lock.acquire_soon(paths.lock)
        except Busy:
            raise RunError(f"{run} is still training: stop it first") from None
        try:
            remove_tree(paths.directory)
        finally:
            lock.release(held)
        self._runs.forget(run)

    def originality(self, run: str, text: str) -> Originality:
        return self.library.originality(run, text)

    def console(self, run: str) -> LocalConsole:
        return LocalConsole(self._runs.paths(run))
