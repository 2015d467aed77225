"""`lock`: a run is alive as long as its lock is held, and never for another reason.

`flock` on an open file, which the kernel frees at any death of its holder. A launcher takes the lock before the worker
exists and hands the open file down, so that there is no moment in which two workers could start. It must not know what
the lock protects.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

from rnnlab.errors import Busy, StorageError
from rnnlab.files import FILE_MODE

_PATIENCE = 0.2
"""Seconds for which askers, who hold the lock for some microseconds, can keep a launcher waiting."""


def acquire(path: Path) -> int:
    """An open file that holds the lock; raises Busy where another holds it, StorageError where it cannot be held."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    except OSError as error:
        raise StorageError(f"cannot open the lock {path}: {(error.strerror or str(error)).lower()}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise Busy(f"another worker holds the run {path.parent.name}: watch it, or stop it first") from None
        raise StorageError(
            f"cannot lock {path}: {(error.strerror or str(error)).lower()}; take another --home"
        ) from None
    return descriptor


def release(descriptor: int) -> None:
    """Let go; a process that inherited the open file still holds it."""
    os.close(descriptor)


def held(path: Path) -> bool:
    """Whether a worker holds the lock now.

    Asked with a shared lock: two askers never take each other for a worker, and a launcher that meets an asker's lock
    tries again (`acquire_soon`). A lock that cannot be opened is nobody's.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    return False


def acquire_soon(path: Path) -> int:
    """`acquire`, in spite of askers."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(Busy):
            return acquire(path)
        time.sleep(0.002)
    return acquire(path)
