"""What is said between a console and the generator behind it: prompts one way, pieces of an answer the other.

The same values are JSON lines between the processes. It must not know processes, files or screens.
"""

from __future__ import annotations

import msgspec

from rnnlab.specs import SampleSpec


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """One question: write on from this prefix."""

    prefix: str
    sample: SampleSpec = SampleSpec()
    at: str = "last"
    """Which checkpoint: `last`, `best`, or a step's number."""


class Piece(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """The base of what comes back."""


class Answering(Piece, frozen=True, kw_only=True, tag="answering"):
    """The first piece of an answer: who writes, from which step, with which seed."""

    run: str
    step: int
    split: str
    """What the perplexity was measured on: validation, train, or nothing where it was not measured yet."""
    perplexity: float | None
    seed: int
    unknown: tuple[str, ...] = ()
    """Characters of the prefix that the vocabulary lacks, replaced by its `<unk>`."""


class Wrote(Piece, frozen=True, kw_only=True, tag="wrote"):
    """Some more text, as soon as it was sampled; many tokens at once when they come fast."""

    text: str


class Answered(Piece, frozen=True, kw_only=True, tag="answered"):
    """The last piece of an answer."""

    tokens: int
    seconds: float
    cause: str
    """length, stop (the stop text came) or stopped (the person did)."""


class Refused(Piece, frozen=True, kw_only=True, tag="refused"):
    """The last piece where there is no answer: one sentence that says what to do."""

    message: str


AnyPiece = Answering | Wrote | Answered | Refused
"""The union that JSON is decoded into."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One question with its answer, as a session's transcript keeps it."""

    prefix: str
    text: str
    run: str
    step: int
    split: str = ""
    perplexity: float | None = None
    seed: int = 0
    sample: SampleSpec = SampleSpec()
    cause: str = "length"
