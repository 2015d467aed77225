"""The self-test of a run that travels in a file: what its model says at the export, and whether it says it again.

What counts is what the model gives a fixed text: the nats of each of its tokens, within what other hardware may round.
A text that is drawn depends on the sampler too, which may be improved; it is compared only where the sampler is the
one of the export. It must not know torch: the model answers in a generator process.
"""

from __future__ import annotations

import math
import time
from typing import Protocol, TypeVar

import msgspec

from rnnlab.dialogue import Answered, Found, Piece, Prompt, Question, Refused, ScoreText, Wrote
from rnnlab.errors import RunError
from rnnlab.findings import Surprise
from rnnlab.hosts.generator import LocalConsole
from rnnlab.runs.paths import RunPaths
from rnnlab.specs import SampleSpec

P = TypeVar("P", bound=Piece)

SAMPLER = 1
"""Grows whenever the same seed draws other tokens from the same model; a test holds the draws."""
TOLERANCE = 1e-3
"""Nats, and share of them, by which a token's may differ: float32, summed in another order, is off by far less."""
_LENGTH = 100
_DRAWN = SampleSpec(length=_LENGTH, seed=1, temperature=0.8)
_GREEDY = SampleSpec(length=_LENGTH, seed=1, greedy=True)
_SECONDS = 120.0


class SelfTest(msgspec.Struct, frozen=True, kw_only=True):
    """What the model said at its export, and must say again."""

    prefix: str
    sample: SampleSpec
    text: str
    """What it wrote with that sample."""
    sampler: int = SAMPLER
    """The version of the sampler that drew it."""
    greedy: str = ""
    """What it holds likeliest after the prefix, token by token."""
    nats: tuple[float, ...] = ()
    """What each token of the prefix and that text costs it; none for a model that reads the future."""


class Asking(Protocol):
    """A model that answers."""

    def written(self, prompt: Prompt) -> str:
        """What it writes."""
        ...

    def scored(self, text: str, at: int) -> tuple[float, ...]:
        """The nats of each token; none where it cannot be asked."""
        ...


def examined(paths: RunPaths, prefix: str, at: int) -> SelfTest:
    """Let a run's model say what it has to say again; raises RunError where it says nothing."""
    with _Asking(paths) as asking:
        greedy = asking.written(Prompt(prefix=prefix, sample=_GREEDY, at=str(at)))
        return SelfTest(
            prefix=prefix,
            sample=_DRAWN,
            text=asking.written(Prompt(prefix=prefix, sample=_DRAWN, at=str(at))),
            greedy=greedy,
            nats=asking.scored(prefix + greedy, at),
        )


def differs(paths: RunPaths, test: SelfTest, at: int) -> str:
    """What a run's model says otherwise than the test has it, or nothing."""
    with _Asking(paths) as asking:
        return judged(asking, test, at)


def judged(asking: Asking, test: SelfTest, at: int) -> str:
    """What whoever is asked says otherwise than the test has it, or nothing."""
    prefix, greedy = test.prefix[:1000], test.greedy[: 100 * _LENGTH]
    if test.nats:
        if not _alike(asking.scored(prefix + greedy, at), test.nats):
            return "give its test text the probabilities that it gave it"
    elif greedy and asking.written(Prompt(prefix=prefix, sample=_GREEDY, at=str(at))) != greedy:
        return "find likeliest what it found likeliest"
    if test.sampler != SAMPLER:
        return ""
    sample = msgspec.structs.replace(test.sample, length=min(test.sample.length or _LENGTH, _LENGTH))
    same = asking.written(Prompt(prefix=prefix, sample=sample, at=str(at))) == test.text
    return "" if same else "write what it wrote"


def _alike(here: tuple[float, ...], there: tuple[float, ...]) -> bool:
    near = (math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE) for a, b in zip(here, there, strict=False))
    return len(here) == len(there) and all(near)


class _Asking:
    """A generator process that is asked one thing after the other."""

    def __init__(self, paths: RunPaths) -> None:
        self._console = LocalConsole(paths)
        self._deadline = time.monotonic() + _SECONDS

    def __enter__(self) -> _Asking:
        return self

    def __exit__(self, *_: object) -> None:
        self._console.close()

    def written(self, prompt: Prompt) -> str:
        """What the model writes."""
        return "".join(piece.text for piece in self._answer(prompt, Wrote))

    def scored(self, text: str, at: int) -> tuple[float, ...]:
        """The nats of each token; none where the model cannot be asked."""
        try:
            found = self._answer(ScoreText(text=text, alternatives=0, at=str(at)), Found)
        except _Unasked:
            return ()
        tokens = [token for f in found if isinstance(f.finding, Surprise) for token in f.finding.tokens]
        return tuple(round(token.nats, 6) for token in tokens)

    def _answer(self, question: Question, kind: type[P]) -> list[P]:
        self._console.ask(question)
        pieces: list[P] = []
        while time.monotonic() < self._deadline:
            for piece in self._console.read(0.2):
                if isinstance(piece, Refused):
                    raise _Unasked(piece.message)
                if isinstance(piece, Answered):
                    return pieces
                pieces += [piece] if isinstance(piece, kind) else []
        raise RunError("the model did not finish its self-test in time: try again when the machine is less busy")


class _Unasked(RunError):
    """A question that the model refused."""
