"""States that a model has been in, kept so that going back in a text reads little of it again.

A reader stands somewhere in a text. Sent to another place it starts from the nearest state before it that is still
kept: after a step back that is a few tokens away, after an edit where the texts part. A step computes the same
numbers whoever asks for it, so what is kept changes the time that reading takes and nothing else. It must not know
torch, text, or how a token is chosen.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

STRIDE = 8
"""Tokens between two states that are kept: going back reads at most as many again."""
ROOM = 64 << 20
"""Bytes of states that are kept; those not used for longest go first."""


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


class Kept:
    """States by the texts that they come after, of one stepper, in bounded memory."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._states: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()
        self._used = 0

    def __len__(self) -> int:
        return len(self._states)

    def put(self, text: bytes, state: Any) -> None:
        """Keep a state that nobody changes any more, under the digest of its text."""
        if text in self._states:
            self._states.move_to_end(text)
            return
        size = _size(state)
        self._states[text] = state, size
        self._used += size
        while self._used > self._room:
            self._used -= self._states.popitem(last=False)[1][1]

    def get(self, text: bytes) -> Any:
        """The state after that text, or None."""
        found = self._states.get(text)
        if found is None:
            return None
        self._states.move_to_end(text)
        return found[0]


class Reader:
    """A place in a text, the state there, and the logits of what comes next."""

    def __init__(self, stepper: Stepper, kept: Kept | None = None) -> None:
        self._stepper = stepper
        self._kept = kept if kept is not None else Kept()
        self.steps = 0
        """Tokens that were really read: what keeping saves is not among them."""
        self._begin(0, stepper.zero_state(), _digest())

    def _begin(self, length: int, state: Any, digest: Any) -> None:
        self.length, self.state, self._digest = length, state, digest
        self.logits: np.ndarray | None = None
        self._unsaid: list[int] = []
        """Tokens that were read since the digest was brought up to date: one at a time that would cost more."""

    def go_to(self, ids: Sequence[int]) -> None:
        """Stand after these tokens, whatever was read before."""
        names, digest = [b""], _digest()
        for token in ids:
            digest.update(_bytes(token))
            names.append(digest.digest())
        # The logits are not kept: the last token is always read.
        start = next((n for n in range(len(ids) - 1, 0, -1) if self._kept.get(names[n]) is not None), 0)
        state = self._stepper.copied(self._kept.get(names[start])) if start else self._stepper.zero_state()
        digest = _digest()
        digest.update(b"".join(map(_bytes, ids[:start])))
        self._begin(start, state, digest)
        for token in ids[start:-1]:
            self.read(token)
        self.keep()
        for token in ids[-1:]:
            self.read(token)

    def read(self, token: int) -> None:
        """Read one token more."""
        self.logits = self._stepper.step(token, self.state)
        self._unsaid.append(token)
        self.length += 1
        self.steps += 1
        if self.length % STRIDE == 0:
            self.keep()

    def keep(self) -> None:
        """Keep the state here."""
        self._digest.update(b"".join(map(_bytes, self._unsaid)))
        self._unsaid.clear()
        self._kept.put(self._digest.digest(), self._stepper.copied(self.state))


def _digest() -> Any:
    return hashlib.blake2b(digest_size=16)


def _bytes(token: int) -> bytes:
    return token.to_bytes(4, "big")


def _size(state: Any) -> int:
    if isinstance(state, list | tuple):
        return 64 + sum(map(_size, state))
    return 128 + state.nbytes
