"""The ways to cut a text into tokens: `char` (Unicode code points), `byte` (of UTF-8), `word` and `bpe`.

A `Tokenization` holds the tokens of one vocabulary and turns texts into ids and back; `TOKENIZATIONS` names the
classes, so that a further one is a class and a line there. The order of tokens never depends on where one first
appeared: characters by code point, bytes by value, words by falling frequency and then by code points, byte pairs in
the order in which they were merged. It must not know files, cleaning or specs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from rnnlab.text import words
from rnnlab.text.pairs import Pairs
from rnnlab.text.tokens import (
    CHUNK,
    EOS_MARK,
    REPLACEMENT,
    ByteDecoder,
    Counting,
    Decoder,
    Ids,
    Inventory,
    Parts,
    Tokenization,
    code_points,
    count_ids,
    encode_documents,
    id_type,
)


class Characters:
    """One token for each Unicode code point that the text has."""

    @classmethod
    def counting(cls) -> Counting:
        return _CharacterCounting()

    @classmethod
    def count(cls, text: str) -> int:
        return len(text)

    @classmethod
    def head(cls, text: str, count: int) -> str:
        return text[:count]

    cut = staticmethod(len)

    def __init__(self, parts: Parts) -> None:
        size = len(parts.tokens)
        self._type = id_type(size)
        self._unknown = parts.unknown
        special = {parts.unknown: REPLACEMENT, parts.eos: parts.separator}
        self._shown = [special.get(i, token) for i, token in enumerate(parts.tokens)]
        # Where the end of a document is several characters, decoding is not one code point for each id.
        self._joined = all(len(token) == 1 for token in self._shown)
        known = np.array([i for i in range(size) if i not in (parts.unknown, parts.eos)], dtype=np.int64)
        codes = code_points("".join(parts.tokens[i] for i in known))
        self._codes = code_points("".join(self._shown)) if self._joined else None
        absent = -1 if parts.unknown is None else parts.unknown
        last = max(int(codes.max(initial=0)), ord(EOS_MARK) if parts.eos is not None else 0)
        # One entry beyond the last code point stands for everything above it.
        self._table = np.full(last + 2, absent, dtype=np.int32)
        self._table[codes] = known
        if parts.eos is not None:
            self._table[ord(EOS_MARK)] = parts.eos
        self._by_byte, self._no_byte = self._ascii_table()

    def encode(self, text: str) -> Ids:
        if text.isascii() and self._by_byte is not None:
            ids = np.frombuffer(text.encode("ascii").translate(self._by_byte, self._no_byte), dtype=np.uint8)
            return ids.astype(self._type, copy=False)
        pieces = [self._encode_chunk(text[start : start + CHUNK]) for start in range(0, len(text), CHUNK)]
        return np.concatenate(pieces) if pieces else np.empty(0, dtype=self._type)

    def decode(self, ids: np.ndarray) -> str:
        if self._codes is None:
            return "".join(self._shown[i] for i in ids)
        return self._codes[ids].tobytes().decode("utf-32-le", "surrogatepass")

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


class _CharacterCounting:
    """Which characters there are; they are never left out, so that decoding is lossless."""

    def __init__(self) -> None:
        self._seen = np.zeros(0x110000, dtype=bool)

    def feed(self, text: str) -> None:
        for start in range(0, len(text), CHUNK):
            self._feed_chunk(text[start : start + CHUNK])

    def _feed_chunk(self, text: str) -> None:
        if text.isascii():
            present = count_ids(np.frombuffer(text.encode("ascii"), dtype=np.uint8), 256)
            self._seen[:256] |= present > 0
        else:
            self._seen[code_points(text)] = True

    def inventory(self, min_count: int, max_size: int) -> Inventory:
        return Inventory(tuple(chr(code) for code in np.flatnonzero(self._seen)))


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
    def counting(cls) -> Counting:
        return _AllBytes()

    @classmethod
    def count(cls, text: str) -> int:
        # The mark is one token, and three bytes.
        return len(text.encode("utf-8", "replace")) - 2 * text.count(EOS_MARK)

    @classmethod
    def head(cls, text: str, count: int) -> str:
        document, mark, rest = text.partition(EOS_MARK)
        used = len(document.encode("utf-8", "replace")) + 1
        if mark and used <= count:
            return document + mark + (cls.head(rest, count - used) if used < count else "")
        text = document
        whole = text[:count].encode("utf-8", "replace")[:count].decode(errors="ignore")
        # A last character of which only some bytes fit belongs to the head as well.
        return whole if len(whole.encode()) == count else text[: len(whole) + 1]

    cut = staticmethod(len)

    def __init__(self, parts: Parts) -> None:
        self._eos = parts.eos
        self._separator = parts.separator.encode()
        self._type = id_type(len(parts.tokens))

    def encode(self, text: str) -> Ids:
        return encode_documents(self._encode, text, self._eos, self._type)

    def _encode(self, text: str) -> Ids:
        values = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
        return values.astype(self._type, copy=False)

    def decode(self, ids: np.ndarray) -> str:
        if self._eos is None:
            return np.asarray(ids, dtype=np.uint8).tobytes().decode("utf-8", "replace")
        decoder = self.decoder()
        return "".join(map(decoder.feed, map(int, ids))) + decoder.flush()

    def unknown_in(self, text: str) -> tuple[str, ...]:
        return ()

    def decoder(self) -> Decoder:
        known = [bytes((value,)) for value in range(256)]
        return ByteDecoder([*known, self._separator])


class _AllBytes:
    """All 256, whatever the text: so nothing is ever unknown."""

    def feed(self, text: str) -> None:
        pass

    def inventory(self, min_count: int, max_size: int) -> Inventory:
        return Inventory(Bytes.TOKENS)


class Words:
    """One token for each word, punctuation mark and line end; see `rnnlab.text.words`."""

    @classmethod
    def counting(cls) -> Counting:
        return _WordCounting()

    @classmethod
    def count(cls, text: str) -> int:
        return sum(len(piece) for document in text.split(EOS_MARK) for piece in words.pieces(document)) + text.count(
            EOS_MARK
        )

    @classmethod
    def head(cls, text: str, count: int) -> str:
        return words.head(text, count)

    cut = staticmethod(words.cut)

    def __init__(self, parts: Parts) -> None:
        self._shown = [parts.separator if i == parts.eos else token for i, token in enumerate(parts.tokens)]
        self._eos = parts.eos
        self._ids = _Ids({token: i for i, token in enumerate(parts.tokens) if i != parts.eos})
        self._ids.unknown = -1 if parts.unknown is None else parts.unknown
        self._type = id_type(len(parts.tokens))

    def encode(self, text: str) -> Ids:
        return encode_documents(self._encode, text, self._eos, self._type)

    def _encode(self, text: str) -> Ids:
        pieces = [self._encode_piece(piece) for piece in words.pieces(text)]
        return np.concatenate(pieces) if pieces else np.empty(0, dtype=self._type)

    def decode(self, ids: np.ndarray) -> str:
        return words.join(self._shown[i] for i in ids)

    def unknown_in(self, text: str) -> tuple[str, ...]:
        return tuple(token for token in dict.fromkeys(words.split(text)) if token not in self._ids)

    def decoder(self) -> Decoder:
        return _WordDecoder(self._shown)

    def _encode_piece(self, tokens: list[str]) -> Ids:
        ids = np.fromiter(map(self._ids.__getitem__, tokens), dtype=np.int64, count=len(tokens))
        return (ids[ids >= 0] if self._ids.unknown < 0 else ids).astype(self._type)


class _WordCounting:
    """How often each word comes."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def feed(self, text: str) -> None:
        for document in text.split(EOS_MARK):
            for piece in words.pieces(document):
                self._counts.update(piece)

    def inventory(self, min_count: int, max_size: int) -> Inventory:
        """The words that come `min_count` times or more, at most `max_size` (0 for all), the frequent ones first."""
        counts = self._counts
        kept = sorted((token for token, count in counts.items() if count >= min_count), key=lambda t: (-counts[t], t))
        return Inventory(tuple(kept[: max_size or None]))


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


TOKENIZATIONS: dict[str, type[Tokenization]] = {"char": Characters, "byte": Bytes, "word": Words, "bpe": Pairs}
"""Every tokenization by its name in `data.tokens`."""
