"""Files that only grow, and what every write here shares: all bytes or a sentence with the path.

It must not know what is in the files.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Generator
from pathlib import Path

from rnnlab.errors import StorageError, StorageLost

FILE_MODE = 0o600


class Appender:
    """A file that only grows: each `append` is one write to the operating system, complete or undone.

    The owner is the file's only writer. Bytes are on the disk only after `sync`.
    """

    def __init__(self, path: Path) -> None:
        with explained(path):
            self._path = path
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, FILE_MODE)
            self._size = os.fstat(self._descriptor).st_size
        self._lost = ""

    def append(self, data: bytes | memoryview) -> None:
        """Add the bytes at the end; where the disk refuses, the file is as it was and StorageError is raised."""
        with explained(self._path):
            _append(self._descriptor, data, self._size)
            self._size += len(data)

    def truncate(self, size: int) -> None:
        """Cut the file to its first `size` bytes."""
        with explained(self._path):
            os.ftruncate(self._descriptor, size)
            self._size = size

    def sync(self) -> None:
        """Return when the bytes so far survive a power cut.

        Raises StorageLost where they do not, from then on always: Linux reports a failed write back once, forgets
        the bytes, and lets the next fsync succeed.
        """
        if self._lost:
            raise StorageLost(self._lost)
        try:
            with explained(self._path):
                os.fsync(self._descriptor)
        except StorageError as error:
            self._lost = f"{error}; what was written last may be lost: see to the disk, then resume"
            raise StorageLost(self._lost) from error

    def close(self) -> None:
        os.close(self._descriptor)


def append_line(path: Path, line: bytes) -> None:
    """Add one line to a file that several processes add lines to; when this returns it survives a power cut.

    A torn line that one of them left is ended first.
    """
    with explained(path):
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, FILE_MODE)
        try:
            # Alone: nobody else's line may come between a failed write and its undoing.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            _append(descriptor, (b"\n" if torn else b"") + line + b"\n", size)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_directory(path.parent)


@contextlib.contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn the operating system's refusal into a sentence with the path and, on a full disk, what is free."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StorageError(f"cannot write {path}: {reason}; {_free(path)}") from error


def _free(path: Path) -> str:
    for place in (path, *path.parents):
        with contextlib.suppress(OSError):
            return f"{shutil.disk_usage(place).free:,} bytes are free there"
    return "make room or choose another --home"


def _append(descriptor: int, data: bytes | memoryview, size: int) -> None:
    """Write at the end of a file of that size, or leave it as it was."""
    try:
        write_all(descriptor, data)
    except BaseException:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write every byte, in as many calls as it takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_directory(path: Path) -> None:
    """Return when the names in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
