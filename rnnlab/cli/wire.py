r"""A journal's records as lines of JSON: what `train --json` and `watch --json` print.

One record is one object, the event's own fields beside the record's:

    {"run":"…","seq":7,"at":1790000000.25,"kind":"step","step":60,"epoch":1,"loss":2.41,"perplexity":11.1,…}
    {"run":"…","seq":8,"at":1790000001.5,"cursor":4711,"kind":"evaluated","step":60,"epoch":1,"split":"validation",…}

`run` is the run's id, `seq` the record's number in the journal, `at` seconds since 1970, `kind` which event it is; the
rest are the fields of that event (`rnnlab.events`). The last line of what was read at once also has `cursor`: who gives
it back (`watch RUN --after CURSOR`) reads on exactly behind that line. Losses are nats per token; what is not finite is
null. `decode` reads a line back. It must not know where the lines come from or go.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rnnlab.events import AnyEvent, Record
from rnnlab.hosts.values import Reading


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was read back."""

    run: str
    record: Record
    cursor: int | None
    """Where to read on behind this line, or None where a later line says it."""


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    seq: int
    at: float
    cursor: int | None = None


def encode(run: str, record: Record, cursor: int | None = None) -> dict[str, object]:
    """The object that stands for a record; flat, in the order that a person reads."""
    envelope: dict[str, object] = {"run": run, "seq": record.seq, "at": record.at}
    if cursor is not None:
        envelope["cursor"] = cursor
    return envelope | msgspec.to_builtins(record.event)


def encode_reading(run: str, reading: Reading) -> Iterator[dict[str, object]]:
    """The objects of a reading, the last one with its cursor."""
    for number, record in enumerate(reading.records, start=1):
        yield encode(run, record, reading.cursor if number == len(reading.records) else None)


def decode(line: bytes | str) -> Line:
    """The record that a line stands for; raises msgspec.DecodeError where it stands for none."""
    envelope = msgspec.json.decode(line, type=_Envelope)
    event = msgspec.json.decode(line, type=AnyEvent)
    record = Record(seq=envelope.seq, at=envelope.at, event=event)
    return Line(run=envelope.run, record=record, cursor=envelope.cursor)
