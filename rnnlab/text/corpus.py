"""`Corpus`: a text as one `DataSpec` sees it: read, cleaned, cut to its limit, tokenized.

Its identity is the SHA-256 of the bytes it was read from. It must not know runs, models or screens.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rnnlab.errors import CorpusError
from rnnlab.specs import DataSpec
from rnnlab.specs.fields import closest
from rnnlab.text import bundled
from rnnlab.text.cleaning import clean
from rnnlab.text.reading import SourceText, read_file
from rnnlab.text.tokenizations import TOKENIZATIONS
from rnnlab.text.visible import visible
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

    @property
    def characters_per_token(self) -> float:
        """What turns nats per token into bits per character."""
        return len(self.text) / len(self.ids)

    @classmethod
    def open(cls, reference: str, data: DataSpec | None = None) -> Corpus:
        """The bundled corpus of that name, or the file of that path; raises CorpusError.

        A name goes before a file of the same name: write `./name` for the file.
        """
        data = data or DataSpec(corpus=reference)
        entry = next((e for e in bundled.entries() if e.name == reference), None)
        if entry:
            source = read_file(bundled.path_of(entry.name))
            return _tokenize(source, data, reference, (entry.name, entry.title, entry.about))
        path = _path_of(reference)
        stem = visible(path.stem)
        return _tokenize(read_file(path), data, reference, (stem, stem, ""))

    @classmethod
    def from_text(cls, text: str, data: DataSpec | None = None, name: str = "text") -> Corpus:
        """The corpus of a text that is at hand; raises CorpusError where it is too short."""
        try:
            raw = text.encode()
        except UnicodeEncodeError as error:
            raise CorpusError(f"the text holds half of a surrogate pair at character {error.start:,}") from None
        source = SourceText(text=text, sha256=hashlib.sha256(raw).hexdigest(), bytes=len(raw), encoding="utf-8")
        return _tokenize(source, data or DataSpec(), name, (name, name, ""))


def locate(reference: str) -> Path:
    """The file that a reference means: the bundled corpus's of that name, or the path itself; raises CorpusError."""
    entry = next((e for e in bundled.entries() if e.name == reference), None)
    return bundled.path_of(entry.name) if entry else _path_of(reference)


def _path_of(reference: str) -> Path:
    """The path that a reference means; raises CorpusError where it is neither a path nor a name."""
    if not reference:
        raise CorpusError("no corpus is named: give a bundled corpus's name or the path of a text file")
    path = Path(reference)
    try:
        path = path.expanduser()
        absent = not path.exists() and not path.is_symlink()
    except (OSError, RuntimeError, ValueError):
        return path
    if absent and path.name == reference and not path.suffix:
        names = [entry.name for entry in bundled.entries()]
        near = closest(reference[:80], names)
        shown = visible(reference[:80])
        raise CorpusError(f"there is no corpus or file {shown!r}: the bundled corpora are {', '.join(names)}{near}")
    return path


def _tokenize(source: SourceText, data: DataSpec, reference: str, names: tuple[str, str, str]) -> Corpus:
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
    )


def _check_size(tokens: int, vocabulary: int, name: str, data: DataSpec) -> None:
    if tokens < MIN_TOKENS:
        after = " after cleaning" if data.clean else ""
        raise CorpusError(f"{name} has {tokens} tokens{after}, too few to learn from: take a longer text")
    if data.tokens == "word" and vocabulary == 1:
        raise CorpusError(
            f"no word of {name} comes twice, so there is nothing to learn: take a longer text or tokens char"
        )
