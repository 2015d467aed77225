"""One question to a model, answered piece by piece: text as it is chosen, what could come next, or findings.

It must not know processes or how pieces travel.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import msgspec
import numpy as np

from rnnlab.dialogue import (
    Answered,
    AnyPiece,
    AnyProbe,
    Choice,
    Choices,
    Found,
    Peek,
    Prompt,
    Question,
    Refused,
    WriteMany,
    Wrote,
)
from rnnlab.errors import BadInput, RnnlabError
from rnnlab.specs import SampleSpec
from rnnlab.worker.batch import write_many
from rnnlab.worker.model import Model
from rnnlab.worker.placing import answering, placed, seeded

_SEND_EVERY = 0.05
"""Seconds between pieces: a screen shows no more, and each costs a line."""
_CONTEXT = 2_000
"""Tokens before a choice that decide what it would add to the text."""
_MAX_CHOICES = 100


def answer(model: Model, question: Question, stopped: threading.Event) -> Iterator[AnyPiece]:
    """The pieces of one answer, as they come to be; its last is `Answered`, or `Refused` with the reason."""
    try:
        if isinstance(question, Prompt):
            yield from _write(model, question, stopped)
        elif isinstance(question, Peek):
            yield from _peek(model, question)
        elif isinstance(question, WriteMany):
            yield from write_many(model, question, stopped)
        else:
            yield from _probe(model, question, stopped)
    except RnnlabError as error:
        yield refused(error)


def refused(error: Exception) -> Refused:
    """The error as the last piece, in characters that can be written."""
    return Refused(message=str(error).encode("utf-8", "backslashreplace").decode())


def _write(model: Model, prompt: Prompt, stopped: threading.Event) -> Iterator[AnyPiece]:
    sample = seeded(prompt.sample)
    writer, beginning = placed(model, model.at(prompt.at), prompt, sample)
    yield msgspec.structs.replace(beginning, seed=sample.seed)
    begun = time.monotonic()
    pieces, before = _Pieces(), len(writer.ids)
    cause = ""
    for token, text in writer.steps():
        pieces.add(token, text)
        if piece := pieces.due():
            yield piece
        if stopped.is_set():
            cause = "stopped"
            break
    writer.keep()
    if piece := pieces.rest():
        yield piece
    seconds = time.monotonic() - begun
    cause = writer.cause if writer.cause != "length" else cause or writer.cause
    yield Answered(tokens=len(writer.ids) - before, seconds=seconds, cause=cause)


class _Pieces:
    """Tokens on their way into pieces that are worth sending."""

    def __init__(self) -> None:
        self._sent = time.monotonic()
        self._clear()

    def _clear(self) -> None:
        self._texts: list[str] = []
        self._tokens: list[int] = []
        self._sizes: list[int] = []

    def add(self, token: int | None, text: str) -> None:
        self._texts.append(text)
        if token is not None:
            self._tokens.append(token)
            self._sizes.append(len(text))

    def due(self) -> Wrote | None:
        """A piece, where the last one was long enough ago."""
        now = time.monotonic()
        if now - self._sent < _SEND_EVERY:
            return None
        self._sent = now
        return self.rest()

    def rest(self) -> Wrote | None:
        """All that was not sent yet."""
        if not self._texts:
            return None
        sizes = () if set(self._sizes) == {1} else tuple(self._sizes)
        piece = Wrote(text="".join(self._texts), tokens=tuple(self._tokens), sizes=sizes)
        self._clear()
        return piece


def _peek(model: Model, peek: Peek) -> Iterator[AnyPiece]:
    begun = time.monotonic()
    if not 1 <= peek.count <= _MAX_CHOICES:
        raise BadInput(f"the number of choices must be 1 to {_MAX_CHOICES}, not {peek.count:,}")
    writer, beginning = placed(model, model.at(peek.at), peek, SampleSpec(seed=1))
    yield beginning
    logits = writer.logits.astype(np.float64)
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    best = np.argsort(-shares, kind="stable")[: peek.count].tolist()
    context, vocabulary = writer.ids[-_CONTEXT:], model.vocabulary
    yield Choices(
        choices=tuple(
            Choice(token, vocabulary.tokens[token], vocabulary.decoder(context).feed(token), float(shares[token]))
            for token in best
        )
    )
    writer.keep()
    yield Answered(tokens=0, seconds=time.monotonic() - begun, cause="probed")


def _probe(model: Model, probe: AnyProbe, stopped: threading.Event) -> Iterator[AnyPiece]:
    from rnnlab.worker.probing import Subject, find  # it needs torch; who only writes does not wait for that

    begun, weights = time.monotonic(), model.at(probe.at)
    subject = Subject(model.model, model.vocabulary, weights.step, model.corpus)
    yield answering(model, weights)
    cause = "probed"
    for finding in find(subject, probe):
        yield Found(finding=finding)
        if stopped.is_set():
            cause = "stopped"
            break
    yield Answered(tokens=0, seconds=time.monotonic() - begun, cause=cause)
