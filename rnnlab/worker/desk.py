"""What a worker writes while it trains: the journal, the status, the checkpoints, and what it reads of requests.

Where the disk refuses, it says so in the log, waits and tries again: a full disk stops a training, it does not end
it. It must not know how training works.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from rnnlab.errors import StorageError
from rnnlab.events import Event, Finished, Paused, Started, Unpaused
from rnnlab.files import settle
from rnnlab.runs import requests, status
from rnnlab.runs.boot import boot_id
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.requests import Request
from rnnlab.runs.status import Status
from rnnlab.worker.log import say

T = TypeVar("T")

_STATUS_EVERY = 0.5
_POLL_EVERY = 0.1
_RETRY_EVERY = 1.0


class Desk:
    """The writing side of one run directory; its owner holds the lock."""

    def __init__(self, paths: RunPaths, ended: Callable[[], bool]) -> None:
        self._paths = paths
        self._ended = ended
        for directory in (paths.directory, paths.checkpoints):
            settle(directory)
        self._journal = JournalWriter(paths.journal)
        old = status.read(paths.status) or Status()
        self._status = msgspec.structs.replace(
            old, state="starting", message="", host=socket.gethostname(), pid=os.getpid(), boot=boot_id()
        )
        self._written = self._polled = 0.0
        self._put_status(lasting=True)

    def record(self, event: Event) -> None:
        """Write an event into the journal and what follows from it into the status."""
        self.persist(lambda: self._journal.write(event))
        self._status = status.fold(self._status, event)
        if isinstance(event, Started | Finished | Paused | Unpaused):
            self._put_status(lasting=isinstance(event, Finished))
        elif time.monotonic() - self._written > _STATUS_EVERY:
            self._put_status(lasting=False)

    def fail(self, message: str) -> None:
        """Write down why the worker ends, where its last status says that it was."""
        failed = Finished(step=self._status.step, epoch=max(1, self._status.epoch), cause="failed", message=message)
        # It fails perhaps because nothing can be written: then the log is all there is.
        with contextlib.suppress(StorageError):
            self.record(failed)
            self.sync()

    def requested(self) -> list[Request]:
        """What was asked for since the last time, looked up a few times a second."""
        now = time.monotonic()
        if now - self._polled < _POLL_EVERY:
            return []
        self._polled = now
        return self.persist(lambda: requests.take(self._paths.requests))

    def sync(self) -> None:
        """Return when all records so far are safe."""
        self.persist(self._journal.sync)

    def persist(self, write: Callable[[], T]) -> T:
        """Do it, however long the disk refuses.

        Raises StorageError only where the worker is told to end meanwhile, or its directory is gone.
        """
        said = ""
        while True:
            try:
                return write()
            except StorageError as error:
                if self._ended() or not self._paths.directory.is_dir():
                    raise
                # Once for each reason, not once a second: what is free changes, and the log is on that disk.
                reason = str(error).partition(";")[0]
                if reason != said:
                    say(error)
                said = reason
                time.sleep(_RETRY_EVERY)

    def close(self) -> None:
        self._journal.close()

    def _put_status(self, *, lasting: bool) -> None:
        self._written = time.monotonic()
        self._status = msgspec.structs.replace(self._status, progress=self._status.progress + 1)
        self.persist(lambda: status.write(self._paths.status, self._status, lasting=lasting))
