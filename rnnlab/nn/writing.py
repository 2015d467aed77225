"""A writer: what reads a prefix and writes on, with any stepper.

It must not know torch, files, runs or how the text is shown; what it yields is foreign text to whoever shows it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnnlab.errors import PromptError
from rnnlab.nn.beam import search
from rnnlab.nn.keeping import Kept, Reader, Stepper
from rnnlab.nn.pen import Pen
from rnnlab.specs import SampleSpec
from rnnlab.text.vocabulary import Vocabulary

_SHOWN = 10
"""Unknown characters that an error lists."""
_BEGINNINGS = ("\n", " ")
"""What a text without a prefix is taken to follow, the first that the vocabulary has."""


class Writer:
    """A model that has read something and can write on: its weights, a place in a text, and a generator.

    Read and write as often as you like, in any order; each goes on where the last one ended.
    """

    def __init__(
        self, stepper: Stepper, vocabulary: Vocabulary, sample: SampleSpec | None = None, kept: Kept | None = None
    ) -> None:
        """`kept` holds states of this stepper from before; PromptError where nothing can be written."""
        sample = sample or SampleSpec()
        if sample.unknown != "show" and len(vocabulary) == 1 and vocabulary.unknown == 0:
            raise PromptError(
                "the model knows no token but <unk>, and that is never written: train it on a longer text"
            )
        if sample.beam > 1 and not sample.length:
            raise PromptError("beam search needs a length: set one above 0")
        self._vocabulary = vocabulary
        self._stepper = stepper
        self._reader = Reader(stepper, kept)
        self._sample = sample
        self.ids: list[int] = []
        """Every token that was read, what was written among them."""
        self.cause = ""
        """Why the last writing ended: length, stop, or eos."""
        self.go_on(())

    @property
    def seed(self) -> int:
        """The seed in use: the spec's, or the one that was taken where that is 0."""
        return self._pen.seed

    @property
    def reread(self) -> int:
        """How many tokens were really read so far: those after states that were kept."""
        return self._reader.steps

    @property
    def logits(self) -> np.ndarray:
        """Of the next token, `[V]`, until something is read or written; something must have been read."""
        assert self._reader.logits is not None, "nothing was read yet"
        return self._reader.logits

    @property
    def state(self) -> Any:
        """The stepper's state here, not to be changed."""
        return self._reader.state

    def begin(self) -> None:
        """Where nothing was read: stand after a line end, or, where the vocabulary has none, after a space, or else
        after its first token.
        """
        if not self.ids:
            self._go_to([beginning(self._vocabulary)])

    def go_on(self, ids: Sequence[int], written: int = 0) -> None:
        """Stand after these tokens; the last `written` of them were written with the same sample and seed.

        What is written next is what would have come after them. Raises PromptError where the vocabulary has no such
        token.
        """
        if not all(0 <= token < len(self._vocabulary) for token in ids) or not 0 <= written <= len(ids):
            raise PromptError("these are no tokens of this model: begin the text anew")
        self._pen = Pen(self._vocabulary, self._sample, ids[: len(ids) - written], ids[len(ids) - written :])
        self._go_to(list(ids))

    def read(self, text: str) -> None:
        """Reads a text; raises PromptError, and reads nothing, where a character of it is unknown.

        Where the vocabulary has an `<unk>`, unknown characters are read as that.
        """
        tokens = encode_prefix(self._vocabulary, text).tolist()
        self._pen.read(tokens)
        self._go_to([*self.ids, *tokens])

    def write(self) -> Iterator[str]:
        """The text of `steps`; pieces are never empty."""
        return (piece for _, piece in self.steps() if piece)

    def steps(self) -> Iterator[tuple[int | None, str]]:
        """Each token as it is chosen, with the text that it adds, to the length (0: without end) or a stop of the spec.

        The text is empty for a token that is not shown: an `<eos>` that ends it, half of a character. The token is
        None for what is left at the end. A model that has read nothing begins by itself, as `begin` says.
        """
        self.begin()
        self._pen.go_on()
        self.cause = "length"
        for token in self._chosen(self.logits):
            self._reader.read(token)
            self.ids.append(token)
            text = self._pen.add(token)
            self.cause = self._pen.cause or "length"
            yield token, text
            if self._pen.cause:
                break
        if rest := self._pen.rest():
            yield None, rest

    def keep(self) -> None:
        """Keep the state here, so that it is found again at once."""
        self._reader.keep()

    def _chosen(self, logits: np.ndarray) -> Iterator[int]:
        """Tokens to write, one when the one before has been read."""
        length = self._sample.length
        if self._sample.beam > 1:
            state = self._stepper.copied(self._reader.state)
            yield from search(
                self._stepper, state, logits, width=self._sample.beam, length=length, never=self._pen.never,
                ended=self._ends,
            )  # fmt: skip
            return
        for _ in range(length) if length else itertools.count():
            yield self._pen.choose(self.logits)

    def _ends(self, tokens: tuple[int, ...]) -> bool:
        """Whether a text written by beam search is at its end."""
        stop = self._sample.stop
        return self._pen.ends_document(tokens[-1]) or (bool(stop) and stop in self._vocabulary.decode(tokens))

    def _go_to(self, ids: list[int]) -> None:
        self.ids = ids
        self._reader.go_to(ids)


def encode_prefix(vocabulary: Vocabulary, text: str, remedy: str = "leave it out") -> np.ndarray:
    """The ids of a prefix; raises PromptError that lists the characters the vocabulary has no token for."""
    unknown = vocabulary.unknown_in(text) if vocabulary.unknown is None else ()
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        shown = " ".join(map(repr, unknown[:_SHOWN]))
        raise PromptError(f"the model never saw {shown}{more} in its text: {remedy}")
    return vocabulary.encode(text)


def beginning(vocabulary: Vocabulary) -> int:
    """The token that stands before a text without a prefix."""
    if vocabulary.eos is not None:
        return vocabulary.eos
    for text in _BEGINNINGS:
        if not vocabulary.unknown_in(text) and len(ids := vocabulary.encode(text)) == 1:
            return int(ids[0])
    return next(token for token in range(len(vocabulary)) if token != vocabulary.unknown)
