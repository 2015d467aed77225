"""`requests/`: what front ends ask of a worker, one small file a request, renamed in and consumed in order.

It must not know what a request does.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import msgspec

from rnnlab.errors import StorageError
from rnnlab.files import make_directory, remove_file, write_atomic
from rnnlab.runs.regular import open_regular


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One thing asked of a live run."""

    action: str
    """pause, unpause, stop, checkpoint or change."""
    changes: dict[str, Any] = {}
    """For change: the fields' new values by their dotted names, not yet checked by the worker."""


_MAX_BYTES = 1 << 16
_decoder = msgspec.json.Decoder(Request)


def post(directory: Path, request: Request) -> None:
    """Leave a request for the worker; it appears whole."""
    if directory.is_symlink():
        raise StorageError(f"{directory} is a link: nothing is written through it; put the directory itself there")
    make_directory(directory)
    name = f"{time.time_ns():020d}-{os.getpid()}-{os.urandom(4).hex()}.json"
    write_atomic(directory / name, msgspec.json.encode(request))


def take(directory: Path) -> list[Request]:
    """The requests that wait, oldest first, removed; files that cannot be read are removed too.

    Raises StorageError where the first of them cannot be removed: done again and again, it would never end.
    """
    taken: list[Request] = []
    for path in _waiting(directory):
        request = _read(path)
        try:
            remove_file(path)
        except StorageError:
            if taken:
                break
            raise
        taken += [request] if request is not None else []
    return taken


def waits(directory: Path, action: str) -> bool:
    """Whether such a request was not taken yet."""
    return any(request is not None and request.action == action for request in map(_read, _waiting(directory)))


def _waiting(directory: Path) -> list[Path]:
    if directory.is_symlink():
        # Somebody else's files are behind it, and what is taken is removed.
        return []
    try:
        # Files only: reading what somebody else put there, a pipe perhaps, must not stop a training.
        names = [e.name for e in os.scandir(directory) if e.name.endswith(".json") and e.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return [directory / name for name in sorted(names)]


def _read(path: Path) -> Request | None:
    try:
        with open_regular(path) as file:
            return _decoder.decode(file.read(_MAX_BYTES))
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
