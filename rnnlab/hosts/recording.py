"""A run as it was recorded: its summary and its journal, in one file; and what it looked like at any moment of it.

In a second file, what its model answered when it was looked into: it is not there to be asked again.

It must not know a run directory, nor the host that replays it.
"""

from __future__ import annotations

import bisect
import gzip
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rnnlab.dialogue import AnyPiece, AnyProbe
from rnnlab.events import Record
from rnnlab.hosts.values import RunSummary
from rnnlab.runs import journal
from rnnlab.runs.status import Status, bits_per_character, fold


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it was recorded."""

    summary: RunSummary
    """As it was at the end."""
    records: tuple[Record, ...]

    def until(self, seconds: float) -> Recording:
        """What there was so many seconds after the first record."""
        begin = self.records[0].at if self.records else 0.0
        count = bisect.bisect_right(self.records, begin + seconds, key=lambda record: record.at)
        return self if count == len(self.records) else self.first(count)

    def first(self, count: int) -> Recording:
        """The first so many records, with the summary that they make."""
        records = self.records[:count]
        now = Status()
        for record in records:
            now = fold(now, record.event)
        summary = msgspec.structs.replace(
            self.summary,
            state=now.state,
            message=now.message,
            step=now.step,
            epoch=now.epoch,
            perplexity=now.perplexity,
            validation=now.best_validation,
            bits_per_character=bits_per_character(now),
            characters_per_token=now.characters_per_token,
            unknown_share=now.unknown_share,
            tokens_per_s=now.tokens_per_s,
            elapsed_s=now.elapsed_s,
        )
        return Recording(summary=summary, records=records)


def save(recording: Recording) -> bytes:
    """The recording as a file: the summary's line, then the journal's lines."""
    return msgspec.json.encode(recording.summary) + b"\n" + b"".join(map(journal.encode, recording.records))


def load(path: Path) -> Recording:
    """The recording of a file that `save` made."""
    summary, *lines = path.read_bytes().split(b"\n")[:-1]
    records = (journal.decode(line) for line in lines)
    return Recording(
        summary=msgspec.json.decode(summary, type=RunSummary),
        records=tuple(record for record in records if record is not None),
    )


class Answer(msgspec.Struct, frozen=True):
    """What the run's model said when it was asked this."""

    question: AnyProbe
    pieces: tuple[AnyPiece, ...]


def save_answers(answers: Sequence[Answer]) -> bytes:
    """The answers as a file: one a line, compressed."""
    return gzip.compress(msgspec.json.Encoder().encode_lines(answers), mtime=0)


def load_answers(path: Path) -> dict[AnyProbe, tuple[AnyPiece, ...]]:
    """The answers of a file that `save_answers` made, by their questions; none where there is no such file."""
    if not path.exists():
        return {}
    found = msgspec.json.Decoder(Answer).decode_lines(gzip.decompress(path.read_bytes()))
    return {answer.question: answer.pieces for answer in found}
