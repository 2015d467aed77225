"""`requests/`: what front ends ask of a worker, one small file a request, renamed in and consumed in order.

It must not know what a request does.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import msgspec

from rnnlab.files import make_directory, remove_file, write_atomic


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One thing asked of a live run."""

    action: str
    """pause, unpause, stop, checkpoint or change."""
    changes: dict[str, Any] = {}
    """For change: the fields' new values by their dotted names, not yet checked by the worker."""


_MAX_BYTES = 4096
_decoder = msgspec.json.Decoder(Request)


def post(directory: Path, request: Request) -> None:
    """Leave a request for the worker; it appears whole."""
    make_directory(directory)
    name = f"{time.time_ns():020d}-{os.getpid()}-{os.urandom(4).hex()}.json"
    write_atomic(directory / name, msgspec.json.encode(request))


def take(directory: Path) -> list[Request]:
    """The requests that wait, oldest first, removed; what cannot be read is removed too."""
    try:
        names = sorted(entry.name for entry in os.scandir(directory) if entry.name.endswith(".json"))
    except FileNotFoundError:
        return []
    return [request for name in names if (request := _consume(directory / name)) is not None]


def _consume(path: Path) -> Request | None:
    try:
        with path.open("rb") as file:
            return _decoder.decode(file.read(_MAX_BYTES))
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    finally:
        remove_file(path)
