"""`Vocabulary`: the bijection between the tokens of one tokenization of one corpus and their ids.

It is saved with a run as a plain document and read back validated, since a run may come from a stranger. It must not
know files, cleaning or models.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnlab.errors import CheckpointError
from rnnlab.text.pairs import shown, spelt
from rnnlab.text.tokenizations import TOKENIZATIONS, Bytes
from rnnlab.text.tokens import EOS, EOS_MARK, MIN_COUNT, UNKNOWN, Decoder, Inventory, Merge, Tokenization

MAX_TOKENS = 1 << 21
"""More tokens than Unicode has characters: no document of ours has as many."""
MAX_TOKEN_LENGTH = 1 << 16
_FIELDS = {"kind", "unknown", "tokens", "eos", "separator", "merges"}
_ALWAYS = {"kind", "unknown", "tokens"}


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by id, and the ways from text to ids and back."""

    kind: str
    """char, byte, word or bpe."""
    tokens: tuple[str, ...] = field(repr=False)
    """The token of each id, for tables. They are foreign text: `visible.label` shows them safely."""
    unknown: int | None = None
    """The id of `<unk>`, or None where the vocabulary has no token for what it lacks."""
    eos: int | None = None
    """The id of `<eos>`, the end of a document, or None where the text is one document."""
    separator: str = ""
    """What `<eos>` is in a text."""
    merges: tuple[Merge, ...] = field(default=(), repr=False)
    """For bpe: the tokens that each token beyond the 256 bytes is made of."""
    _at_work: Tokenization = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_at_work", TOKENIZATIONS[self.kind](self))

    @classmethod
    def build(
        cls,
        kind: str,
        text: str,
        *,
        unknown: bool = False,
        min_count: int = MIN_COUNT,
        max_size: int = 0,
        separator: str = "",
    ) -> Vocabulary:
        """The vocabulary of a text.

        `<unk>` has id 0 where there is one: always for words, of which those that come less often than `min_count`
        or beyond the `max_size` most frequent are left out; for characters where `unknown` asks for it; never for
        bytes and byte pairs. `max_size` (0 for no limit) is for words and byte pairs. With a `separator` there is an
        `<eos>`, which in texts to be encoded is `tokens.EOS_MARK`.
        """
        counting = TOKENIZATIONS[kind].counting()
        counting.feed(text)
        return cls.of(kind, counting.inventory(min_count, max_size), unknown=unknown, separator=separator)

    @classmethod
    def of(cls, kind: str, inventory: Inventory, *, unknown: bool = False, separator: str = "") -> Vocabulary:
        """The vocabulary of tokens that were counted."""
        tokens, merges = inventory
        if separator and kind == "char":
            tokens = tuple(token for token in tokens if token != EOS_MARK)
        has_unknown = kind == "word" or (kind == "char" and unknown)
        # `<eos>` comes behind the fixed ids of bytes, and before the others, whose number differs from text to text.
        first = (*((UNKNOWN,) if has_unknown else ()), *((EOS,) if separator and not _fixed(kind) else ()))
        last = (EOS,) if separator and _fixed(kind) else ()
        whole = (*first, *tokens, *last)
        eos = (len(first) - 1 if first else len(whole) - 1) if separator else None
        return cls(kind, whole, 0 if has_unknown else None, eos, separator, merges)

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> np.ndarray:
        """The ids of the text's tokens, [tokens] of the smallest unsigned type.

        What the vocabulary lacks becomes `<unk>`, or is left out where there is none; `unknown_in` says what that was.
        """
        return self._at_work.encode(text)

    def decode(self, ids: Iterable[int] | np.ndarray) -> str:
        """The text of the ids; for characters, bytes and byte pairs, exactly the text that was encoded."""
        return self._at_work.decode(np.asarray(ids if isinstance(ids, np.ndarray) else list(ids), dtype=np.int64))

    def unknown_in(self, text: str) -> tuple[str, ...]:
        """The tokens of the text that the vocabulary lacks, each once, in the order of the text."""
        return self._at_work.unknown_in(text)

    def decoder(self, after: Iterable[int] = ()) -> Decoder:
        """A decoder for ids that come one at a time, as if those in `after` had been shown already."""
        decoder = self._at_work.decoder()
        for token in after:
            decoder.feed(int(token))
        return decoder

    def to_document(self) -> dict[str, Any]:
        """Plain values for JSON, which `from_document` reads back."""
        document: dict[str, Any] = {
            "kind": self.kind,
            "unknown": self.unknown,
            "tokens": [] if _fixed(self.kind) else list(self.tokens),
        }
        if self.eos is not None:
            document |= {"eos": self.eos, "separator": self.separator}
        return document | ({"merges": [list(merge) for merge in self.merges]} if self.kind == "bpe" else {})

    @classmethod
    def from_document(cls, document: object) -> Vocabulary:
        """The vocabulary of a document; raises CheckpointError where it is not one."""
        if not isinstance(document, dict) or not _ALWAYS <= set(document) <= _FIELDS:
            raise _damaged("it must hold kind, unknown and tokens")
        kind, unknown, tokens = document["kind"], document["unknown"], document["tokens"]
        if not isinstance(kind, str) or kind not in TOKENIZATIONS:
            raise _damaged(f"its kind must be one of {', '.join(TOKENIZATIONS)}")
        eos, separator = document.get("eos"), document.get("separator", "")
        if not isinstance(separator, str) or len(separator) > MAX_TOKEN_LENGTH or bool(separator) != (eos is not None):
            raise _damaged("eos and separator belong together")
        if _fixed(kind):
            merges = _checked_merges(document.get("merges", []))
            known = tuple(map(shown, spelt(merges))) if kind == "bpe" else Bytes.TOKENS
            return cls.of(kind, Inventory(known, merges), separator=separator)
        _check_tokens(tokens)
        for special in (unknown, eos):
            if special is not None and (type(special) is not int or not 0 <= special < len(tokens)):
                raise _damaged("unknown and eos must be ids of its tokens")
        if kind == "char" and any(len(token) != 1 and i not in (unknown, eos) for i, token in enumerate(tokens)):
            raise _damaged("its tokens must be single characters")
        return cls(kind, tuple(tokens), unknown, eos, separator)


