"""One question to a model, answered piece by piece: text as it is chosen, what could come next, or findings.

It must not know processes or how pieces travel.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator

import msgspec
import numpy as np

from rnnlab.dialogue import (
    Answered,
    Answering,
    AnyPiece,
    AnyProbe,
    Choice,
    Choices,
    Found,
    Peek,
    Prompt,
    Question,
    Refused,
    Wrote,
)
from rnnlab.errors import BadInput, PromptError, RnnlabError
from rnnlab.nn.writing import Writer
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.specs import SampleSpec
from rnnlab.text.cleaning import clean_prefix
from rnnlab.worker.model import Model

_SEND_EVERY = 0.05
"""Seconds between pieces: a screen shows no more, and each costs a line."""
MAX_PREFIX = 20_000
"""Characters: at some thousand tokens a second, a longer prefix would keep a person waiting."""
MAX_AFTER = 1_000_000
"""Tokens that may come before a prefix."""
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
        else:
            yield from _probe(model, question, stopped)
    except RnnlabError as error:
        yield refused(error)


def refused(error: Exception) -> Refused:
    """The error as the last piece, in characters that can be written."""
    return Refused(message=str(error).encode("utf-8", "backslashreplace").decode())


def seeded(sample: SampleSpec) -> SampleSpec:
    """The sampling with a seed: a new, short one where none was given, so that it can be typed again."""
    return sample if sample.seed else msgspec.structs.replace(sample, seed=secrets.randbelow(99_999) + 1)


def _write(model: Model, prompt: Prompt, stopped: threading.Event) -> Iterator[AnyPiece]:
    sample = seeded(prompt.sample)
    writer, answering = _placed(model, prompt, sample)
    yield msgspec.structs.replace(answering, seed=sample.seed)
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


def _placed(model: Model, question: Prompt | Peek, sample: SampleSpec) -> tuple[Writer, Answering]:
    """A writer that has read what the question says, and the first piece of its answer."""
    if len(question.prefix) > MAX_PREFIX:
        raise PromptError(f"the prefix has {len(question.prefix):,} characters: take at most {MAX_PREFIX:,}")
    if len(question.after) > MAX_AFTER:
        raise PromptError(f"the text has {len(question.after):,} tokens, which is too long: begin a new one")
    weights = model.at(question.at)
    stepper, kept = model.stepping(question.clamp)
    writer = Writer(stepper, model.vocabulary, sample, kept)
    prefix = clean_prefix(question.prefix, model.run.spec.data.clean)
    writer.go_on(question.after, question.written if isinstance(question, Prompt) else 0)
    if prefix:
        writer.read(prefix)
    writer.begin()
    read = tuple(writer.ids[len(question.after) :])
    return writer, _answering(model, weights, unknown=model.vocabulary.unknown_in(prefix), read=read)


def _answering(
    model: Model, weights: CheckpointManifest, *, unknown: tuple[str, ...] = (), read: tuple[int, ...] = ()
) -> Answering:
    return Answering(
        run=model.run.id,
        step=weights.step,
        # A reader of the future is marked wherever its perplexity is shown.
        split=f"{'future-reading ' if model.run.spec.model.bidirectional and weights.split else ''}{weights.split}",
        perplexity=weights.perplexity,
        seed=0,
        unknown=unknown,
        read=read,
    )


def _peek(model: Model, peek: Peek) -> Iterator[AnyPiece]:
    begun = time.monotonic()
    if not 1 <= peek.count <= _MAX_CHOICES:
        raise BadInput(f"the number of choices must be 1 to {_MAX_CHOICES}, not {peek.count:,}")
    writer, answering = _placed(model, peek, SampleSpec(seed=1))
    yield answering
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
    yield _answering(model, weights)
    cause = "probed"
    for finding in find(subject, probe):
        yield Found(finding=finding)
        if stopped.is_set():
            cause = "stopped"
            break
    yield Answered(tokens=0, seconds=time.monotonic() - begun, cause=cause)
