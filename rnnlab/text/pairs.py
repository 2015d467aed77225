"""Byte-pair encoding: bytes, and the pairs of tokens that come most often joined into further tokens.

The first 256 tokens are the bytes by value, so that any text can be encoded and comes back exactly; each further one is
a pair of earlier ones (Sennrich, Haddow and Birch, Neural Machine Translation of Rare Words with Subword Units, 2016;
over bytes as in Radford et al., Language Models are Unsupervised Multitask Learners, 2019). The merges are all that a
vocabulary needs to keep. Learning and encoding are done by the `tokenizers` library, an extra that is imported only
here and only when needed; decoding does without. It must not know files, cleaning or specs.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnnlab.errors import CorpusError
from rnnlab.text.tokens import (
    EOS_MARK,
    ByteDecoder,
    Counting,
    Decoder,
    Ids,
    Inventory,
    Merge,
    Parts,
    encode_documents,
    id_type,
)

DEFAULT_SIZE = 1024
"""Tokens where no other number is asked for: small enough for every one of them to come often in a short text."""
SAMPLED = 64 << 20
"""Characters at the beginning of a text from which the merges are learnt; more hardly change them."""

_CUTS = re.compile(r"(?<=\S)(?=\s)")
"""Before the space of the next word; words are encoded one by one."""
_TAIL = 1 << 10


class Pairs:
    """Byte pairs at work."""

    @classmethod
    def counting(cls) -> Counting:
        return _PairCounting()

    @classmethod
    def count(cls, text: str) -> None:
        return None

    @classmethod
    def head(cls, text: str, count: int) -> str:
        return text

    @staticmethod
    def cut(text: str) -> int:
        # A text without spaces may be cut anywhere: decoding gives it back all the same.
        last = [match.start() for match in _CUTS.finditer(text, max(1, len(text) - _TAIL))]
        return last[-1] if last else len(text)

    def __init__(self, parts: Parts) -> None:
        self._merges = parts.merges
        self._bytes = spelt(parts.merges)
        if parts.eos is not None:
            self._bytes.append(parts.separator.encode())
        self._eos = parts.eos
        self._type = id_type(len(self._bytes))

    @functools.cached_property
    def _encoder(self) -> Any:
        """The library's tokenizer with our merges, and our ids."""
        library = _library()
        names = [_name(token) for token in spelt(self._merges)]
        vocabulary = {name: i for i, name in enumerate(names)}
        merges = [(names[a], names[b]) for a, b in self._merges]
        tokenizer = library.Tokenizer(library.models.BPE(vocab=vocabulary, merges=merges))
        tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        return tokenizer

    def encode(self, text: str) -> Ids:
        return encode_documents(self._encode, text, self._eos, self._type)

    def _encode(self, text: str) -> Ids:
        ids = self._encoder.encode(text.encode("utf-8", "replace").decode()).ids
        return np.array(ids, dtype=self._type)

    def decode(self, ids: np.ndarray) -> str:
        return b"".join(self._bytes[i] for i in ids).decode("utf-8", "replace")

    def unknown_in(self, text: str) -> tuple[str, ...]:
        return ()

    def decoder(self) -> Decoder:
        return ByteDecoder(self._bytes)


class _PairCounting:
    """Learns merges from the beginning of a text."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._left = SAMPLED

    def feed(self, text: str) -> None:
        taken = text[: self._left]
        self._left -= len(taken)
        if taken:
            self._texts.append(taken)

    def inventory(self, min_count: int, max_size: int) -> Inventory:
        """Bytes and merges, `max_size` tokens in all (DEFAULT_SIZE for 0) or fewer where the text has no more pairs."""
        library = _library()
        tokenizer = library.Tokenizer(library.models.BPE())
        tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = library.trainers.BpeTrainer(
            vocab_size=max(max_size or DEFAULT_SIZE, 256),
            min_frequency=max(min_count, 2),
            initial_alphabet=[_name(bytes((value,))) for value in range(256)],
            show_progress=False,
        )
        tokenizer.train_from_iterator(self._documents(), trainer)
        merges = _merges(json.loads(tokenizer.to_str())["model"]["merges"])
        return Inventory(tuple(map(shown, spelt(merges))), merges)

    def _documents(self) -> Iterator[str]:
        for text in self._texts:
            yield from (document for document in text.split(EOS_MARK) if document)


def spelt(merges: Sequence[Merge]) -> list[bytes]:
    """The bytes of every token: 256 single ones, then what each merge makes."""
    tokens = [bytes((value,)) for value in range(256)]
    for first, second in merges:
        tokens.append(tokens[first] + tokens[second])
    return tokens


def character_counts(merges: Sequence[Merge]) -> np.ndarray:
    """How many characters begin in each token, int64 [tokens without `<eos>`]."""
    return np.array([sum(byte & 0xC0 != 0x80 for byte in token) for token in spelt(merges)], dtype=np.int64)


def shown(token: bytes) -> str:
    """A token as a table shows it: its characters, or its bytes as numbers where they are no whole characters."""
    try:
        return token.decode()
    except UnicodeDecodeError:
        return "".join(chr(value) if value < 0x80 else f"<0x{value:02X}>" for value in token)


def _merges(pairs: Sequence[Sequence[str]]) -> tuple[Merge, ...]:
    """The library's merges, which name tokens, as pairs of ids."""
    ids = {_name(bytes((value,))): value for value in range(256)}
    merges: list[Merge] = []
    for first, second in pairs:
        if first + second not in ids:
            merges.append((ids[first], ids[second]))
            ids[first + second] = 255 + len(merges)
    return tuple(merges)


@functools.cache
def _alphabet() -> tuple[str, ...]:
    """The library's name for each byte: itself where it prints, else a letter from above Latin-1 (GPT-2's table)."""
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [value for value in range(256) if value not in printing]
    names = {value: chr(value) for value in printing} | {value: chr(256 + n) for n, value in enumerate(others)}
    return tuple(names[value] for value in range(256))


def _name(token: bytes) -> str:
    return "".join(_alphabet()[value] for value in token)


def _library() -> Any:
    try:
        # By name, since a checkout without the extra is checked too.
        return importlib.import_module("tokenizers")
    except ImportError:
        raise CorpusError(
            "tokens bpe needs the library tokenizers: install it with `pip install tokenizers`, or take tokens word"
        ) from None
