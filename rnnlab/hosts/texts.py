"""The corpora of this machine, opened once for each way of tokenizing them. It must not know runs."""

from __future__ import annotations

import threading
from collections import OrderedDict

from rnnlab.hosts.values import CorpusEntry
from rnnlab.specs import DataSpec
from rnnlab.text import bundled, sources
from rnnlab.text.corpus import Corpus
from rnnlab.text.report import CorpusReport, Passage
from rnnlab.text.statistics import passage, report

_KEPT = 4
"""Corpora held in memory: a person looks at one and compares with another."""
Key = tuple[object, ...]


class Texts:
    """A small cache of corpora and their reports; a file that has changed on disk is read again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._corpora: OrderedDict[Key, Corpus] = OrderedDict()
        self._reports: OrderedDict[Key, CorpusReport] = OrderedDict()

    def entries(self) -> tuple[CorpusEntry, ...]:
        return tuple(
            CorpusEntry(name=e.name, title=e.title, about=e.about, characters=e.characters, distinct=e.distinct)
            for e in bundled.entries()
        )

    def open(self, data: DataSpec) -> Corpus:
        """The corpus as these settings tokenize it; raises CorpusError."""
        with self._lock:
            return _cached(self._corpora, _key(data), lambda: Corpus.open(data.corpus, data))

    def report(self, data: DataSpec) -> CorpusReport:
        corpus = self.open(data)
        with self._lock:
            return _cached(self._reports, _key(data), lambda: report(corpus))

    def passage(self, data: DataSpec, start: int, length: int) -> Passage:
        return passage(self.open(data), start, length)


def _cached(cache, key, make):
    if key not in cache:
        cache[key] = make()
        while len(cache) > _KEPT:
            cache.popitem(last=False)
    cache.move_to_end(key)
    return cache[key]


def _key(data: DataSpec) -> Key:
    return (data.corpus, data.tokens, data.clean, data.limit, sources.stamp(data.corpus))
