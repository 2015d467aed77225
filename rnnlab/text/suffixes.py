"""A suffix array: every place of a text in the order of what begins there, so that any piece of it is found at once.

Built by prefix doubling (Manber & Myers, https://doi.org/10.1137/0222058) that sorts only what is not told apart yet,
in the manner of Larsson & Sadakane, https://doi.org/10.1016/j.tcs.2007.07.017, with numpy's sorting. A package with a
linear-time algorithm would be some times faster and one more thing to install; ten megabytes take seconds, once. It
must not know what is looked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

import numpy as np

from rnnlab.text.tokenizations import code_points

Pace = Callable[[str, int, int], None]
"""Told what is done, and how many characters' places are known of how many."""


def no_pace(stage: str, done: int, total: int) -> None:
    """For who does not wait."""


def order_type(characters: int) -> type[np.signedinteger]:
    """What holds the places of so long a text."""
    return np.int32 if characters < 2**31 else np.int64


class SuffixArray:
    """A text and the order of its suffixes; 4 bytes for each character beside the text itself."""

    def __init__(self, text: str, order: np.ndarray | None = None, *, pace: Pace = no_pace) -> None:
        """Sort the text's suffixes, or take their `order` as it was found before; `pace` may raise to end the work."""
        self.text = text
        self._order = _sorted_suffixes(text, pace) if order is None else order

    @property
    def order(self) -> np.ndarray:
        """The places of the text, `[characters]` of `order_type`, by what begins there."""
        return self._order

    def find(self, piece: str) -> int:
        """A place where the piece stands, the first in the order of suffixes, or -1."""
        at = self._below(piece)
        return self._place(at) if at < len(self._order) and self._at(at, len(piece)) == piece else -1

    def longest(self, piece: str, known: int = 0) -> tuple[int, int]:
        """(place, length) of the longest beginning of the piece that stands in the text; length 0 where none does.

        `known` is a length that is known to stand there.
        """
        length = known
        while length < len(piece) and self.find(piece[: min(len(piece), max(8, 2 * length))]) >= 0:
            length = min(len(piece), max(8, 2 * length))
        # Between what was found and twice that: the suffixes beside the place of the longer one share the most with it.
        tried = piece[: min(len(piece), max(8, 2 * length))]
        at = self._below(tried)
        beside = [self._place(n) for n in (at - 1, at) if 0 <= n < len(self._order)]
        shared = [(common(tried, self.text[place : place + len(tried)]), -place) for place in beside]
        best, place = max(shared, default=(0, 0))
        return -place, best

    def _below(self, piece: str) -> int:
        """How many suffixes come before the piece."""
        return bisect_left(range(len(self._order)), piece, key=lambda n: self._at(n, len(piece)))

    def _place(self, n: int) -> int:
        return int(self._order[n])

    def _at(self, n: int, length: int) -> str:
        place = int(self._order[n])
        return self.text[place : place + length]


def common(a: str, b: str) -> int:
    """How many characters both texts begin with."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _sorted_suffixes(text: str, pace: Pace) -> np.ndarray:
    """The places of the text, int32 or int64 `[characters]`, by what begins there; a shorter suffix comes first."""
    pace("sorting", 0, len(text))
    keys, width = _first_keys(text)
    order = np.argsort(keys).astype(order_type(len(text)))
    ranks = _ranks_of(keys[order], order)
    del keys
    active = _unsettled(ranks[order])
    while len(active):
        pace("sorting", len(text) - len(active), len(text))
        # Suffixes that are equal so far are told apart by the rank of what follows the equal part.
        suffixes = order[active]
        groups = ranks[suffixes].astype(np.int64)
        after = suffixes.astype(np.int64) + width
        inside = after < len(text)
        following = np.where(inside, ranks[np.minimum(after, len(text) - 1)].astype(np.int64) + 1, 0)
        by = np.lexsort((following, groups))
        suffixes, groups, following = suffixes[by], groups[by], following[by]
        order[active] = suffixes
        ranks[suffixes] = _refined(groups, following)
        active = active[_unsettled(ranks[suffixes])]
        width *= 2
    return order


def _first_keys(text: str) -> tuple[np.ndarray, int]:
    """A number for the first `width` characters of each suffix, ordered as they are; as many as 63 bits hold."""
    _, dense = np.unique(code_points(text), return_inverse=True)
    codes = dense.astype(np.uint64) + np.uint64(1)
    base = max(2, int(codes.max(initial=np.uint64(0))) + 1)
    width = 1
    while base ** (2 * width) < 2**63:
        width *= 2
    keys, covered = codes, 1
    while covered < width:
        later = np.zeros_like(keys)
        later[:-covered] = keys[covered:]
        keys = keys * np.uint64(base**covered) + later
        covered *= 2
    return keys, width


def _ranks_of(sorted_keys: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The rank of each suffix: the position in the order of the first suffix with the same key."""
    new = np.ones(len(order), dtype=bool)
    new[1:] = sorted_keys[1:] != sorted_keys[:-1]
    first = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    ranks = np.empty(len(order), dtype=order.dtype)
    ranks[order] = first
    return ranks


def _refined(groups: np.ndarray, following: np.ndarray) -> np.ndarray:
    """New ranks within groups that are sorted by what follows: a group's rank is its first position in the order."""
    at = np.arange(len(groups))
    new_group = np.ones(len(groups), dtype=bool)
    new_group[1:] = groups[1:] != groups[:-1]
    new = new_group.copy()
    new[1:] |= following[1:] != following[:-1]
    begin = np.maximum.accumulate(np.where(new_group, at, 0))
    first = np.maximum.accumulate(np.where(new, at, 0))
    return groups + (first - begin)


def _unsettled(ranks: np.ndarray) -> np.ndarray:
    """The positions in an order whose rank another one shares."""
    same = ranks[1:] == ranks[:-1]
    shared = np.zeros(len(ranks), dtype=bool)
    shared[1:] |= same
    shared[:-1] |= same
    return np.flatnonzero(shared)
