"""`lock`: a run is alive as long as its lock is held, and never for another reason.

`flock` on an open file, which the kernel frees at any death of its holder. A launcher takes the lock before the worker
exists and hands the open file down, so that there is no moment in which two workers could start. It must not know what
the lock protects.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from rnnlab.errors import Busy
from rnnlab.files import FILE_MODE


def acquire(path: Path) -> int:
    """An open file that holds the lock; raises Busy where another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise Busy(f"another worker holds the run {path.parent.name}: watch it, or stop it first") from None
    return descriptor


def release(descriptor: int) -> None:
    """Let go; a process that inherited the open file still holds it."""
    os.close(descriptor)


def held(path: Path) -> bool:
    """Whether a worker holds the lock now.

    Asked with a shared lock: two askers never take each other for a worker, and a launcher that meets an asker's lock
    tries again (`acquire_soon`).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    return False


def acquire_soon(path: Path, tries: int = 50) -> int:
    """`acquire`, in spite of askers, who hold a shared lock for some microseconds."""
    for _ in range(tries - 1):
        with contextlib.suppress(Busy):
            return acquire(path)
        os.sched_yield()
    return acquire(path)
