"""What is said between a console and the generator behind it: questions one way, pieces of an answer the other.

The same values are JSON lines between the processes. It must not know processes, files or screens.
"""

from __future__ import annotations

import msgspec

from rnnlab.findings import AnyFinding
from rnnlab.specs import SampleSpec
from rnnlab.specs.clamps import Clamp


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """One question: write on from this prefix."""

    prefix: str
    after: tuple[int, ...] = ()
    """Ids of tokens that come before the prefix, as an earlier answer told them: the state after them may be known."""
    written: int = 0
    """How many of the last of these were written with this sample and seed: what is drawn goes on where they ended."""
    sample: SampleSpec = SampleSpec()
    at: str = "last"
    """Which checkpoint: `last`, `best`, or a step's number."""
    clamp: tuple[Clamp, ...] = ()
    """Units held at a value while it reads and writes: (layer, unit, value) each."""


class Probe(msgspec.Struct, frozen=True, kw_only=True, tag_field="probe"):
    """The base of the other questions: look into the model. The answer's findings come as `Found`."""

    at: str = "last"
    """Which checkpoint: `last`, `best`, or a step's number; 0 is the untrained model."""


MAX_TEXT = 2_000_000
"""Characters that are scored: a longer text would keep a person waiting for many minutes."""


class ScoreText(Probe, frozen=True, kw_only=True, tag="score"):
    """What does each token of this text cost? Answered by `Surprise` ... and a `TextScore`."""

    text: str
    alternatives: int = 5


class MeasureMemory(Probe, frozen=True, kw_only=True, tag="memory"):
    """How far back does the loss reach, and what is context worth? Answered by a `Memory`."""

    lags: int = 100
    """Steps back to look at."""
    contexts: tuple[int, ...] = (1, 2, 5, 10, 20, 50, 100)
    """Tokens of context to allow, each at least 1."""
    positions: int = 64


class RankUnits(Probe, frozen=True, kw_only=True, tag="neurons"):
    """Which units tell this? Answered by a `Ranking`, from the held-out text where there is enough of it."""

    hypothesis: str
    """quotes (inside quotation marks), line (position in the line), or match (of `pattern`)."""
    pattern: str = ""
    """A regular expression: what it matches is what a unit should tell."""
    gates: bool = False
    """Whether gates are ranked too."""
    tokens: int = 10_000
    count: int = 10


class WatchUnit(Probe, frozen=True, kw_only=True, tag="activations"):
    """How does one unit go along this text? Answered by `Activations`."""

    text: str
    part: str = "hidden"
    layer: int = 0
    unit: int = 0


class JudgePairs(Probe, frozen=True, kw_only=True, tag="pairs"):
    """Which of two texts is likelier, for each pair? Answered by `Judged` ..."""

    pairs: tuple[tuple[str, str], ...]


class Peek(Probe, frozen=True, kw_only=True, tag="next"):
    """Which token could come next? Answered by `Choices`."""

    prefix: str = ""
    after: tuple[int, ...] = ()
    """Ids of tokens that come before the prefix."""
    count: int = 10
    clamp: tuple[Clamp, ...] = ()


class WriteMany(Probe, frozen=True, kw_only=True, tag="many"):
    """What could all follow this prefix? Answered by as many `Continuation`, when all have ended."""

    prefix: str = ""
    after: tuple[int, ...] = ()
    """Ids of tokens that come before the prefix."""
    count: int = 8
    sample: SampleSpec = SampleSpec()
    """Its seed is the first one's, the others have the seeds after it."""
    clamp: tuple[Clamp, ...] = ()


AnyProbe = ScoreText | MeasureMemory | RankUnits | WatchUnit | JudgePairs | Peek | WriteMany
"""The union that JSON is decoded into; a line without `probe` is a Prompt."""
Question = Prompt | AnyProbe
"""What a console can be asked."""


class Piece(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """The base of what comes back."""


class Answering(Piece, frozen=True, kw_only=True, tag="answering"):
    """The first piece of an answer: who writes, from which step, with which seed."""

    run: str
    step: int
    split: str
    """What the perplexity was measured on: validation, train, or nothing where it was not measured yet; of a
    bidirectional model, whose perplexity is not a language model's, with `future-reading` before it."""
    perplexity: float | None
    seed: int
    unknown: tuple[str, ...] = ()
    """Characters of the prefix that the vocabulary lacks, replaced by its `<unk>`."""
    read: tuple[int, ...] = ()
    """Ids of the prefix's tokens; where nothing comes before the text, of what it is taken to follow."""


class Wrote(Piece, frozen=True, kw_only=True, tag="wrote"):
    """Some more text, as soon as it was sampled; many tokens at once when they come fast."""

    text: str
    tokens: tuple[int, ...] = ()
    """The ids of its tokens."""
    sizes: tuple[int, ...] = ()
    """Characters that each token added, 0 for one that is not shown; empty where each added one. What the text has
    beyond their sum is the rest of a character that was never finished."""


class Choice(msgspec.Struct, frozen=True):
    """A token that could come next."""

    id: int
    token: str
    """Its name."""
    text: str
    """What it would add to the text; empty where it would only begin a character."""
    probability: float
    """By the model itself: temperature 1, among all tokens."""


class Choices(Piece, frozen=True, kw_only=True, tag="choices"):
    """The likeliest next tokens, the likeliest first."""

    choices: tuple[Choice, ...]


class Found(Piece, frozen=True, kw_only=True, tag="found"):
    """Some of what a probe found."""

    finding: AnyFinding


class Answered(Piece, frozen=True, kw_only=True, tag="answered"):
    """The last piece of an answer."""

    tokens: int
    seconds: float
    cause: str
    """length, stop (the stop text came), eos (the document ended), stopped (the person did), or probed (a probe has
    found it all)."""


class Refused(Piece, frozen=True, kw_only=True, tag="refused"):
    """The last piece where there is no answer: one sentence that says what to do."""

    message: str


AnyPiece = Answering | Wrote | Choices | Found | Answered | Refused
"""The union that JSON is decoded into."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One question with its answer, as a session's transcript keeps it: a branch of a text."""

    prefix: str
    """What was typed."""
    text: str
    """What was written after it."""
    run: str
    step: int
    split: str = ""
    perplexity: float | None = None
    seed: int = 0
    sample: SampleSpec = SampleSpec()
    cause: str = "length"
    id: str = ""
    """Unique in its session; empty in transcripts of before there were branches."""
    parent: str = ""
    """The turn that this one goes on from; empty where it begins a text."""
    kept: int = 0
    """How many of the tokens that the parent wrote come before this turn."""
    written: int = 0
    """How many tokens before this turn were written with the same seed: its draws go on after theirs."""
    read: tuple[int, ...] = ()
    """Ids of the tokens of the prefix."""
    tokens: tuple[int, ...] = ()
    """Ids of the tokens of the text."""
    sizes: tuple[int, ...] = ()
    """Characters that each of them added; empty where each added one."""
    clamp: tuple[Clamp, ...] = ()
