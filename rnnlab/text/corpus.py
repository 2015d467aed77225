"""`Corpus`: a text as one `DataSpec` sees it: read, cleaned, cut to its limit, tokenized.

Its identity is the SHA-256 of the bytes it was read from. It must not know runs, models or screens.
"""

from __future__ import annotations

import builtins
import hashlib
import sys
from dataclasses import dataclass, field

import numpy as np

from rnnlab.errors import CorpusError
from rnnlab.specs import DataSpec
from rnnlab.text import sources
from rnnlab.text.cleaning import clean
from rnnlab.text.reading import SourceText, decode, original_bytes, read_files, read_stream
from rnnlab.text.tokenizations import TOKENIZATIONS
from rnnlab.text.vocabulary import Vocabulary

MIN_TOKENS = 2
"""One to read and one to predict."""


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
    sha256: str
    """Of the bytes it was read from."""
    bytes: int
    encoding: str
    text: str = field(repr=False)
    """After cleaning, as far as the limit reaches."""
    ids: np.ndarray = field(repr=False)
    """[tokens], of the smallest unsigned type, read-only."""
    vocabulary: Vocabulary
    spec: DataSpec
    _raw: builtins.bytes | None = field(default=None, repr=False)
    """Its bytes, where they cannot be read again."""

    @property
    def characters_per_token(self) -> float:
        """What turns nats per token into bits per character."""
        return len(self.text) / len(self.ids)

    @classmethod
    def open(cls, reference: str, data: DataSpec | None = None) -> Corpus:
        """The corpus that a reference means (see `rnnlab.text.sources`); raises CorpusError."""
        named = sources.resolve(reference)
        data = data or DataSpec(corpus=reference)
        names = (named.name, named.title, named.about)
        if named.paths:
            return _tokenize(read_files(named.paths), data, reference, names)
        # Standard input can be read only once: its bytes are kept, for `original`.
        raw = read_stream(sys.stdin.buffer)
        return _tokenize(decode(raw, named.title), data, reference, names, raw)

    @classmethod
    def from_text(cls, text: str, data: DataSpec | None = None, name: str = "text") -> Corpus:
        """The corpus of a text that is at hand; raises CorpusError where it is too short."""
        try:
            raw = text.encode()
        except UnicodeEncodeError as error:
            raise CorpusError(f"the text holds half of a surrogate pair at character {error.start:,}") from None
        source = SourceText(text=text, sha256=hashlib.sha256(raw).hexdigest(), bytes=len(raw), encoding="utf-8")
        return _tokenize(source, data or DataSpec(), name, (name, name, ""), raw)

    def original(self) -> builtins.bytes:
        """The bytes it was read from, to keep beside a run: read again, so that it raises CorpusError if they changed.

        Opened from these bytes, the corpus has the same digest, text and ids.
        """
        raw = self._raw if self._raw is not None else original_bytes(sources.resolve(self.source).paths)
        if hashlib.sha256(raw).hexdigest() != self.sha256:
            raise CorpusError(f"{self.name} was changed after it was read: try again when nobody writes to it")
        return raw


def _tokenize(
    source: SourceText, data: DataSpec, reference: str, names: tuple[str, str, str], raw: bytes | None = None
) -> Corpus:
    text = clean(source.text, data.clean)
    if data.limit:
        text = TOKENIZATIONS[data.tokens].head(text, data.limit)
    # d2l's vocabularies reserve id 0 for what the letters rule has thrown away; its sizes hold only with it.
    vocabulary = Vocabulary.build(data.tokens, text, unknown="letters" in data.clean)
    ids = vocabulary.encode(text)[: data.limit or None]
    _check_size(len(ids), len(vocabulary), names[0], data)
    ids.flags.writeable = False
    name, title, about = names
    return Corpus(
        name=name,
        title=title,
        about=about,
        source=reference,
        sha256=source.sha256,
        bytes=source.bytes,
        encoding=source.encoding,
        text=text,
        ids=ids,
        vocabulary=vocabulary,
        spec=data,
        _raw=raw,
    )


def _check_size(tokens: int, vocabulary: int, name: str, data: DataSpec) -> None:
    if tokens < MIN_TOKENS:
        after = " after cleaning" if data.clean else ""
        raise CorpusError(f"{name} has {tokens} tokens{after}, too few to learn from: take a longer text")
    if data.tokens == "word" and vocabulary == 1:
        raise CorpusError(
            f"no word of {name} comes twice, so there is nothing to learn: take a longer text or tokens char"
        )
