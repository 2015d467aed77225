"""Beam search: the likeliest text of a length, as far as a few candidates at a time can tell.

    for token in search(stepper, state, logits, width=5, length=100):
        ...

Width 1 is greedy; a width of all texts there are finds the likeliest of them. Every candidate of a step continues one
of the step before, so a token that all candidates share is certain and is given at once. It must not know torch, text,
or where the state comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from rnnlab.nn.keeping import Stepper

Ended = Callable[[tuple[int, ...]], bool]
"""Whether a text ends with these tokens, before its length."""


class Candidate(NamedTuple):
    """A text so far."""

    tokens: tuple[int, ...]
    score: float
    """Its log-probability: the sum of its tokens' natural logarithms."""
    state: Any
    log_p: np.ndarray
    """Of the next token, `[V]`."""
    ended: bool = False


def search(
    stepper: Stepper,
    state: Any,
    logits: np.ndarray,
    *,
    width: int,
    length: int,
    never: int | None = None,
    ended: Ended = lambda tokens: False,
) -> Iterator[int]:
    """The tokens of the likeliest text of at most `length` tokens, as soon as they are certain.

    `state` is where the text goes on and `logits` `[V]` are its next token's; neither is changed. Texts that end
    early compete as they are, so the shorter has the advantage. The token `never` does not come.
    """
    candidates = [Candidate((), 0.0, state, _log_softmax(logits, never))]
    given = 0
    for _ in range(length):
        if all(candidate.ended for candidate in candidates):
            break
        candidates = _next(stepper, candidates, width, never, ended)
        certain = _shared(candidates)
        yield from certain[given:]
        given = max(given, len(certain))
    yield from candidates[0].tokens[given:]


def _next(
    stepper: Stepper, candidates: list[Candidate], width: int, never: int | None, ended: Ended
) -> list[Candidate]:
    """The best continuations by one token, the likeliest first."""
    found: list[tuple[float, Candidate, int]] = [(c.score, c, -1) for c in candidates if c.ended]
    for candidate in candidates:
        if not candidate.ended:
            best = np.argsort(-candidate.log_p, kind="stable")[:width].tolist()
            found += [(candidate.score + float(candidate.log_p[token]), candidate, token) for token in best]
    found.sort(key=lambda each: -each[0])
    return [_stepped(stepper, *each, never, ended) for each in found[:width] if each[0] > -np.inf]


def _stepped(
    stepper: Stepper, score: float, candidate: Candidate, token: int, never: int | None, ended: Ended
) -> Candidate:
    if token < 0:
        return candidate
    tokens = (*candidate.tokens, token)
    if ended(tokens):
        return Candidate(tokens, score, None, candidate.log_p, ended=True)
    state = stepper.copied(candidate.state)
    return Candidate(tokens, score, state, _log_softmax(stepper.step(token, state), never))


def _log_softmax(logits: np.ndarray, never: int | None) -> np.ndarray:
    log_p = logits.astype(np.float64)
    if never is not None:
        log_p[never] = -np.inf
    log_p -= log_p.max()
    log_p -= np.log(np.exp(log_p).sum())
    return log_p


def _shared(candidates: list[Candidate]) -> tuple[int, ...]:
    """The beginning that all candidates have."""
    first, last = (choose(candidate.tokens for candidate in candidates) for choose in (min, max))
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:same]
