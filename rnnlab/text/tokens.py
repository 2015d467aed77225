"""What every tokenization has in common: its parts, the types of ids, and what one must be able to do.

It must not know files, cleaning or specs.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

UNKNOWN = "<unk>"
"""How the token for what a vocabulary lacks is written in tables and word texts."""
REPLACEMENT = "\ufffd"
"""What stands for it in a text of characters."""
EOS = "<eos>"
"""How the token for the end of a document is written in tables."""
EOS_MARK = "\ufdd0"
"""What stands for it in a text that is to be encoded: a code point that Unicode keeps for such use inside programs."""
CHUNK = 1 << 18
"""Characters or ids worked on at a time, so that temporary arrays stay small whatever the text."""
MIN_COUNT = 2
"""A word that comes only once teaches nothing but itself: as `<unk>` it teaches what to do with a strange word."""

Ids = np.ndarray
"""A one-dimensional array of the smallest unsigned type that holds every id."""
Merge = tuple[int, int]
"""The ids of two tokens that together are a further one."""


class Inventory(NamedTuple):
    """The tokens a text needs, and how they are made of each other where they are."""

    tokens: tuple[str, ...]
    merges: tuple[Merge, ...] = ()


class Parts(Protocol):
    """What a tokenization is made from: a vocabulary's fields."""

    @property
    def tokens(self) -> tuple[str, ...]: ...
    @property
    def unknown(self) -> int | None: ...
    @property
    def eos(self) -> int | None: ...
    @property
    def separator(self) -> str: ...
    @property
    def merges(self) -> tuple[Merge, ...]: ...


class Decoder(Protocol):
    """Turns ids into text one at a time."""

    def feed(self, token: int) -> str:
        """The text that can be told so far; empty while a character is incomplete."""
        ...

    def flush(self) -> str:
        """What was held back, as well as it can be shown; the decoder is as new after."""
        ...


class Counting(Protocol):
    """Learns from a text, piece by piece, which tokens it needs."""

    def feed(self, text: str) -> None: ...

    def inventory(self, min_count: int, max_size: int) -> Inventory:
        """The tokens in order, without `<unk>` and `<eos>`."""
        ...


class Tokenization(Protocol):
    """The tokens of one vocabulary at work."""

    @classmethod
    def counting(cls) -> Counting: ...

    @classmethod
    def count(cls, text: str) -> int | None:
        """How many tokens the text has, or None where only a vocabulary tells."""
        ...

    @classmethod
    def head(cls, text: str, count: int) -> str:
        """The shortest beginning of the text that has its first `count` tokens."""
        ...

    @staticmethod
    def cut(text: str, /) -> int:
        """The last place where the text may be cut without other tokens; 0 for nowhere."""
        ...

    def __init__(self, parts: Parts) -> None: ...

    def encode(self, text: str) -> Ids: ...

    def decode(self, ids: np.ndarray) -> str: ...

    def unknown_in(self, text: str) -> tuple[str, ...]: ...

    def decoder(self) -> Decoder: ...


def id_type(size: int) -> np.dtype:
    """The smallest unsigned integer type for `size` ids."""
    return np.dtype(np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.uint32)


def code_points(text: str) -> np.ndarray:
    """The text's Unicode code points, uint32 [characters]."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def count_ids(ids: np.ndarray, size: int) -> np.ndarray:
    """How often each id below `size` comes, int64 [size].

    Counting copies what it counts into eight bytes each, and so takes pieces; bytes are counted two at a time.
    """
    counts = np.zeros(size, dtype=np.int64)
    for start in range(0, len(ids), CHUNK):
        piece = ids[start : start + CHUNK]
        if piece.dtype == np.uint8 and size <= 256:
            counts += _count_bytes(piece)[:size]
        else:
            counts += np.bincount(piece, minlength=size)
    return counts


def encode_documents(encode: Callable[[str], Ids], text: str, eos: int | None, kind: np.dtype) -> Ids:
    """The ids of a text in which EOS_MARK stands between documents, each of them encoded by itself."""
    if eos is None or EOS_MARK not in text:
        return encode(text)
    end = np.array([eos], dtype=kind)
    parts = [part for document in text.split(EOS_MARK) for part in (encode(document), end)]
    return np.concatenate(parts[:-1])


def _count_bytes(values: np.ndarray) -> np.ndarray:
    values = np.ascontiguousarray(values)
    even = len(values) & ~1
    pairs = np.bincount(values[:even].view(np.uint16), minlength=1 << 16).reshape(256, 256)
    counts = pairs.sum(axis=0) + pairs.sum(axis=1)
    if even < len(values):
        counts[values[-1]] += 1
    return counts


class ByteDecoder:
    """A `Decoder` for tokens that are bytes; holds bytes back until they are a character or cannot become one."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self._tokens = tokens
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, token: int) -> str:
        return self._utf8.decode(self._tokens[token])

    def flush(self) -> str:
        held = self._utf8.decode(b"", final=True)
        self._utf8.reset()
        return held
