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
    unknown_share: float = 0.0
    """What share of the text is `<unk>`, 0 to 1."""
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


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What a simple model, or a compressor, makes of a text: a yardstick for a network's perplexity."""

    name: str
    """uniform, unigram, bigram, 5-gram or xz."""
    loss: float
    """Mean nats per token."""
    perplexity: float | None
    """None where it is larger than a float can be."""
    bits_per_character: float


class Baselines(msgspec.Struct, frozen=True, kw_only=True):
    """A text's yardsticks: models on a held-out tenth, and xz on the whole."""

    tokens: int
    """Read in all, from the beginning of the text."""
    held_out: int
    """Of these, at the end."""
    rows: tuple[Baseline, ...]


class TokenCount(msgspec.Struct, frozen=True, kw_only=True):
    """A token of one vocabulary."""

    token: str
    """The token itself, not safe to show as it is."""
    codepoint: str
    name: str
    count: int


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of two corpora that are compared."""

    name: str
    tokens: int
    distinct: int
    only: tuple[TokenCount, ...]
    """Tokens that the other does not have, the frequent ones first."""
    only_share: float
    """What share of its text they make up, 0 to 1: what a model of the other corpus could not read."""


class SharedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token that both have."""

    token: str
    one: float
    """Its share of the one text, 0 to 1."""
    other: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two corpora's vocabularies side by side."""

    one: Side
    other: Side
    shared: int
    """Tokens that both have."""
    differing: tuple[SharedToken, ...]
    """Of these, the ones whose shares differ most."""


class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """One sequence of a batch."""

    start: int
    """Where it begins among the tokens of the text."""
    x: tuple[int, ...]
    """Ids read."""
    y: tuple[int, ...]
    """Ids to predict."""
    tokens: tuple[str, ...]
    """The tokens of x and the last of y, not safe to show as they are."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one batch as the model sees them: y is x one token later."""

    epoch: int
    number: int
    """From 1."""
    batches: int
    """In an epoch."""
    sampling: str
    """consecutive: a row goes on where it ended in the batch before; random: it stands anywhere."""
    rows: tuple[BatchRow, ...]
    """Some of its rows, from the first on."""
    total_rows: int


class TokenDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What a second look says of one token."""

    id: int
    rank: int
    """1 for the most frequent token; equals in the order of their ids."""
    cumulative: float
    """Share of the text that this token and the more frequent ones make up, 0 to 1."""
    category: str
    """Unicode general category, as in Lu for a capital letter; nothing for a token of several characters."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a token comes."""

    position: int
    """Of the token, among the tokens."""
    before: str
    after: str


class RareToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token that comes seldom, with some of the places where it does."""

    id: int
    token: str
    count: int
    contexts: tuple[Context, ...]


class NamedCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often something comes."""

    codepoint: str
    """U+000A for a single character, several with spaces between, or nothing."""
    name: str
    count: int


class RepeatedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that comes more than once."""

    text: str
    """Its beginning."""
    count: int


class LongLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is longer than a paragraph."""

    number: int
    """From 1."""
    characters: int
    text: str
    """Its beginning."""


class LineLengths(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines have between `low` and `high` characters, both included."""

    low: int
    high: int
    lines: int


class LineDetail(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a text."""

    count: int
    blank: int
    median: float
    """Characters, blank lines left out."""
    longest: int
    lengths: tuple[LineLengths, ...]
    long: tuple[LongLine, ...]
    """The longest of those above the limit of `rnnlab.text.lines`, longest first."""
    compared: int
    """Lines that were looked at for repetitions: all, or so many at the beginning."""
    duplicated: int
    """Lines that repeat an earlier one; blank ones left out."""
    duplicated_share: float
    """Of the lines that are not blank, 0 to 1."""
    repeated: tuple[RepeatedLine, ...]
    """The most repeated ones, most often first."""


class CurvePoint(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the rank-frequency curve."""

    rank: int
    count: int


class CorpusDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A second look at a corpus, which takes longer than the report."""

    tokens: tuple[TokenDetail, ...]
    """By id."""
    rare: tuple[RareToken, ...]
    """The rarest first; of many, the beginning."""
    rare_lines_share: float
    """Share of the lines that have a rare token, 0 to 1."""
    lines: LineDetail
    """After cleaning; of a very long text, of its beginning."""
    ends: tuple[NamedCount, ...]
    """The kinds of line ends that the text has before cleaning."""
    hidden: tuple[NamedCount, ...]
    """Its control and invisible characters but line ends and tabs, by code point; before cleaning."""
    composed: bool
    """Whether the text is in normalisation form C; if not, one letter may be two tokens here and one there."""
    curve: tuple[CurvePoint, ...]
    """Ranks evenly spaced on a logarithmic scale, the first and the last among them."""


class Copied(msgspec.Struct, frozen=True):
    """A piece of a text that stands in the training text."""

    start: int
    """Its first character in the text, from 0."""
    length: int
    place: int
    """Where it stands in the training text (one place of perhaps several): its first character, from 0."""
    before: str = ""
    after: str = ""
    part: float = 0.0
    """Where asked for, what stands around it there, and how far into the training text that is, 0 to 1."""


class Originality(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a text is copied."""

    characters: int
    copied: int
    """Characters that lie in at least one span."""
    shortest: int
    """The length from which on a piece counted as copied."""
    spans: tuple[Copied, ...]
    """The longest copies, by their start; they may overlap, and none lies within another."""
    share: float
    """Copied of all characters, 0 to 1."""
