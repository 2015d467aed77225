"""`Answer`: one question and what has come of its answer so far; and the line that says who wrote it.

It must not know widgets.
"""

from __future__ import annotations

from rnnlab.dialogue import Answered, Answering, Prompt, Turn, Wrote
from rnnlab.tui import figures

_SPLITS = {"validation": "val"}
_CAUSES = {"stopped": "stopped", "stop": "stop text"}
"""Endings that the stamp tells; that a text reached its length needs no word."""


class Answer:
    """Gathers pieces until the last one came."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.who: Answering | None = None
        """Who writes, once that is known."""
        self._texts: list[str] = []

    def take(self, piece: Answering | Wrote) -> None:
        if isinstance(piece, Wrote):
            self._texts.append(piece.text)
        else:
            self.who = piece

    def turn(self, cause: str) -> Turn | None:
        """The whole of it, or None where nobody has begun to answer."""
        who = self.who
        if who is None:
            return None
        return Turn(
            prefix=self.prompt.prefix,
            text="".join(self._texts),
            run=who.run,
            step=who.step,
            split=who.split,
            perplexity=who.perplexity,
            seed=who.seed,
            sample=self.prompt.sample,
            cause=cause,
        )


def stamp(turn: Turn, answered: Answered | None = None) -> str:
    """Who wrote a text: run, step, how good it was then, how it drew; and how fast, where that is known."""
    seconds = answered.seconds if answered else 0.0
    parts = [
        turn.run,
        f"step {figures.count(turn.step)}",
        f"{_SPLITS.get(turn.split, turn.split)} {figures.magnitude(turn.perplexity)}"
        if turn.split and turn.perplexity is not None
        else "",
        "greedy" if turn.sample.greedy else f"T {turn.sample.temperature:g} · seed {turn.seed}",
        f"{figures.rate(len(turn.text) / seconds)} c/s" if seconds > 0 else "",
        _CAUSES.get(turn.cause, ""),
    ]
    return " · ".join(part for part in parts if part)


def unknown_note(characters: tuple[str, ...]) -> str:
    """That the model never saw some characters of the prefix, or nothing."""
    if not characters:
        return ""
    shown = " ".join(characters[:12]) + (" …" if len(characters) > 12 else "")
    return f"the model never saw: {shown} (read as unknown)"
