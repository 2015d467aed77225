"""Real workers without the seconds that importing torch takes: forked from one process that has it."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

from rnnlab.events import Event, Started
from rnnlab.hosts.creation import create_run
from rnnlab.runs import journal, lock
from rnnlab.runs.paths import HomePaths, RunPaths
from rnnlab.specs import RunSpec, Value
from rnnlab.text.corpus import Corpus

TEXT = "the tide turns and the clock turns with it; " * 40
PATIENCE = 60.0
"""Seconds after which what is waited for will not come."""

E = TypeVar("E", bound=Event)

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["rnnlab.worker.train"])


def forget_server() -> None:
    """In a process that was forked by another way: the server that its parent may have is not its own child."""
    known = vars(forkserver)["_forkserver"]
    vars(known).update(dict.fromkeys(("_forkserver_address", "_forkserver_alive_fd", "_forkserver_pid")))


def work(directory: str) -> None:
    """What `python -m rnnlab.worker` does, in a forked process."""
    paths = RunPaths(Path(directory))
    _log_to(paths)
    lock.acquire_soon(paths.lock)
    from rnnlab.worker.train import train

    raise SystemExit(train(paths))


def take_up(run: Run, work: Callable[[RunPaths], int]) -> int:
    """Do that with a run in a process forked from this one, as `python -m rnnlab.worker` would; gives its exit code."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            # A crash that is meant to be one needs no report.
            faulthandler.disable()
            _log_to(run.paths)
            lock.acquire_soon(run.paths.lock)
            code = work(run.paths)
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _log_to(paths: RunPaths) -> None:
    log = os.open(paths.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)


def make_run(home: Path, changes: dict[str, Value]) -> RunPaths:
    """A run of a small spec on the small text."""
    text = home / "text.txt"
    if not text.exists():
        home.mkdir(parents=True, exist_ok=True)
        text.write_text(TEXT)
    small: dict[str, Value] = {
        "data.corpus": str(text),
        "data.batch": 4,
        "data.steps": 10,
        "model.hidden": 12,
        "model.dropout": 0.0,
        "train.epochs": 2,
        "train.threads": 1,
        "train.log_every": 1,
        "train.sample_length": 5,
    }
    spec = RunSpec().replace({**small, **changes})
    return create_run(HomePaths(home), spec, Corpus.open(str(text), spec.data), "main", now=time.time(), taken=())


class Run:
    """A run directory, its journal read on as it grows, and the worker that trains it."""

    def __init__(self, home: Path, changes: dict[str, Value], paths: RunPaths | None = None) -> None:
        self.paths = paths or make_run(home, changes)
        self.process: BaseProcess | None = None
        self._cursor = 0
        self._events: list[Event] = []

    def events(self) -> list[Event]:
        """All that the journal holds."""
        chunk = journal.read(self.paths.journal, self._cursor, 10**6)
        assert chunk.damaged == 0
        first = len(self._events) + 1
        assert [record.seq for record in chunk.records] == list(range(first, first + len(chunk.records)))
        self._cursor = chunk.cursor
        self._events += [record.event for record in chunk.records]
        return self._events

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events() if isinstance(event, kind)]

    def start(self) -> None:
        """Start a worker."""
        self.process = _context.Process(target=work, args=(str(self.paths.directory),))
        self.process.start()

    def begin(self) -> None:
        """Start a worker; returns when its trainer stands."""
        before = len(self.of(Started))
        self.start()
        assert self.lives_until(lambda: len(self.of(Started)) > before) or len(self.of(Started)) > before

    def lives_until(self, what: Callable[[], bool]) -> bool:
        """Wait until it is so, or the worker has ended; gives whether the worker is still there."""
        assert self.process is not None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if what() or not self.process.is_alive():
                return self.process.is_alive()
            time.sleep(0.005)
        raise AssertionError("waited in vain")

    def lives_until_time(self, seconds: float) -> bool:
        """Let it work for that long; gives whether the worker is still there."""
        assert self.process is not None
        self.process.join(seconds)
        return self.process.is_alive()

    def reaches(self, step: int) -> bool:
        """Wait until it is that far, or the worker has ended; gives whether the worker is still there."""
        return self.lives_until(lambda: self.events()[-1].step >= step)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.join()

    def finish(self) -> None:
        """Let the worker come to its end."""
        assert self.process is not None
        self.process.join(PATIENCE)
        assert self.process.exitcode == 0