def _fixed(kind: str) -> bool:
    """Whether the first 256 ids are the bytes, so that the tokens need not be kept."""
    return kind in ("byte", "bpe")


def _checked_merges(merges: object) -> tuple[Merge, ...]:
    if not isinstance(merges, list) or len(merges) > MAX_TOKENS:
        raise _damaged("merges must be a list of pairs")
    lengths = [1] * 256
    for merge in merges:
        if not isinstance(merge, list) or len(merge) != 2 or any(type(i) is not int for i in merge):
            raise _damaged("merges must be pairs of ids")
        if not all(0 <= i < len(lengths) for i in merge):
            raise _damaged("a merge must be of earlier tokens")
        # Pairs of pairs of pairs: a short document must not grow into a token that fills the memory.
        lengths.append(lengths[merge[0]] + lengths[merge[1]])
        if lengths[-1] > MAX_TOKEN_LENGTH:
            raise _damaged("its tokens must be texts")
    return tuple((first, second) for first, second in merges)


def _check_tokens(tokens: object) -> None:
    if not isinstance(tokens, list) or not 0 < len(tokens) <= MAX_TOKENS:
        raise _damaged("it must have tokens, and not more than Unicode has characters")
    for token in tokens:
        if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_LENGTH:
            raise _damaged("its tokens must be texts")
        if any("\ud800" <= character <= "\udfff" for character in token):
            raise _damaged("a token holds half of a surrogate pair")
    if len(set(tokens)) != len(tokens):
        raise _damaged("a token comes twice")


def _damaged(reason: str) -> CheckpointError:
    return CheckpointError(f"the run's vocabulary is damaged: {reason}; make the run again from its corpus")
