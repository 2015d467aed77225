"""A writer: what reads a prefix and writes on, with any stepper.

It must not know torch, files, runs or how the text is shown; what it yields is foreign text to whoever shows it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from rnnlab.errors import PromptError
from rnnlab.nn.choosing import Chooser
from rnnlab.specs import SampleSpec
from rnnlab.text.vocabulary import Vocabulary

_SHOWN = 10
"""Unknown characters that an error lists."""
_BEGINNINGS = ("\n", " ")
"""What a text without a prefix is taken to follow, the first that the vocabulary has."""


class Stepper(Protocol):
    """A model that reads one token after the other. A bidirectional one reads texts of one token, as the books do."""

    def zero_state(self) -> Any:
        """The state before anything was read."""
        ...

    def copied(self, state: Any) -> Any:
        """The state by itself: what a later step does not change."""
        ...

    def step(self, token: int, state: Any) -> np.ndarray:
        """Reads a token: moves the state on in place and gives the logits `[V]`, in memory that is used again."""
        ...


class Writer:
    """A model that has read something and can write on: its weights, a state, and a generator.

    Read and write as often as you like, in any order; each goes on where the last one ended.
    """

    def __init__(self, stepper: Stepper, vocabulary: Vocabulary, sample: SampleSpec | None = None) -> None:
        sample = sample or SampleSpec()
        if sample.unknown != "show" and len(vocabulary) == 1 and vocabulary.unknown == 0:
            raise PromptError(
                "the model knows no token but <unk>, and that is never written: train it on a longer text"
            )
        self._vocabulary = vocabulary
        self._decoder = vocabulary.decoder()
        self._stepper = stepper
        self._sample = sample
        self._chooser = Chooser(self._sample, never=vocabulary.unknown if sample.unknown == "again" else None)
        self._state = stepper.zero_state()
        self._logits: np.ndarray | None = None

    @property
    def seed(self) -> int:
        """The seed in use: the spec's, or the one that was taken where that is 0."""
        return self._chooser.seed

    def read(self, text: str) -> None:
        """Reads a text; raises PromptError, and reads nothing, where a character of it is unknown.

        Where the vocabulary has an `<unk>`, unknown characters are read as that.
        """
        for token in encode_prefix(self._vocabulary, text).tolist():
            self._read_token(token)
            self._decoder.feed(token)

    def write(self) -> Iterator[str]:
        """Text as it is chosen, to the length (0: without end) or the stop of the spec; pieces are never empty.

        A model that has read nothing begins as if after a line end, or, where the vocabulary has none, after a space,
        or else after its first token.
        """
        if self._logits is None:
            self._read_token(beginning(self._vocabulary))
        stop = _Stop(self._sample.stop)
        hidden = self._vocabulary.unknown if self._sample.unknown == "keep" else None
        for _ in range(self._sample.length) if self._sample.length else itertools.count():
            token = self.next_token()
            if token == self._vocabulary.eos and self._sample.stop_at_eos:
                break
            piece = "" if token == hidden else stop.cut(self._decoder.feed(token))
            if piece:
                yield piece
            if stop.reached:
                return
        if rest := stop.cut(self._decoder.flush()):
            yield rest

    def next_token(self) -> int:
        """Chooses the next token, reads it, and returns its id. Something must have been read before."""
        assert self._logits is not None, "nothing was read yet"
        token = self._chooser.choose(self._logits)
        self._read_token(token)
        return token

    def _read_token(self, token: int) -> None:
        self._logits = self._stepper.step(token, self._state)


def encode_prefix(vocabulary: Vocabulary, text: str) -> np.ndarray:
    """The ids of a prefix; raises PromptError that lists the characters the vocabulary has no token for."""
    unknown = vocabulary.unknown_in(text) if vocabulary.unknown is None else ()
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise PromptError(
            f"the model never saw {' '.join(map(repr, unknown[:_SHOWN]))}{more} in its text: leave it out of the prefix"
        )
    return vocabulary.encode(text)


def beginning(vocabulary: Vocabulary) -> int:
    """The token that stands before a text without a prefix."""
    if vocabulary.eos is not None:
        return vocabulary.eos
    for text in _BEGINNINGS:
        if not vocabulary.unknown_in(text) and len(ids := vocabulary.encode(text)) == 1:
            return int(ids[0])
    return next(token for token in range(len(vocabulary)) if token != vocabulary.unknown)


class _Stop:
    """Finds a text in what is written, also where it straddles pieces, and cuts off what comes after it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tail = ""
        self.reached = False

    def cut(self, piece: str) -> str:
        if not self._text or not piece:
            return piece
        seen = self._tail + piece
        at = seen.find(self._text)
        if at >= 0:
            self.reached = True
            return seen[len(self._tail) : at + len(self._text)]
        self._tail = seen[max(0, len(seen) - len(self._text) + 1) :]
        return piece
