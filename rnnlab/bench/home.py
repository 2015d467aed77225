"""A home directory for measuring: runs that nobody keeps, made, looked at and ended through a host.

It must not know what is measured.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from rnnlab.errors import RnnlabError, RunError
from rnnlab.events import Event, Record
from rnnlab.files import remove_tree
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.runs import RunIndex
from rnnlab.runs.paths import HomePaths, RunPaths
from rnnlab.settings import HOME_VARIABLE, NATIVE_VARIABLE
from rnnlab.specs import RunSpec, Value

T = TypeVar("T")

_SESSION = "main"
_POLL = 0.01
_PATIENCE = 120.0


class BenchHome:
    """A host whose home is thrown away."""

    def __init__(self, directory: Path) -> None:
        self.host = LocalHost(directory)
        self._directory = directory
        self.environment = {**os.environ, HOME_VARIABLE: str(directory)}
        """For processes that are to work in it."""

    def paths(self, run: str) -> RunPaths:
        """Where a run lies."""
        return RunIndex(HomePaths(self._directory)).paths(run)

    def start(self, changes: dict[str, Value]) -> str:
        """Start a run; its id."""
        return self.host.start(RunSpec().replace(changes), _SESSION)

    def wait_for(self, run: str, kind: type[Event], since_step: int = -1) -> Record:
        """The first event of a kind after a step; raises RunError where the run ends before, or takes too long."""
        return until(lambda: self._find(run, kind, since_step), f"{run} made no {kind.__name__}")

    def records(self, run: str) -> tuple[Record, ...]:
        """All that the run has written down."""
        return self.host.read(run, 0, 10**6).records

    def stop(self, run: str) -> None:
        """End a run, and wait until it has ended."""
        with contextlib.suppress(RunError):  # it has ended
            self.host.request(run, "stop")
        until(lambda: not self.host.run(run).live or None, f"{run} does not stop")

    def _find(self, run: str, kind: type[Event], since_step: int) -> Record | None:
        found = (r for r in self.records(run) if isinstance(r.event, kind) and r.event.step > since_step)
        return next(found, None)


@contextlib.contextmanager
def bench_home() -> Generator[BenchHome]:
    """A home directory, and nothing left of it and its runs afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="rnnlab-bench-"))
    before = os.environ.get(NATIVE_VARIABLE)
    # In a new home each worker would first have the native engine built, beside what is measured.
    os.environ[NATIVE_VARIABLE] = "off"
    home = BenchHome(directory)
    try:
        yield home
    finally:
        for run in home.host.runs():
            with contextlib.suppress(RnnlabError):
                home.stop(run.id)
        os.environ.pop(NATIVE_VARIABLE)
        if before is not None:
            os.environ[NATIVE_VARIABLE] = before
        remove_tree(directory)


def until(look: Callable[[], T | None], otherwise: str) -> T:
    """What `look` gives as soon as that is something; raises RunError after a while."""
    deadline = time.monotonic() + _PATIENCE
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise RunError(otherwise)
        time.sleep(_POLL)
    return found
