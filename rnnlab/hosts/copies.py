"""Texts held against what runs are trained on. It must not know runs, nor where a corpus lies."""

from __future__ import annotations

import threading

import msgspec

from rnnlab.specs import DataSpec
from rnnlab.text.corpus import Corpus
from rnnlab.text.originality import Originality, originality, training_text
from rnnlab.text.suffixes import SuffixArray


class Copies:
    """The suffix array of one training text at a time, made when it is first asked for and kept until the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: bytes = b""
        self._array: SuffixArray | None = None

    def check(self, data: DataSpec, text: str) -> Originality:
        """What of the text is copied from what those settings train on; raises CorpusError."""
        with self._lock:
            key = msgspec.json.encode((data.corpus, data.tokens, data.clean, data.limit, data.split))
            if self._array is None or key != self._key:
                self._array = SuffixArray(training_text(Corpus.open(data.corpus, data)))
                self._key = key
            array = self._array
        return originality(text, array)
