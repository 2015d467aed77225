"""What a worker writes while it trains: the journal, the status, the checkpoints, and what it reads of requests.

Where the disk refuses, it says so in the log and in the status, waits, and goes on when there is room: a full disk
stops a training, it does not end it. A disk that may have lost what it had taken ends it. It must not know how training
works.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from rnnlab.errors import StorageError, StorageLost
from rnnlab.events import Event, Finished, Paused, Saved, Started, Unpaused
from rnnlab.files import remove_file, reserve, settle
from rnnlab.runs import digest, requests, status
from rnnlab.runs.boot import boot_id
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.memory_kills import memory_kills
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.requests import Request
from rnnlab.runs.status import Status
from rnnlab.worker.log import say

T = TypeVar("T")

_STATUS_EVERY = 0.5
_POLL_EVERY = 0.1
_RETRY_EVERY = 1.0
_SYNC_EVERY = 1.5
"""Seconds: a power cut may cost the journal's last two."""
_RESERVE = 256 << 10
"""Bytes kept for the status and the last records on a full disk."""


class Desk:
    """The writing side of one run directory; its owner holds the lock, and so does who watches over its owner."""

    def __init__(self, paths: RunPaths, ended: Callable[[], bool], watcher: int = 0) -> None:
        self._paths = paths
        self._ended = ended
        for directory in (paths.directory, paths.checkpoints):
            settle(directory)
        self._journal = JournalWriter(paths.journal)
        self._digest = digest.Keeper(paths)
        old = status.read(paths.status) or Status()
        self._status = msgspec.structs.replace(
            old,
            state="starting",
            message="",
            host=socket.gethostname(),
            pid=os.getpid(),
            watcher=watcher,
            boot=boot_id(),
            memory_kills=memory_kills(),
        )
        self._written = self._polled = 0.0
        self._synced = time.monotonic()
        self._put_status(lasting=True)
        self._reserved()

    def record(self, event: Event) -> None:
        """Write an event into the journal and what follows from it into the status."""
        self.persist(lambda: self._journal.write(event))
        self._status = status.fold(self._status, event)
        if isinstance(event, Started | Finished | Paused | Unpaused | Saved):
            # What was said to be saved is also listed so after a power cut.
            self._put_status(lasting=isinstance(event, Finished | Saved))
        elif time.monotonic() - self._written > _STATUS_EVERY:
            self._put_status(lasting=False)

    def fail(self, message: str, cause: str = "failed", last: Event | None = None) -> None:
        """Write down why the worker ends: at the `last` event, or where its last status says that it was."""
        step, epoch = (last.step, last.epoch) if last else (self._status.step, max(1, self._status.epoch))
        failed = Finished(step=step, epoch=epoch, cause=cause, message=message)
        # It fails perhaps because nothing can be written: then the log is all there is, and nothing is waited for.
        self._ended = lambda: True
        with contextlib.suppress(StorageError):
            self.record(failed)
            self.sync()

    def requested(self) -> list[Request]:
        """What was asked for since the last time, looked up a few times a second."""
        now = time.monotonic()
        if now - self._polled < _POLL_EVERY:
            return []
        self._polled = now
        if now - self._synced > _SYNC_EVERY:
            self.sync()
        return self.persist(lambda: requests.take(self._paths.requests))

    def sync(self) -> None:
        """Return when all records so far are safe; raises StorageLost where some may be gone."""
        self.persist(self._journal.sync)
        self._digest.synced(self._journal.seq)
        self._synced = time.monotonic()

    def persist(self, write: Callable[[], T]) -> T:
        """Do it, however long the disk refuses.

        Raises StorageError only where the worker is told to end meanwhile, its directory is gone, or the disk may have
        lost something.
        """
        said = ""
        while True:
            try:
                done = write()
            except StorageLost:
                raise
            except StorageError as error:
                made_room = self._make_room()
                said = self._make_known(error, said)
                if not (self._over() and made_room):
                    self._wait(error)
            else:
                if said:
                    with contextlib.suppress(StorageError):
                        self._write_status(lasting=False)
                return done

    def _over(self) -> bool:
        """Whether there is no point in waiting."""
        return self._ended() or not self._paths.directory.is_dir()

    def _wait(self, error: StorageError) -> None:
        """Return when there is room again; raises the error where there is no point in waiting for it."""
        while not self._over():
            time.sleep(_RETRY_EVERY)
            # Room for the last words comes first: else the training would use up what was kept for them.
            if self._reserved():
                return
        raise error

    def _make_known(self, error: StorageError, said: str) -> str:
        """Say it once for each reason, not once a second: what is free changes, and the log is on that disk."""
        reason = str(error).partition(";")[0]
        if reason != said:
            say(error)
            waiting = msgspec.structs.replace(self._status, state="waiting", message=str(error))
            with contextlib.suppress(StorageError):
                status.write(self._paths.status, waiting)
        return reason

    def _make_room(self) -> bool:
        """Give up what was kept for the last words; gives whether there was any."""
        there = self._paths.reserve.exists()
        with contextlib.suppress(StorageError):
            remove_file(self._paths.reserve)
        return there

    def _reserved(self) -> bool:
        """Keep room for the last words; gives whether there is any."""
        try:
            reserve(self._paths.reserve, _RESERVE)
        except StorageError:
            return False
        return True

    def close(self) -> None:
        self._journal.close()
        with contextlib.suppress(StorageError):
            remove_file(self._paths.reserve)

    def _put_status(self, *, lasting: bool) -> None:
        self.persist(lambda: self._write_status(lasting=lasting))

    def _write_status(self, *, lasting: bool) -> None:
        self._written = time.monotonic()
        self._status = msgspec.structs.replace(self._status, progress=self._status.progress + 1)
        status.write(self._paths.status, self._status, lasting=lasting)
