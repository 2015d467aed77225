"""The digest: the course of a run up to some place of its journal, so that a long run is opened by reading the rest.

A worker brings it up to date every EVERY records, and only with what is safe on the disk. The journal stays the truth:
a digest that does not read, that does not fit the bytes before its place, or that folding cannot have given, is as good
as none and costs time only. A line that is damaged after it was digested is still known as it was written. It must not
know who looks at it.
"""

from __future__ import annotations

import contextlib
import zlib
from pathlib import Path

import msgspec

from rnnlab.course import Course, fold, sound
from rnnlab.errors import RunError, StorageError
from rnnlab.files import write_atomic
from rnnlab.runs import journal
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.regular import open_regular, read_regular

FORMAT = 2
"""Another one whenever folding gives something else: a digest of before is then made anew."""
EVERY = 20_000
"""Records that an old digest may lack: a tenth of a second's work for who opens the run."""
MOST = 3 << 19
"""Bytes of the largest one: a run with more to tell at a glance is read from its start."""
_SEALED = 1 << 16
"""Bytes of the journal before a digest's place by which it is known to be of this journal."""


class Digest(msgspec.Struct, frozen=True):
    """What is known of a journal's beginning."""

    course: Course = Course()
    cursor: int = 0
    """The byte of the journal from which on it is to be read."""


class _Body(msgspec.Struct, frozen=True):
    format: int
    cursor: int
    seal: int
    course: Course


class _File(msgspec.Struct, frozen=True):
    crc: int
    body: msgspec.Raw


_EMPTY = Digest()
_files = msgspec.json.Decoder(_File)
_bodies = msgspec.json.Decoder(_Body)


def load(paths: RunPaths) -> Digest:
    """The run's digest; one of nothing where there is none that is sound and fits its journal."""
    try:
        file = _files.decode(read_regular(paths.digest, MOST))
        if file.crc != zlib.crc32(file.body):
            return _EMPTY
        body = _bodies.decode(file.body)
        fits = body.format == FORMAT and body.seal == _seal(paths.journal, body.cursor) and sound(body.course)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _EMPTY
    return Digest(body.course, body.cursor) if fits else _EMPTY


def renew(paths: RunPaths) -> None:
    """Bring the run's digest up to the end of its journal, all of which is safe on the disk.

    Whoever calls is the journal's only writer.
    """
    # A disk that refuses says so where it matters; who opens the run then reads more of its journal and misses nothing.
    with contextlib.suppress(StorageError, RunError, OSError):
        found = load(paths)
        course, cursor, more = found.course, found.cursor, True
        while more:
            chunk = journal.read(paths.journal, cursor)
            course, cursor, more = fold(course, chunk.records), chunk.cursor, chunk.more
        seal = _seal(paths.journal, cursor)
        if seal is not None:
            _write(paths.digest, _Body(FORMAT, cursor, seal, course))


class Keeper:
    """Keeps the digest of a run that is being written."""

    def __init__(self, paths: RunPaths) -> None:
        self._paths = paths
        self._digested = 0

    def synced(self, seq: int) -> None:
        """The journal is safe up to this record."""
        if seq - self._digested >= EVERY:
            self._digested = seq
            renew(self._paths)


def _write(path: Path, body: _Body) -> None:
    encoded = msgspec.json.encode(body)
    data = msgspec.json.encode(_File(zlib.crc32(encoded), msgspec.Raw(encoded)))
    if len(data) <= MOST:
        write_atomic(path, data)


def _seal(path: Path, cursor: int) -> int | None:
    """A checksum of the journal's last bytes before the cursor; None where no line ends there."""
    if not 0 < cursor < 1 << 63:
        return None
    with open_regular(path) as file:
        begin = max(0, cursor - _SEALED)
        file.seek(begin)
        before = file.read(cursor - begin)
    return zlib.crc32(before) if len(before) == cursor - begin and before.endswith(b"\n") else None
