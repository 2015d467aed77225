"""The one package that writes: atomic replacement, journal appends, directories that appear whole.

Whoever holds data goes through here, so that durability is decided once: a file is written aside, fsynced, renamed,
and its directory fsynced; directories are 0700 and files 0600. It must not know what is in the files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path

from rnnlab.files.appending import FILE_MODE, Appender, append_line, explained, sync_directory, write_all

__all__ = [
    "DIRECTORY_MODE",
    "FILE_MODE",
    "Appender",
    "append_line",
    "claim_directory",
    "commit_directory",
    "growing_directory",
    "growing_file",
    "make_directory",
    "put_directory",
    "remove_file",
    "remove_tree",
    "replace_quickly",
    "reserve",
    "settle",
    "tell_system",
    "write_atomic",
]

DIRECTORY_MODE = 0o700
_ASIDE, _OLD, _GONE = ".tmp", ".old", ".gone"
"""Endings of hidden names: not there yet, being replaced, being removed."""


def make_directory(path: Path) -> None:
    """The directory and its parents, private to the user; nothing happens where it is there already."""
    with explained(path):
        # One by one: pathlib would make the parents with whatever the umask leaves.
        for place in (*reversed(path.parents), path):
            if not place.is_dir():
                place.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
                sync_directory(place.parent)


def claim_directory(path: Path) -> bool:
    """Make the directory; gives False where something of that name is there already."""
    make_directory(path.parent)
    with explained(path):
        try:
            path.mkdir(mode=DIRECTORY_MODE)
        except FileExistsError:
            return False
        sync_directory(path.parent)
        return True


def write_atomic(path: Path, data: bytes) -> None:
    """Replace or create the file so that every reader, and a power cut, sees the old bytes or the new ones."""
    with explained(path):
        descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_ASIDE)
        try:
            _write_and_sync(descriptor, data)
            os.replace(aside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside)
            raise
        sync_directory(path.parent)


def replace_quickly(path: Path, data: bytes) -> None:
    """Replace the file for other processes at once, without waiting for the disk: for what the next second rewrites."""
    with explained(path):
        descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_ASIDE)
        try:
            try:
                write_all(descriptor, data)
            finally:
                os.close(descriptor)
            os.replace(aside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside)
            raise


def reserve(path: Path, size: int) -> None:
    """Have a file that takes `size` bytes of the disk; nothing happens where it does already.

    Removed when the disk is full, it makes room for the last words. Raises StorageError, and leaves no file, where
    there is no such room.
    """
    with explained(path):
        if path.exists() and path.stat().st_size >= size:
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, FILE_MODE)
        try:
            write_all(descriptor, bytes(size))
        except BaseException:
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)


def commit_directory(path: Path, contents: Mapping[str, bytes]) -> None:
    """A directory of files that appears whole under its name or not at all; an old one of that name is replaced.

    Between two renames the old one is there under another name only: after a kill, `settle` puts it back.
    """
    with explained(path):
        make_directory(path.parent)
        aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=_ASIDE))
        try:
            for name, data in contents.items():
                descriptor = os.open(aside / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
                _write_and_sync(descriptor, data)
            sync_directory(aside)
            _put_in_place(aside, path)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        sync_directory(path.parent)
        _remove(_old_name(path))


@contextlib.contextmanager
def growing_directory(path: Path) -> Generator[Path]:
    """A directory to fill, which appears whole under its name at the end, or not at all where something is raised.

    For what is too large for `commit_directory`; the caller writes into it with `Appender` and `write_atomic`.
    """
    with explained(path):
        make_directory(path.parent)
        aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=_ASIDE))
    try:
        yield aside
        with explained(path):
            sync_directory(aside)
            _put_in_place(aside, path)
            sync_directory(path.parent)
            _remove(_old_name(path))
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


@contextlib.contextmanager
def growing_file(path: Path) -> Generator[Appender]:
    """A file to fill, which appears whole under its name at the end, or not at all where something is raised."""
    with explained(path):
        make_directory(path.parent)
        descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_ASIDE)
        os.close(descriptor)
    try:
        appender = Appender(Path(aside))
        try:
            yield appender
            appender.sync()
        finally:
            appender.close()
        with explained(path):
            os.replace(aside, path)
            sync_directory(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(aside)
        raise


def put_directory(aside: Path, path: Path) -> bool:
    """Rename a finished directory to a name that is free; gives False, and changes nothing, where it is not."""
    if not claim_directory(path):
        return False
    with explained(path):
        # On POSIX a rename takes the place of an empty directory, and of nothing else.
        os.rename(aside, path)
        sync_directory(path.parent)
    return True


def remove_tree(path: Path) -> None:
    """Remove a directory and what is in it, if it is there, so that no reader sees half of it."""
    with explained(path):
        if not os.path.lexists(path):
            return
        # A fresh name: an earlier removal may have been killed half way.
        doomed = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=_GONE))
        try:
            os.rename(path, doomed / path.name)
        finally:
            _remove(doomed)


def settle(directory: Path) -> None:
    """Finish what a killed writer left half done among a directory's entries; the caller is their only writer."""
    with explained(directory):
        for entry in [*directory.iterdir()] if directory.is_dir() else []:
            if not entry.name.startswith("."):
                continue
            if entry.name.endswith(_OLD) and not os.path.lexists(name := _name_of(entry)):
                os.rename(entry, name)
            elif entry.name.endswith((_ASIDE, _GONE, _OLD)):
                _remove(entry)


def remove_file(path: Path) -> None:
    """Remove a file, if it is there."""
    with explained(path):
        path.unlink(missing_ok=True)


def _put_in_place(aside: Path, path: Path) -> None:
    """Rename a directory to its name; what had the name is moved to its old name first, and back where that fails."""
    old = _old_name(path)
    if not os.path.lexists(path):
        os.rename(aside, path)
        return
    _remove(old)
    os.rename(path, old)
    try:
        os.rename(aside, path)
    except BaseException:
        os.rename(old, path)
        raise


def _old_name(path: Path) -> Path:
    return path.with_name(f".{path.name}{_OLD}")


def _name_of(old: Path) -> Path:
    return old.with_name(old.name[1 : -len(_OLD)])


def _remove(path: Path) -> None:
    """Remove whatever has that name, if something has; a link, and not what it leads to."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def _write_and_sync(descriptor: int, data: bytes) -> None:
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def tell_system(path: Path, words: str) -> None:
    """Write to a file of the system's own, as in /proc, that is there and keeps nothing; raises OSError."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, words.encode())
    finally:
        os.close(descriptor)
