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
from rnnlab.text.tokenizations import MIN_COUNT, TOKENIZATIONS, UNKNOWN, Bytes, Decoder, Tokenization

MAX_TOKENS = 1 << 21
"""More tokens than Unicode has characters: no document of ours has as many."""
MAX_TOKEN_LENGTH = 1 << 16


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by id, and the ways from text to ids and back."""

    kind: str
    """char, byte or word."""
    tokens: tuple[str, ...] = field(repr=False)
    """The token of each id. They are foreign text: `visible.label` shows them safely."""
    unknown: int | None = None
    """The id of `<unk>`, or None where the vocabulary has no token for what it lacks."""
    _at_work: Tokenization = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_at_work", TOKENIZATIONS[self.kind](self.tokens, self.unknown))

    @classmethod
    def build(
        cls, kind: str, text: str, *, unknown: bool = False, min_count: int = MIN_COUNT, max_size: int = 0
    ) -> Vocabulary:
        """The vocabulary of a text.

        `<unk>` has id 0 where there is one: always for words, of which those that come less often than `min_count`
        or beyond the `max_size` most frequent are left out; for characters where `unknown` asks for it; never for
        bytes. `min_count` and `max_size` (0 for no limit) are for words only.
        """
        tokens = TOKENIZATIONS[kind].collect(text, min_count, max_size)
        if kind == "word" or (kind == "char" and unknown):
            return cls(kind, (UNKNOWN, *tokens), 0)
        return cls(kind, tuple(tokens))

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> np.ndarray:
        """The ids of the text's tokens, [tokens] of the smallest unsigned type.

        What the vocabulary lacks becomes `<unk>`, or is left out where there is none; `unknown_in` says what that was.
        """
        return self._at_work.encode(text)

    def decode(self, ids: Iterable[int] | np.ndarray) -> str:
        """The text of the ids; for characters and bytes, exactly the text that was encoded."""
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
        tokens = [] if self.kind == "byte" else list(self.tokens)
        return {"kind": self.kind, "unknown": self.unknown, "tokens": tokens}

    @classmethod
    def from_document(cls, document: object) -> Vocabulary:
        """The vocabulary of a document; raises CheckpointError where it is not one."""
        if not isinstance(document, dict) or set(document) != {"kind", "unknown", "tokens"}:
            raise _damaged("it must hold kind, unknown and tokens")
        kind, unknown, tokens = document["kind"], document["unknown"], document["tokens"]
        if not isinstance(kind, str) or kind not in TOKENIZATIONS:
            raise _damaged(f"its kind must be one of {', '.join(TOKENIZATIONS)}")
        if kind == "byte":
            return cls(kind, Bytes.TOKENS)
        _check_tokens(tokens)
        if unknown is not None and (type(unknown) is not int or not 0 <= unknown < len(tokens)):
            raise _damaged("unknown must be the id of one of its tokens")
        if kind == "char" and any(len(token) != 1 and i != unknown for i, token in enumerate(tokens)):
            raise _damaged("its tokens must be single characters")
        return cls(kind, tuple(tokens), unknown)


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
