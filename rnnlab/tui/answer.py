"""`Asking` and `Answer`: one question with the place in a text that it goes on from, and what has come of it so far;
and the line that says who wrote a text.

It must not know widgets.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import msgspec

from rnnlab.dialogue import Answered, Answering, Choice, Choices, Peek, Prompt, Turn, Wrote
from rnnlab.specs import SampleSpec
from rnnlab.transcript import Place, Tree, drawn
from rnnlab.tui import figures

_SPLITS = {"validation": "val"}
_TIED = "\xa0"
"""A space at which no line ends."""
_CAUSES = {"stopped": "stopped", "stop": "stop text", "eos": "<eos>"}
"""Endings that the stamp tells; that a text reached its length needs no word."""


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """A question to one model."""

    question: Prompt | Peek
    place: Place | None = None
    """Where the text goes on; None where it begins."""
    typed: str = ""
    """What a person adds there."""
    chosen: tuple[int, ...] = ()
    """Ids of the tokens of what was typed, as far as they are known before the answer."""


def ask(tree: Tree, place: Place | None, typed: str, sample: SampleSpec, run: str, at: str = "last") -> Asking:
    """The question that goes on from a place, or begins: from the tokens where the run wrote them, else from the text.

    Where nothing is typed and the seed is free or the same, what is drawn goes on too.
    """
    if place is None:
        return Asking(question=Prompt(prefix=typed, sample=sample, at=at), typed=typed)
    turn = tree.turns[place.turn]
    tokens = known(tree, place, run)
    if tokens is None:
        return Asking(question=Prompt(prefix=tree.text(place) + typed, sample=sample, at=at), place=place, typed=typed)
    written = 0
    if not typed and sample.seed in (0, turn.seed):
        written, sample = tree.written(place), msgspec.structs.replace(sample, seed=turn.seed)
    return Asking(
        question=Prompt(prefix=typed, after=tokens, written=written, sample=sample, at=at), place=place, typed=typed
    )


def known(tree: Tree, place: Place, run: str) -> tuple[int, ...] | None:
    """The tokens up to a place in the vocabulary of that run; None where another run wrote some of them."""
    same = all(turn.run == run for turn, _ in tree.path(place))
    return tree.tokens(place) if same else None


class Answer:
    """Gathers pieces until the last one came."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.who: Answering | None = None
        """Who writes, once that is known."""
        self.choices: tuple[Choice, ...] = ()
        self._texts: list[str] = []
        self._tokens: list[int] = []
        self._sizes: list[int] = []

    def take(self, piece: Answering | Wrote | Choices) -> None:
        if isinstance(piece, Answering):
            self.who = piece
        elif isinstance(piece, Choices):
            self.choices = piece.choices
        else:
            self._texts.append(piece.text)
            self._tokens += piece.tokens
            self._sizes += piece.sizes or [1] * len(piece.tokens)

    def turn(self, cause: str) -> Turn | None:
        """The whole of it, or None where nobody has begun to answer."""
        who, asking, place = self.who, self.asking, self.asking.place
        if who is None:
            return None
        prompt = asking.question if isinstance(asking.question, Prompt) else Prompt(prefix="")
        whole = place is None or bool(prompt.after)
        return Turn(
            prefix=asking.typed,
            text="".join(self._texts),
            run=who.run,
            step=who.step,
            split=who.split,
            perplexity=who.perplexity,
            seed=who.seed,
            sample=prompt.sample,
            cause=cause,
            id=secrets.token_hex(5),
            parent=place.turn if place else "",
            kept=place.tokens if place else 0,
            written=prompt.written,
            read=(*asking.chosen, *who.read) if whole else (),
            tokens=tuple(self._tokens),
            sizes=() if set(self._sizes) <= {1} else tuple(self._sizes),
            clamp=prompt.clamp,
        )


def stamp(turn: Turn, answered: Answered | None = None, *, kept: int | None = None, named: bool = True) -> str:
    """Who wrote a text: run, step, how good it was then, how it drew; and how fast, where that is known.

    With `kept`, how much of it one has stepped back to; not `named` where the run's name is to be seen anyway.
    """
    return " · ".join(filter(None, [turn.run if named else "", *_parts(turn, answered, kept)]))


def _parts(turn: Turn, answered: Answered | None, kept: int | None) -> Iterator[str]:
    yield f"step {figures.count(turn.step)}"
    if turn.split and turn.perplexity is not None:
        yield f"{_SPLITS.get(turn.split, turn.split)} {figures.magnitude(turn.perplexity)}"
    yield from drawn(turn)
    if answered and answered.seconds > 0:
        yield f"{figures.rate(answered.tokens / answered.seconds)}{_TIED}tok/s"
    if kept is not None and kept < len(turn.tokens):
        yield f"{figures.count(kept)} of {figures.count(len(turn.tokens))}"
    else:
        yield _CAUSES.get(turn.cause, "")


def unknown_note(characters: tuple[str, ...]) -> str:
    """That the model never saw some characters of the prefix, or nothing."""
    if not characters:
        return ""
    shown = " ".join(characters[:12]) + (" …" if len(characters) > 12 else "")
    return f"the model never saw: {shown} (read as unknown)"
