"""`Corpus`: a text as one `DataSpec` sees it: read, cleaned, cut to its limit, tokenized.

Its identity is the SHA-256 of the bytes it was read from. Its ids are an array in memory, or, where there is a `Cache`,
a memory-mapped file that is made once; its text is read, or decoded from the ids, when it is asked for. It must not
know runs, models or screens.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rnnlab.errors import CorpusError
from rnnlab.specs import DataSpec
from rnnlab.specs.arithmetic import Spans
from rnnlab.text import sources
from rnnlab.text.cache import Cache
from rnnlab.text.catalogue import Shelf
from rnnlab.text.encoding import Encoded, OtherText, Pace, cleaned_pieces, in_memory, tokens_of, write_ids
from rnnlab.text.reading import FileText, MemoryText, Text, read_stream
from rnnlab.text.tokens import CHUNK, EOS_MARK, count_ids
from rnnlab.text.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Corpus:
    """A tokenized text."""

    name: str
    """What people call it: the bundled corpus's name, or the file's without its ending."""
    title: str
    about: str
    """One line on what it is for; empty for a file."""
    source: str
    """The name or path it was asked for by."""
    spec: DataSpec
    encoded: Encoded = field(repr=False)
    original: Text = field(repr=False)
    """The text before cleaning."""

    @classmethod
    def open(
        cls,
        reference: str,
        data: DataSpec | None = None,
        *,
        cache: Cache | None = None,
        sha256: str = "",
        encoding: str | None = None,
        shelf: Shelf | None = None,
        pace: Pace | None = None,
    ) -> Corpus:
        """The corpus that a reference means (see `rnnlab.text.sources`); raises CorpusError.

        With a `cache` nothing is encoded twice. A `sha256` is what the text must have; where the cache knows it, the
        file is not even read. An `encoding` goes before the spec's, for a copy of a text that had another.
        """
        named = sources.resolve(reference, shelf)
        data = data or DataSpec(corpus=reference)
        # Standard input can be read only once: its bytes are kept.
        text: Text = (
            FileText(named.paths, data.encoding if encoding is None else encoding)
            if named.paths
            else MemoryText(read_stream(sys.stdin.buffer), named.title, data.encoding)
        )
        names = (named.name, named.title, named.about, reference)
        stamp = sources.stamp_of(named.paths) if cache and named.paths and not sha256 else ()
        return cls(*names, data, _encoded(text, data, named.name, cache, sha256, stamp, pace), text)

    @classmethod
    def from_text(cls, text: str, data: DataSpec | None = None, name: str = "text") -> Corpus:
        """The corpus of a text that is at hand; raises CorpusError where it is too short."""
        try:
            kept = MemoryText(text.encode(), name, "utf-8")
        except UnicodeEncodeError as error:
            raise CorpusError(f"the text holds half of a surrogate pair at character {error.start:,}") from None
        data = data or DataSpec()
        return cls(name, name, "", name, data, _encoded(kept, data, name, None, "", (), None), kept)

    @property
    def sha256(self) -> str:
        """Of the bytes it was read from."""
        return self.encoded.identity.sha256

    @property
    def copy_encoding(self) -> str:
        """What a copy of `original.raw()` has to be read as; nothing for UTF-8 or what its mark says."""
        return self.original.raw_encoding

    @property
    def bytes(self) -> int:
        return self.encoded.identity.bytes

    @property
    def encoding(self) -> str:
        return self.encoded.identity.encoding

    @property
    def characters(self) -> int:
        """After cleaning, as far as the limit reaches."""
        return self.encoded.characters

    @property
    def lines(self) -> int:
        return self.encoded.lines

    @property
    def vocabulary(self) -> Vocabulary:
        return self.encoded.vocabulary

    @property
    def ids(self) -> np.ndarray:
        """[tokens], of the smallest unsigned type, read-only; may be a memory-mapped file."""
        return self.encoded.ids

    @property
    def counts(self) -> np.ndarray:
        """How often each token comes, int64 [vocabulary]."""
        return self.encoded.counts

    @property
    def characters_per_token(self) -> float:
        """What turns nats per token into bits per character."""
        return self.characters / len(self.ids)

    @property
    def unknown_share(self) -> float:
        """The share of the tokens that are `<unk>`, 0 to 1."""
        unknown = self.vocabulary.unknown
        return float(self.counts[unknown] / len(self.ids)) if unknown is not None else 0.0

    @property
    def text(self) -> str:
        """All of it, after cleaning: as long as it is, so better `pieces` or `head`."""
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """The text after cleaning, as far as the limit reaches, in pieces."""
        if self.spec.tokens != "word":
            yield from self._decoded()
            return
        for piece in cleaned_pieces(self.original, self.spec):
            yield piece.replace(EOS_MARK, self.vocabulary.separator) if self.vocabulary.separator else piece

    def head(self, characters: int) -> str:
        """The beginning of the text."""
        found, left = [], characters
        for piece in self.pieces():
            found.append(piece[:left])
            left -= len(found[-1])
            if left <= 0:
                break
        return "".join(found)

    def chunks(self, start: int = 0, stop: int | None = None, size: int = CHUNK) -> Iterator[np.ndarray]:
        """The ids from start to stop in pieces, without filling the memory."""
        return self.encoded.chunks(start, stop, size)

    def counts_in(self, spans: Spans) -> np.ndarray:
        """How often each token comes in these pieces, int64 [vocabulary]."""
        if spans == (slice(0, len(self.ids)),):
            return self.counts
        counts = np.zeros(len(self.vocabulary), dtype=np.int64)
        for piece in (piece for span in spans for piece in self.chunks(span.start, span.stop)):
            counts += count_ids(piece, len(counts))
        return counts

    def _decoded(self) -> Iterator[str]:
        if self.spec.tokens == "char":
            yield from map(self.vocabulary.decode, self.chunks())
            return
        decoder = self.vocabulary.decoder()
        for piece in self.chunks(size=CHUNK >> 4):
            # What a limit has cut in the middle of a character is left out.
            yield "".join(map(decoder.feed, piece.tolist()))


def _encoded(
    text: Text, data: DataSpec, name: str, cache: Cache | None, sha256: str, stamp: tuple, pace: Pace | None
) -> Encoded:
    known = cache.identity(stamp, data.encoding) if cache and stamp else None
    sha256 = sha256 or (known.sha256 if known else "")
    if cache and sha256 and (kept := cache.find(sha256, data)):
        return kept
    found = tokens_of(text, data, name, pace)
    identity = text.identity
    if sha256 and identity.sha256 != sha256:
        raise OtherText(f"{name} is not the text it was: it has changed since it was read first")
    if cache is None:
        return in_memory(text, data, found, name, pace)
    if stamp:
        cache.remember(stamp, data.encoding, identity)
    kept = cache.find(identity.sha256, data) if not sha256 else None
    return kept or cache.keep(
        identity, data, found, lambda sink: write_ids(text, data, found.vocabulary, sink, name, pace)
    )
