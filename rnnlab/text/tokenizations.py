"""The ways to cut a text into tokens: `char` (Unicode code points), `byte` (of UTF-8) and `word`.

A `Tokenization` holds the tokens of one vocabulary and turns texts into ids and back; `TOKENIZATIONS` names the
classes, so that a further one is a class and a line there. The order of tokens never depends on where one first
appeared: characters by code point, bytes by value, words by falling frequency and then by code points. It must not
know files, cleaning or specs.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rnnlab.text import words

UNKNOWN = "<unk>"
"""How the token for what a vocabulary lacks is written in tables and word texts."""
REPLACEMENT = "\ufffd"
"""What stands for it in a text of characters."""
CHUNK = 1 << 20
"""Characters worked on at a time, so that temporary arrays stay small whatever the text."""
MIN_COUNT = 2
"""A word that comes only once teaches nothing but itself: as `<unk>` it teaches what to do with a strange word."""

Ids = np.ndarray
"""A one-dimensional array of the smallest unsigned type that holds every id."""


class Decoder(Protocol):
    """Turns ids into text one at a time."""

    def feed(self, token: int) -> str:
        """The text that can be told so far; empty while a character is incomplete."""
        ...

    def flush(self) -> str:
        """What was held back, as well as it can be shown; the decoder is as new after."""
        ...


class Tokenization(Protocol):
    """The tokens of one vocabulary at work."""

    @classmethod
    def collect(cls, text: str, min_count: int, max_size: int) -> list[str]:
        """The tokens that the text needs, in order, without `<unk>`."""
        ...

    @classmethod
    def head(cls, text: str, count: int) -> str:
        """The shortest beginning of the text that has its first `count` tokens."""
        ...

    def __init__(self, tokens: Sequence[str], unknown: int | None) -> None: ...

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


class Characters:
    """One token for each Unicode code point that the text has."""

    @classmethod
    def collect(cls, text: str, min_count: int, max_size: int) -> list[str]:
        """Every character of the text, by code point; they are never left out, so that decoding is lossless."""
        seen = np.zeros(0x110000, dtype=bool)
        for start in range(0, len(text), CHUNK):
            seen[code_points(text[start : start + CHUNK])] = True
        return [chr(code) for code in np.flatnonzero(seen)]

    @classmethod
    def head(cls, text: str, count: int) -> str:
        return text[:count]

    def __init__(self, tokens: Sequence[str], unknown: int | None) -> None:
        self._type = id_type(len(tokens))
        self._unknown = unknown
        self._shown = [REPLACEMENT if i == unknown else token for i, token in enumerate(tokens)]
        codes = code_points("".join(self._shown))
        self._codes = codes
        known = np.arange(len(tokens)) if unknown is None else np.delete(np.arange(len(tokens)), unknown)
        absent = -1 if unknown is None else unknown
        # One entry beyond the last code point stands for everything above it.
        self._table = np.full(int(codes[known].max(initial=0)) + 2, absent, dtype=np.int32)
        self._table[codes[known]] = known
        self._by_byte, self._no_byte = self._ascii_table()

    def encode(self, text: str) -> Ids:
        if text.isascii() and self._by_byte is not None:
            ids = np.frombuffer(text.encode("ascii").translate(self._by_byte, self._no_byte), dtype=np.uint8)
            return ids.astype(self._type, copy=False)
        pieces = [self._encode_chunk(text[start : start + CHUNK]) for start in range(0, len(text), CHUNK)]
        return np.concatenate(pieces) if pieces else np.empty(0, dtype=self._type)

    def decode(self, ids: np.ndarray) -> str:
        return self._codes[ids].tobytes().decode("utf-32-le")

    def unknown_in(self, text: str) -> tuple[str, ...]:
        last = len(self._table) - 1
        absent = -1 if self._unknown is None else self._unknown
        return tuple(c for c in dict.fromkeys(text) if self._table[min(ord(c), last)] == absent)

    def decoder(self) -> Decoder:
        return _CharacterDecoder(self._shown)

    def _encode_chunk(self, text: str) -> Ids:
        ids = self._table[np.minimum(code_points(text), len(self._table) - 1)]
        return (ids[ids >= 0] if self._unknown is None else ids).astype(self._type)

    def _ascii_table(self) -> tuple[bytes | None, bytes]:
        """For `bytes.translate`, several times as fast as indexing: the ids of ASCII, and what has none."""
        ids = self._table[np.minimum(np.arange(256), len(self._table) - 1)]
        if ids[:128].max() > 255:
            return None, b""
        absent = bytes(np.flatnonzero(ids[:128] < 0).tolist())
        return bytes(np.clip(ids, 0, 255).astype(np.uint8)), absent


class _CharacterDecoder:
    def __init__(self, shown: Sequence[str]) -> None:
        self._shown = shown

    def feed(self, token: int) -> str:
        return self._shown[token]

    def flush(self) -> str:
        return ""


class Bytes:
    """One token for each of the 256 values of a byte; the text is its UTF-8."""

    TOKENS = tuple(chr(value) if value < 0x80 else f"<0x{value:02X}>" for value in range(256))
    """A byte below 128 is its character, the others are written as numbers."""

    @classmethod
    def collect(cls, text: str, min_count: int, max_size: int) -> list[str]:
        """All 256, whatever the text: so nothing is ever unknown."""
        return list(cls.TOKENS)

    @classmethod
    def head(cls, text: str, count: int) -> str:
        whole = text[:count].encode()[:count].decode(errors="ignore")
        # A last character of which only some bytes fit belongs to the head as well.
        return whole if len(whole.encode()) == count else text[: len(whole) + 1]

    def __init__(self, tokens: Sequence[str], unknown: int | None) -> None:
        pass

    def encode(self, text: str) -> Ids:
        return np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)

    def decode(self, ids: np.ndarray) -> str:
        return np.asarray(ids, dtype=np.uint8).tobytes().decode("utf-8", "replace")

    def unknown_in(self, text: str) -> tuple[str, ...]:
        return ()

    def decoder(self) -> Decoder:
        return _ByteDecoder()


class _ByteDecoder:
    """Holds a character's bytes back until they are complete or cannot become one."""

    def __init__(self) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, token: int) -> str:
        return self._utf8.decode(bytes((token,)))

    def flush(self) -> str:
        held = self._utf8.decode(b"", final=True)
        self._utf8.reset()
        return held


