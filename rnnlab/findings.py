"""What a look into a model finds: frozen values that any face can show and JSON can carry.

Surprisals are natural logarithms (nats). Tokens and texts are foreign. It must not know how anything was computed,
nor who asked.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True, tag_field="finding"):
    """The base of what probes find."""


class Guess(msgspec.Struct, frozen=True):
    """A token that could have come, and how likely the model held it to be."""

    token: str
    probability: float


class TokenSurprise(msgspec.Struct, frozen=True):
    """What one token of a text cost the model."""

    token: str
    """What it adds to the text; empty for the first bytes of a character that is not complete yet."""
    nats: float
    """-ln of its probability."""
    rank: int
    """1 where it was the likeliest."""
    best: msgspec.Raw = msgspec.Raw(b"[]")
    """The likeliest tokens, best first, as they are sent: of a whole text they are most of all that is told, and one
    looks at one token's at a time."""

    @property
    def guesses(self) -> tuple[Guess, ...]:
        """The likeliest tokens, best first."""
        return _guesses.decode(self.best)


_guesses = msgspec.json.Decoder(tuple[Guess, ...])


def sent(guesses: Iterable[Guess]) -> msgspec.Raw:
    """Guesses as a TokenSurprise has them."""
    return msgspec.Raw(msgspec.json.encode(tuple(guesses)))


class Surprise(Finding, frozen=True, kw_only=True, tag="surprise"):
    """Some tokens in a row; a long text comes in several of these."""

    start: int
    """The position of the first, from 0."""
    tokens: tuple[TokenSurprise, ...]


class TextScore(Finding, frozen=True, kw_only=True, tag="score"):
    """What a whole text cost the model."""

    tokens: int
    characters: int
    nats: float
    """Summed over the tokens."""
    perplexity: float | None
    """exp of the mean nats per token; None where that is more than a float holds."""
    bits_per_character: float
    unknown: int = 0
    """How many of the tokens are `<unk>`, which stands for whatever the model has no token for."""


def score_of(nats: float, tokens: int, characters: int, unknown: int = 0) -> TextScore:
    """The score of a text whose tokens cost so many nats together."""
    return TextScore(
        tokens=tokens,
        characters=characters,
        nats=nats,
        perplexity=perplexity_of(nats / max(1, tokens)),
        bits_per_character=nats / math.log(2) / max(1, characters),
        unknown=unknown,
    )


class Stretch(msgspec.Struct, frozen=True):
    """A piece of a text that two models were scored on: the shortest that is whole tokens for both."""

    text: str
    one: float
    """Nats that it cost the one model, summed over its tokens."""
    other: float


def stretches(one: Sequence[TokenSurprise], other: Sequence[TokenSurprise]) -> tuple[Stretch, ...] | None:
    """Two models' surprisals on one text side by side, also where they cut it into different tokens.

    None where they did not read the same text: one may write it small, or not know a character. Of texts of different
    length, as while both are still being scored, the beginning that both have.
    """
    tokens, found = (iter(one), iter(other)), list[Stretch]()
    texts, costs = ["", ""], [0.0, 0.0]
    # Whichever has read less of the text reads on.
    while (token := next(tokens[side := int(len(texts[0]) > len(texts[1]))], None)) is not None:
        texts[side], costs[side] = texts[side] + token.token, costs[side] + token.nats
        if not (texts[0].startswith(texts[1]) or texts[1].startswith(texts[0])):
            return None
        if texts[0] == texts[1] != "":
            found.append(Stretch(texts[0], *costs))
            texts, costs = ["", ""], [0.0, 0.0]
    return tuple(found)


def perplexity_of(nats: float) -> float | None:
    """exp of mean nats; None where that is more than a float holds."""
    return math.exp(nats) if nats < math.log(sys.float_info.max) else None


class ContextPoint(msgspec.Struct, frozen=True):
    """How well a model does that sees only so much of the text."""

    tokens: int
    """Tokens of context before the predicted one."""
    nats: float
    """Mean over the predicted tokens."""
    perplexity: float | None


class Memory(Finding, frozen=True, kw_only=True, tag="memory"):
    """How far back a model's loss reaches."""

    weights: str
    """trained or untrained."""
    step: int
    hidden: tuple[float, ...]
    """Mean norm of the gradient of the loss at step t with respect to all layers' hidden states at t-k, k from 1."""
    cell: tuple[float, ...] = ()
    """The same with respect to the memory cells of an LSTM; empty for other cells."""
    context: tuple[ContextPoint, ...]
    positions: int
    """Positions of the text that each number is a mean over."""
    text: str
    """validation or train: which part of the corpus was read."""


class UnitScore(msgspec.Struct, frozen=True):
    """How well one unit tells a hypothesis."""

    part: str
    """hidden, memory (an LSTM's cell), or a gate: input, forget, output, reset, update."""
    layer: int
    """From 0."""
    unit: int
    """From 0."""
    score: float
    """On text that was not used to choose it: see the ranking's `measure`; below 0.5 (or 0) it told nothing."""
    sign: int
    """1 where a high activation means that the hypothesis holds, -1 where a low one does."""
    fitted: float
    """The same measure on the half that the ranking was made with."""
    low: float
    """Mean activation where the hypothesis does not hold (for a number: where it is below its median)."""
    high: float
    """Mean activation where it does."""


class Ranking(Finding, frozen=True, kw_only=True, tag="ranking"):
    """The units that tell a hypothesis best, as found on one half of a text and scored on the other."""

    hypothesis: str
    measure: str
    """auc: the chance that a token where it holds has the higher activation; correlation: Pearson's, for numbers."""
    share: float
    """Of the tokens on which it holds, 0 to 1."""
    tokens: int
    """Of both halves together."""
    text: str
    """validation or train: which part of the corpus was read."""
    step: int
    units: tuple[UnitScore, ...]
    """The best first."""


class Activations(Finding, frozen=True, kw_only=True, tag="activations"):
    """One unit along a text."""

    part: str
    layer: int
    unit: int
    tokens: tuple[str, ...]
    values: tuple[float, ...]
    """After each token was read."""


class Judged(Finding, frozen=True, kw_only=True, tag="judged"):
    """Which of two texts a model prefers, pair by pair."""

    start: int
    """The position of the first pair, from 0."""
    margins: tuple[float, ...]
    """Nats by which the first text of each pair is likelier; above 0 the model prefers it."""


class Continuation(Finding, frozen=True, kw_only=True, tag="continuation"):
    """One of many texts that were written on from one prefix."""

    seed: int
    """Alone, with this seed, the model writes the same."""
    text: str
    """Without the prefix."""
    tokens: int
    cause: str
    """length, stop (the stop text came), eos (the document ended), or stopped (the person did)."""


AnyFinding = Surprise | TextScore | Memory | Ranking | Activations | Judged | Continuation
"""The union that JSON is decoded into."""
