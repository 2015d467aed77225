"""What the surprise lens shows, from one or two models' answers: tokens by what they cost, the cursor's, and totals.

Pure functions. It must not know widgets, hosts or how a surprisal is computed.
"""

from __future__ import annotations

import itertools
import math

import msgspec

from rnnlab.findings import Stretch, Surprise, TextScore, TokenSurprise, stretches
from rnnlab.text.amounts import counted
from rnnlab.text.visible import label, visible
from rnnlab.tui.figures import count, magnitude, share
from rnnlab.tui.grid import Part
from rnnlab.tui.microscope.asking import Answer

LEVELS = (1.0, 2.0, 4.0, 7.0)
"""Bits from which on a token is in the next level."""
_ROLES = tuple(f"level-{n}" for n in range(len(LEVELS) + 1))
APART = (1.0, 3.0)
"""Bits between two models from which on they differ, and differ much."""
ONE, OTHER, APARTNESS = "one", "other", "difference"
"""What the text is shaded by."""
_BAR = 6


class Lens(msgspec.Struct, frozen=True):
    """A text as one or two models find it."""

    one: Answer
    other: Answer | None = None
    chosen: str = ONE

    @property
    def shade(self) -> str:
        """What the text is shaded by: the first model's surprise for as long as nothing has come of the second's."""
        return self.chosen if self.other is not None and tokens_of(self.other) else ONE

    @property
    def answer(self) -> Answer:
        """Whose tokens are shown."""
        return self.other if self.shade == OTHER and self.other is not None else self.one


def tokens_of(answer: Answer) -> tuple[TokenSurprise, ...]:
    """All tokens that were scored so far."""
    return tuple(token for part in answer.of(Surprise) for token in part.tokens)


def bits(nats: float) -> float:
    return nats / math.log(2) + 0.0  # which leaves no zero with a sign


def level(nats: float) -> str:
    """The role of a token that cost so much."""
    return _ROLES[sum(bits(nats) >= edge for edge in LEVELS)]


def apart(stretch: Stretch) -> str:
    """The role of a stretch: up where the one model found it more surprising than the other, down where less."""
    difference = bits(stretch.one - stretch.other)
    step = sum(abs(difference) >= edge for edge in APART)
    return f"{'up' if difference > 0 else 'down'}-{step}" if step else "level-0"


def pieces(lens: Lens) -> list[Part]:
    """The text, shaded."""
    if lens.shade == APARTNESS and lens.other is not None:
        found = stretches(tokens_of(lens.one), tokens_of(lens.other))
        if found is not None:
            return [*((stretch.text, apart(stretch)) for stretch in found), *_after(found, lens.one)]
    return [(token.token, level(token.nats)) for token in tokens_of(lens.answer)]


def _after(found: tuple[Stretch, ...], answer: Answer) -> list[Part]:
    """What the other model has not come to yet, plain."""
    ends = itertools.accumulate(len(token.token) for token in tokens_of(answer))
    compared = sum(len(stretch.text) for stretch in found)
    return [(token.token, "") for token, end in zip(tokens_of(answer), ends, strict=True) if end > compared]


def legend(lens: Lens) -> list[Part]:
    """What the shades mean."""
    if lens.shade == APARTNESS and lens.other is not None:
        if stretches(tokens_of(lens.one), tokens_of(lens.other)) is None:
            return [("the two do not read the same text (one changes letters): compare their totals", "quiet")]
        names = ("first far worse", "first worse", "alike", "first better", "first far better")
        return _spaced(zip(names, ("up-2", "up-1", "level-0", "down-1", "down-2"), strict=True))
    edges = [f"{edge:g}" for edge in LEVELS]
    names = (f"under {edges[0]} bit", *(f"{a}–{b}" for a, b in itertools.pairwise(edges)), f"{edges[-1]}+")
    return _spaced((name, f"level-{n}") for n, name in enumerate(names))


def _spaced(parts) -> list[Part]:
    return [piece for part in parts for piece in (part, ("  ", ""))]


def detail(lens: Lens, index: int) -> list[str]:
    """Lines on the piece under the cursor: what it cost, its rank, and what the model would rather have read."""
    if lens.shade == APARTNESS and lens.other is not None:
        found = stretches(tokens_of(lens.one), tokens_of(lens.other)) or ()
        if index >= len(found):
            return []
        stretch = found[index]
        return [
            f"{_quoted(stretch.text)}  first {bits(stretch.one):.2f} bits, second {bits(stretch.other):.2f}: "
            f"{abs(bits(stretch.one - stretch.other)):.2f} bits apart"
        ]
    tokens = tokens_of(lens.answer)
    if index >= len(tokens):
        return []
    token = tokens[index]
    cost = f"{_quoted(token.token)}  {bits(token.nats):.2f} bits   rank {count(token.rank)}"
    return [f"{cost}   p {_probability(token.nats)}   {counted(index + 1, 'token')} from the beginning", _best(token)]


def _best(token: TokenSurprise) -> str:
    rather = "   ".join(
        f"{_quoted(guess.token)} {_bar(guess.probability)} {share(guess.probability)}" for guess in token.guesses
    )
    return f"rather {rather}" if rather else ""


def _bar(part: float) -> str:
    return "▇" * max(1, round(_BAR * part)) if round(part, 2) >= 0.05 else "▁"


def _quoted(token: str) -> str:
    return label(token) if token else "(a part of a character)"


def _probability(nats: float) -> str:
    p = math.exp(-nats)
    return share(p) if p >= 0.005 else f"{p:.1e}"


def totals(lens: Lens) -> list[str]:
    """A line for each model: what the whole text cost it."""
    answers = [lens.one, *([lens.other] if lens.other is not None else [])]
    if len(answers) == 1:
        return [f"{_total(lens.one)}  {lens.one.label}"]
    # Which runs they are stands at the top: what is cut off here is no loss.
    marks = ("first   ", "second  ")
    return [f"{mark}{_total(answer)}  {_step(answer)}" for mark, answer in zip(marks, answers, strict=True)]


def _step(answer: Answer) -> str:
    return f"step {count(answer.who.step)}, {visible(answer.who.run)}" if answer.who else answer.label


def _total(answer: Answer) -> str:
    for score in answer.of(TextScore):
        perplexity = f"perplexity {magnitude(score.perplexity)}"
        return f"{score.nats:,.1f} nats  {perplexity}  {score.bits_per_character:.3f} bits/char"
    return f"{counted(len(tokens_of(answer)), 'token')} so far"
