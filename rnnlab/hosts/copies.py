"""Texts held against what runs are trained on. It must not know runs, nor where a corpus lies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from pathlib import Path

from rnnlab.text.corpus import Corpus
from rnnlab.text.indexes import Indexes
from rnnlab.text.originality import originality, placed, training_text
from rnnlab.text.report import Originality
from rnnlab.text.suffixes import Pace, SuffixArray, no_pace


class Copies:
    """The suffix array of one training text at a time, kept until the next; of a long text, in a file for ever."""

    def __init__(self, directory: Path | None = None) -> None:
        self._indexes = Indexes(directory)
        self._lock = threading.Lock()
        self._key: Hashable = None
        self._array: SuffixArray | None = None

    def check(self, key: Hashable, opened: Callable[[], Corpus], text: str, pace: Pace = no_pace) -> Originality:
        """What of the text is copied from what is trained on of a corpus, `opened` where its key is another than
        before; raises CorpusError.

        Where a long text is sorted for the first time that takes seconds: `pace` is told how far it is, and may raise.
        """
        with self._lock:
            if self._array is None or key != self._key:
                self._array = self._indexes.of(training_text(opened()), pace)
                self._key = key
            array = self._array
        return placed(originality(text, array), array.text)
