"""The journal: one line a record, appended by the worker alone, read by anyone at any time.

A line is `{"seq":N,"at":T,"crc":C,"event":{...}}`, where C is the CRC-32 of the bytes `N T event`. A line without its
newline is one that is still being written, or was torn by a crash: readers wait for the rest, the next worker cuts it
off. A line in the middle that does not read is left out and counted. It must not know what the events mean.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from rnnlab.errors import RunError
from rnnlab.events import AnyEvent, Event, Record
from rnnlab.files import Appender
from rnnlab.runs.regular import open_regular

MAX_LINE = 4 << 20
"""Bytes after which a line is damage: no event is that long, and a reader must not swallow a hostile file."""
_LIKELY, _MOST = 320, 16 << 20
"""Bytes of a usual line, more than less; the most that is read at once."""


class _Line(msgspec.Struct, frozen=True, gc=False):
    seq: int
    at: float
    crc: int
    event: msgspec.Raw


class Chunk(msgspec.Struct, frozen=True):
    """What one reading gave."""

    records: tuple[Record, ...]
    cursor: int
    """The byte after the last line that was read."""
    more: bool
    """Whether the limit ended the reading before the journal did."""
    damaged: int
    """Lines that did not read; a line longer than MAX_LINE may count more than once."""


_lines = msgspec.json.Decoder(_Line)
_events = msgspec.json.Decoder(AnyEvent)
_encoder = msgspec.json.Encoder()


def encode(record: Record) -> bytes:
    """The record's line, newline included."""
    event = _encoder.encode(record.event)
    return _encoder.encode(_Line(record.seq, record.at, _crc(record.seq, record.at, event), msgspec.Raw(event))) + b"\n"


def decode(line: bytes) -> Record | None:
    """The record of a line without its newline, or None where the line is damaged."""
    if len(line) > MAX_LINE:
        return None
    try:
        parsed = _lines.decode(line)
        if parsed.crc != _crc(parsed.seq, parsed.at, parsed.event):
            return None
        return Record(seq=parsed.seq, at=parsed.at, event=_events.decode(parsed.event))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def read(path: Path, cursor: int = 0, limit: int = 2000) -> Chunk:
    """At most `limit` records after byte `cursor`; an empty chunk where there is no journal yet.

    Raises RunError where the file cannot be read.
    """
    try:
        with open_regular(path) as file:
            file.seek(cursor)
            data = file.read(min(_LIKELY * max(1, limit), _MOST))
            if b"\n" not in data and len(data) < MAX_LINE:
                data += file.read(MAX_LINE - len(data))
            at_end = not file.read(1)
    except FileNotFoundError:
        return Chunk((), cursor, False, 0)
    except (OSError, OverflowError) as error:
        raise RunError(f"the journal of the run {path.parent.name} cannot be read: {error}") from None
    end = data.rfind(b"\n") + 1
    if not end:
        return Chunk((), cursor + len(data), not at_end, 1) if len(data) >= MAX_LINE else Chunk((), cursor, False, 0)
    lines = data[:end].split(b"\n")[:-1]
    taken = lines[: max(1, limit)]
    good = _decoded(taken)
    consumed = sum(map(len, taken)) + len(taken)
    return Chunk(tuple(good), cursor + consumed, len(taken) < len(lines) or not at_end, len(taken) - len(good))


def _decoded(lines: list[bytes]) -> list[Record]:
    """The records of lines; those that are damaged are left out.

    Many at a time, for a long run has a million: one by one only where some line of them does not read.
    """
    try:
        parsed = _lines.decode_lines(b"\n".join(lines))
        events = _events.decode_lines(b"\n".join([bytes(line.event) for line in parsed]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        parsed, events = [], []
    sound = len(parsed) == len(events) == len(lines) and max(map(len, lines)) <= MAX_LINE
    if sound and all(line.crc == _crc(line.seq, line.at, line.event) for line in parsed):
        return [Record(seq=line.seq, at=line.at, event=event) for line, event in zip(parsed, events, strict=True)]
    return [record for record in map(decode, lines) if record is not None]


class JournalWriter:
    """The worker's end: numbers the records and keeps the file whole. The caller holds the run's lock."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        whole, self.seq = _recover(path)
        self._clock = clock
        self._appender = Appender(path)
        self._appender.truncate(whole)

    def write(self, event: Event) -> Record:
        """Append the event; raises StorageError, with the journal as it was, where the disk refuses."""
        record = Record(seq=self.seq + 1, at=round(self._clock(), 3), event=event)  # ty: ignore[invalid-argument-type]
        self._appender.append(encode(record))
        self.seq += 1
        return record

    def sync(self) -> None:
        self._appender.sync()

    def close(self) -> None:
        self._appender.close()


def _recover(path: Path) -> tuple[int, int]:
    """(bytes up to the last newline, last sequence number) of a journal that another worker left."""
    cursor, seq, more = 0, 0, True
    while more:
        chunk = read(path, cursor, 10_000)
        seq = max((seq, *(record.seq for record in chunk.records)))
        cursor, more = chunk.cursor, chunk.more
    return _last_line_end(path), seq


def _last_line_end(path: Path) -> int:
    """Bytes up to the last newline; reading may have gone past it, in a tail too long for a line."""
    if not path.exists():
        return 0
    with open_regular(path) as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            begin = max(0, end - MAX_LINE)
            file.seek(begin)
            at = file.read(end - begin).rfind(b"\n")
            if at >= 0:
                return begin + at + 1
            end = begin
    return 0


def _crc(seq: int, at: float, event: bytes | msgspec.Raw) -> int:
    """Of the bytes `seq at event`."""
    return zlib.crc32(event, zlib.crc32(b"%d %r " % (seq, at)))