class Words:
    """One token for each word, punctuation mark and line end; see `rnnlab.text.words`."""

    @classmethod
    def collect(cls, text: str, min_count: int, max_size: int) -> list[str]:
        """The words that come `min_count` times or more, at most `max_size` (0 for all), the frequent ones first."""
        counts: Counter[str] = Counter()
        for piece in words.pieces(text):
            counts.update(piece)
        kept = sorted((token for token, count in counts.items() if count >= min_count), key=lambda t: (-counts[t], t))
        return kept[: max_size or None]

    @classmethod
    def head(cls, text: str, count: int) -> str:
        return words.head(text, count)

    def __init__(self, tokens: Sequence[str], unknown: int | None) -> None:
        self._tokens = tokens
        self._ids = _Ids({token: i for i, token in enumerate(tokens)})
        self._ids.unknown = -1 if unknown is None else unknown
        self._type = id_type(len(tokens))

    def encode(self, text: str) -> Ids:
        pieces = [self._encode_piece(piece) for piece in words.pieces(text)]
        return np.concatenate(pieces) if pieces else np.empty(0, dtype=self._type)

    def decode(self, ids: np.ndarray) -> str:
        return words.join(self._tokens[i] for i in ids)

    def unknown_in(self, text: str) -> tuple[str, ...]:
        return tuple(token for token in dict.fromkeys(words.split(text)) if token not in self._ids)

    def decoder(self) -> Decoder:
        return _WordDecoder(self._tokens)

    def _encode_piece(self, tokens: list[str]) -> Ids:
        ids = np.fromiter(map(self._ids.__getitem__, tokens), dtype=np.int64, count=len(tokens))
        return (ids[ids >= 0] if self._ids.unknown < 0 else ids).astype(self._type)


class _Ids(dict[str, int]):
    """Ids of tokens, with one for all that are missing: looked up in C, in half the time of `get` in a loop."""

    unknown = -1

    def __missing__(self, token: str) -> int:
        return self.unknown


class _WordDecoder:
    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._joiner = words.Joiner()

    def feed(self, token: int) -> str:
        return self._joiner.feed(self._tokens[token])

    def flush(self) -> str:
        self._joiner = words.Joiner()
        return ""


TOKENIZATIONS: dict[str, type[Tokenization]] = {"char": Characters, "byte": Bytes, "word": Words}
"""Every tokenization by its name in `data.tokens`."""
