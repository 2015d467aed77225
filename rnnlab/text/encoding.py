"""A text into ids, in two passes of small pieces: the first finds the tokens, the second writes their ids.

Nothing here grows with the text but what the sink makes of it. It must not know which texts
are kept where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from rnnlab.decoding import decode
from rnnlab.errors import CorpusError
from rnnlab.files import write_atomic
from rnnlab.specs import DataSpec
from rnnlab.text import documents
from rnnlab.text.cleaning import clean_pieces, cut_at
from rnnlab.text.lines import LineCounter
from rnnlab.text.pairs import character_counts
from rnnlab.text.reading import Identity, Text, Watch
from rnnlab.text.tokenizations import TOKENIZATIONS
from rnnlab.text.tokens import CHUNK, EOS_MARK, count_ids, id_type
from rnnlab.text.vocabulary import Vocabulary

T = TypeVar("T", bound=msgspec.Struct)

MIN_TOKENS = 2
"""One to read and one to predict."""


class OtherText(CorpusError):
    """The text is not the one that was expected."""


class Cancelled(CorpusError):
    """The person does not want to wait any longer."""


Pace = Callable[[str, int, int], None]
"""Is told of a long piece of work: the stage, and how many bytes of it are done, of how many (0 where that is not
known). It may end the work by raising Cancelled."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the first pass finds."""

    vocabulary: Vocabulary
    characters: int
    """After cleaning, as far as the limit reaches."""
    lines: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Encoded:
    """A text as ids."""

    identity: Identity
    characters: int
    """After cleaning, as far as the limit reaches."""
    lines: int
    vocabulary: Vocabulary
    counts: np.ndarray = field(repr=False)
    """How often each token comes, int64 [vocabulary]."""
    ids: np.ndarray = field(repr=False)
    """[tokens], of the smallest unsigned type, read-only."""
    file: Path | None = None
    """Where the ids lie, or None where they are in memory."""

    def chunks(self, start: int = 0, stop: int | None = None, size: int = CHUNK) -> Iterator[np.ndarray]:
        """The ids from start to stop in pieces; read and let go of, since what was mapped stays in memory."""
        stop = len(self.ids) if stop is None else min(stop, len(self.ids))
        for begin in range(start, stop, size):
            count = min(size, stop - begin)
            if self.file is None:
                yield self.ids[begin : begin + count]
            else:
                kind = self.ids.dtype
                yield np.fromfile(self.file, dtype=kind, count=count, offset=begin * kind.itemsize)

    def note(self, name: str, kind: type[T]) -> T | None:
        """What was once found out about this text and kept beside its ids."""
        try:
            return decode(self.file.with_name(f"{name}.json").read_bytes(), kind) if self.file else None
        except (OSError, msgspec.MsgspecError):
            return None

    def add_note(self, name: str, value: msgspec.Struct) -> None:
        """Keep what was found out, where the ids are kept."""
        if self.file:
            write_atomic(self.file.with_name(f"{name}.json"), msgspec.json.encode(value))


Sink = Callable[[np.ndarray], None]
"""Takes ids, piece by piece."""


def tokens_of(text: Text, data: DataSpec, name: str, pace: Pace | None = None) -> Found:
    """The first pass: reads the text and gives its vocabulary; raises CorpusError."""
    counting = TOKENIZATIONS[data.tokens].counting()
    characters, lines = 0, LineCounter()
    marks = 0
    separator = documents.shown(data.separator)
    for piece in cleaned_pieces(text, data, watching("reading", pace, 0)):
        counting.feed(piece)
        marks += piece.count(EOS_MARK) if separator else 0
        characters += len(piece)
        lines.feed(piece.replace(EOS_MARK, separator) if separator else piece)
    characters += marks * (len(separator) - 1)
    # d2l's vocabularies reserve id 0 for what the letters rule has thrown away; its sizes hold only with it.
    vocabulary = Vocabulary.of(
        data.tokens,
        counting.inventory(data.min_count, data.max_tokens),
        unknown="letters" in data.clean,
        separator=separator,
    )
    if not characters:
        raise _too_short(0, name, data)
    if data.tokens == "word" and len(vocabulary) == 1:
        raise CorpusError(
            f"no word of {name} comes twice, so there is nothing to learn: take a longer text or tokens char"
        )
    return Found(vocabulary=vocabulary, characters=characters, lines=lines.count)


def write_ids(
    text: Text, data: DataSpec, vocabulary: Vocabulary, sink: Sink, name: str, pace: Pace | None = None
) -> np.ndarray:
    """The second pass: gives the sink all ids, and how often each comes; raises CorpusError."""
    counts = np.zeros(len(vocabulary), dtype=np.int64)
    left = data.limit or None
    for piece in cleaned_pieces(text, data, watching("encoding", pace, text.identity.bytes)):
        ids = vocabulary.encode(piece)[:left]
        left = None if left is None else left - len(ids)
        counts += count_ids(ids, len(counts))
        sink(ids)
    if (tokens := int(counts.sum())) < MIN_TOKENS:
        raise _too_short(tokens, name, data)
    return counts


def characters(found: Found, counts: np.ndarray) -> int:
    """How many characters the counted tokens make up."""
    if found.vocabulary.kind != "bpe":
        return found.characters
    # Where a limit cuts byte pairs, only the pairs tell.
    known, separator = found.vocabulary, found.vocabulary.separator
    lengths = character_counts(known.merges)
    return int(counts[: len(lengths)] @ lengths) + (int(counts[known.eos]) * len(separator) if separator else 0)


def in_memory(text: Text, data: DataSpec, found: Found, name: str, pace: Pace | None) -> Encoded:
    """The second pass into an array."""
    parts: list[np.ndarray] = []
    counts = write_ids(text, data, found.vocabulary, parts.append, name, pace)
    ids = np.concatenate(parts).astype(id_type(len(found.vocabulary)), copy=False)
    ids.flags.writeable = False
    return Encoded(
        identity=text.identity,
        characters=characters(found, counts),
        lines=found.lines,
        vocabulary=found.vocabulary,
        counts=counts,
        ids=ids,
    )


def cleaned_pieces(text: Text, data: DataSpec, watch: Watch | None = None) -> Iterator[str]:
    """The text after cleaning, EOS_MARK between documents, as far as the limit needs it, cut where tokens end."""
    tokenization = TOKENIZATIONS[data.tokens]
    raw = text.pieces(watch)
    pieces = cut_at(documents.marked(clean_pieces(raw, data.clean), data.separator), tokenization.cut)
    if not data.limit:
        yield from pieces
        return
    left = data.limit
    for piece in pieces:
        count = tokenization.count(piece)
        if count is None:
            yield piece
            continue
        if count >= left:
            yield tokenization.head(piece, left)
            break
        yield piece
        left -= count
    # To its end, since its identity is that of the whole.
    for _ in raw:
        pass


def watching(stage: str, pace: Pace | None, total: int) -> Watch | None:
    """What tells `pace` of the bytes of one stage."""
    if pace is None:
        return None
    done = 0

    def watch(count: int) -> None:
        nonlocal done
        done += count
        pace(stage, done, total)

    return watch


def _too_short(tokens: int, name: str, data: DataSpec) -> CorpusError:
    after = " after cleaning" if data.clean else ""
    return CorpusError(
        f"{name} has {tokens} token{'s' * (tokens != 1)}{after}, too few to learn from: take a longer text"
    )
