"""A pen: one text that is being written, token by token; which token comes next, what it adds, and where the text ends.

It must not know models: logits come in, tokens and text go out. What it gives is foreign text to whoever shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnlab.nn.choosing import Chooser
from rnnlab.specs import SampleSpec
from rnnlab.text.vocabulary import Vocabulary


class Pen:
    """Writes as a sampling says, after a text; the same seed and logits write the same."""

    def __init__(
        self, vocabulary: Vocabulary, sample: SampleSpec, before: Sequence[int] = (), own: Sequence[int] = ()
    ) -> None:
        """After the tokens of `before`, and of `own`, which were written with the same sample and seed."""
        self._sample, self._eos = sample, vocabulary.eos
        self._hidden = vocabulary.unknown if sample.unknown == "keep" else None
        self._decoder = vocabulary.decoder(before)
        pieces = [self._decoder.feed(token) for token in own if token != self._hidden]
        self.never = vocabulary.unknown if sample.unknown == "again" else None
        """The token that does not come."""
        self._chooser = Chooser(sample, never=self.never, after=own)
        self._stop = _Stop(sample.stop, "".join(pieces))
        self._lead = pieces[-1] if pieces and self.ends_document(own[-1]) else ""
        self.cause = ""
        """Why the text has ended: eos or stop; empty until then."""

    @property
    def seed(self) -> int:
        """The seed in use: the spec's, or the one that was taken where that is 0."""
        return self._chooser.seed

    def go_on(self) -> None:
        """Write on after an end."""
        self.cause, self._stop.reached = "", False

    def read(self, tokens: Sequence[int]) -> None:
        """These come next in the text, and were not written here."""
        for token in tokens:
            self._decoder.feed(token)

    def choose(self, logits: np.ndarray) -> int:
        """The next token by its logits `[V]`, which may be overwritten."""
        return self._chooser.choose(logits)

    def add(self, token: int) -> str:
        """The text that a token adds; empty for one that is not shown: an `<eos>` that ends it, half of a character."""
        if self.ends_document(token):
            # What goes on after it begins with its text.
            self.cause, self._lead = "eos", self._decoder.feed(token)
            return ""
        text = "" if token == self._hidden else self._stop.cut(self._lead + self._decoder.feed(token))
        self._lead = ""
        self.cause = "stop" if self._stop.reached else ""
        return text

    def rest(self) -> str:
        """What is left at the end: of a character that was not finished."""
        return "" if self.cause == "stop" else self._stop.cut(self._decoder.flush())

    def ends_document(self, token: int) -> bool:
        """Whether the writing ends with that token."""
        return self._sample.stop_at_eos and token == self._eos


class _Stop:
    """Finds a text in what is written, also where it straddles pieces, and cuts off what comes after it."""

    def __init__(self, text: str, before: str = "") -> None:
        """`before` is what was written already; a stop that it ends with is behind it."""
        self._text = text
        self._tail = "" if before.endswith(text) else before[max(0, len(before) - len(text) + 1) :]
        self.reached = False

    def cut(self, piece: str) -> str:
        if not self._text or not piece:
            return piece
        seen = self._tail + piece
        at = seen.find(self._text)
        if at >= 0:
            # A stop that comes later shares nothing with this one.
            self.reached, before, self._tail = True, len(self._tail), ""
            return seen[before : at + len(self._text)]
        self._tail = seen[max(0, len(seen) - len(self._text) + 1) :]
        return piece
