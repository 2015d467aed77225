"""The one module that writes: atomic replacement, journal appends, directories that appear whole.

Whoever holds data goes through here, so that durability is decided once: a file is written aside, fsynced, renamed,
and its directory fsynced; directories are 0700 and files 0600. It must not know what is in the files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path

from rnnlab.errors import StorageError

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600


def make_directory(path: Path) -> None:
    """The directory and its parents, private to the user; nothing happens where it is there already."""
    with _explained(path):
        path.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)


def write_atomic(path: Path, data: bytes) -> None:
    """Replace or create the file so that every reader, and a power cut, sees the old bytes or the new ones."""
    with _explained(path):
        descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            _write_and_sync(descriptor, data)
            os.replace(aside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside)
            raise
        _sync_directory(path.parent)


def replace_quickly(path: Path, data: bytes) -> None:
    """Replace the file for other processes at once, without waiting for the disk: for what the next second rewrites."""
    with _explained(path):
        descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            try:
                _write_all(descriptor, data)
            finally:
                os.close(descriptor)
            os.replace(aside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside)
            raise


def commit_directory(path: Path, contents: Mapping[str, bytes]) -> None:
    """A directory of files that appears whole under its name or not at all; an old one of that name is replaced."""
    with _explained(path):
        make_directory(path.parent)
        aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp"))
        try:
            for name, data in contents.items():
                descriptor = os.open(aside / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
                _write_and_sync(descriptor, data)
            _sync_directory(aside)
            remove_tree(path)
            os.rename(aside, path)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        _sync_directory(path.parent)


def remove_tree(path: Path) -> None:
    """Remove a directory and what is in it, if it is there, so that no reader sees half of it."""
    with _explained(path):
        if not path.exists():
            return
        doomed = path.with_name(f".{path.name}.{os.getpid()}.gone")
        os.rename(path, doomed)
        shutil.rmtree(doomed)


def remove_file(path: Path) -> None:
    """Remove a file, if it is there."""
    with _explained(path):
        path.unlink(missing_ok=True)


class Appender:
    """A file that only grows: each `append` is one write to the operating system, complete or undone.

    The owner is the file's only writer. Bytes are on the disk only after `sync`.
    """

    def __init__(self, path: Path) -> None:
        with _explained(path):
            self._path = path
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, FILE_MODE)
            self._size = os.fstat(self._descriptor).st_size

    def append(self, data: bytes) -> None:
        """Add the bytes at the end; where the disk refuses, the file is as it was and StorageError is raised."""
        with _explained(self._path):
            try:
                _write_all(self._descriptor, data)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, self._size)
                raise
            self._size += len(data)

    def truncate(self, size: int) -> None:
        """Cut the file to its first `size` bytes."""
        with _explained(self._path):
            os.ftruncate(self._descriptor, size)
            self._size = size

    def sync(self) -> None:
        """Return when the bytes so far survive a power cut."""
        with _explained(self._path):
            os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def append_once(path: Path, data: bytes) -> None:
    """Add one record to a file that several processes may append to."""
    appender = Appender(path)
    try:
        appender.append(data)
    finally:
        appender.close()


@contextlib.contextmanager
def _explained(path: Path) -> Generator[None]:
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


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _write_and_sync(descriptor: int, data: bytes) -> None:
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
