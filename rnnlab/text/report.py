"""What is said of a corpus: frozen values that any face can show. It must not know how they were computed."""

from __future__ import annotations

import msgspec


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """One token of a vocabulary."""

    id: int
    token: str
    """The token itself, not safe to show as it is; `visible` makes it so."""
    codepoint: str
    """U+0020 for a single character, or nothing."""
    name: str
    """The character's Unicode name, or nothing."""
    count: int
    share: float
    """Of all tokens, 0 to 1."""
    rare: bool
    """Whether it comes so seldom that a model can hardly learn it."""


class CorpusReport(msgspec.Struct, frozen=True, kw_only=True):
    """A corpus as one tokenization sees it."""

    name: str
    title: str
    about: str
    source: str
    """The name or path it was asked for by."""
    sha256: str
    bytes: int
    characters: int
    """After cleaning."""
    lines: int
    tokens: int
    """After cleaning and the limit."""
    encoding: str
    vocabulary: tuple[TokenRow, ...]
    """By id."""
    uniform: float
    """Perplexity of guessing evenly: the vocabulary's size."""
    unigram: float
    """Perplexity of guessing by frequency, on the text itself."""
    rare_tokens: int
    """How many tokens are rare."""
    rare_share: float
    """What share of the text they make up, 0 to 1."""
    excerpt: str
    """The beginning of the text, for a glance."""


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the tokenized text."""

    start: int
    """The first token's position."""
    total: int
    """Tokens in the whole text."""
    text: str
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
