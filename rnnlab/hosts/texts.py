"""The corpora of this machine, opened once for each way of tokenizing them. It must not know runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from rnnlab.errors import CorpusError
from rnnlab.hosts.values import CorpusEntry, Work
from rnnlab.specs import DataSpec
from rnnlab.text import bundled, sources
from rnnlab.text.baselines import baselines
from rnnlab.text.cache import Cache
from rnnlab.text.comparing import compare
from rnnlab.text.corpus import Corpus
from rnnlab.text.detail import detail
from rnnlab.text.encoding import Cancelled
from rnnlab.text.report import Baselines, Comparison, CorpusDetail, CorpusReport, Passage
from rnnlab.text.statistics import passage, report

T = TypeVar("T")

_KEPT = 4
"""Corpora held in memory: a person looks at one and compares with another."""
Key = tuple[object, ...]


class Texts:
    """A small cache of corpora and what was found out about them; a file that has changed on disk is read again.

    Long work can be looked at and ended from another thread.
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache
        self._lock = threading.Lock()
        self._kept: dict[str, OrderedDict[Key, Any]] = {}
        self._making: dict[tuple[str, Key], threading.Lock] = {}
        self._work: dict[int, Work] = {}
        self._cancelled: set[int] = set()

    def entries(self) -> tuple[CorpusEntry, ...]:
        return tuple(
            CorpusEntry(name=e.name, title=e.title, about=e.about, characters=e.characters, distinct=e.distinct)
            for e in bundled.entries()
        )

    def open(self, data: DataSpec) -> Corpus:
        """The corpus as these settings tokenize it; raises CorpusError."""
        return self._once(
            "corpus", data, lambda: Corpus.open(data.corpus, data, cache=self._cache, pace=self._pace(data))
        )

    def report(self, data: DataSpec) -> CorpusReport:
        return self._once("report", data, lambda: report(self.open(data)))

    def detail(self, data: DataSpec) -> CorpusDetail:
        """Its hidden characters, lines, rare tokens; seconds for a long text."""
        return self._once("detail", data, lambda: detail(self.open(data), self._pace(data)))

    def baselines(self, data: DataSpec) -> Baselines:
        """How hard it is; seconds for a long text."""
        return self._once("baselines", data, lambda: baselines(self.open(data)))

    def passage(self, data: DataSpec, start: int, length: int) -> Passage:
        return passage(self.open(data), start, length)

    def compare(self, one: DataSpec, other: DataSpec) -> Comparison:
        """Two vocabularies side by side."""
        return compare(self.open(one), self.open(other))

    def work(self) -> tuple[Work, ...]:
        """What is being read now, by any thread."""
        with self._lock:
            return tuple(self._work.values())

    def cancel(self) -> None:
        """End all reading; whoever waits for it gets a Cancelled."""
        with self._lock:
            self._cancelled |= set(self._work)

    def _pace(self, data: DataSpec) -> Callable[[str, int, int], None]:
        thread = threading.get_ident()

        def pace(stage: str, done: int, total: int) -> None:
            with self._lock:
                self._work[thread] = Work(corpus=data.corpus, stage=stage, done=done, total=total)
                cancelled = thread in self._cancelled
            if cancelled:
                raise Cancelled(f"reading {data.corpus} was cancelled: choose it again to begin anew")

        return pace

    def _once(self, kind: str, data: DataSpec, make: Callable[[], T]) -> T:
        """What was made before for the same files and settings, or what `make` gives; two threads make it once."""
        key = _key(data)
        with self._lock:
            kept = self._kept.setdefault(kind, OrderedDict())
            making = self._making.setdefault((kind, key), threading.Lock())
        with making:
            with self._lock:
                if key in kept:
                    kept.move_to_end(key)
                    return kept[key]
            try:
                made = make()
            finally:
                self._forget_work(kind, key)
            with self._lock:
                kept[key] = made
                while len(kept) > _KEPT:
                    kept.popitem(last=False)
        return made

    def _forget_work(self, kind: str, key: Key) -> None:
        thread = threading.get_ident()
        with self._lock:
            self._work.pop(thread, None)
            self._cancelled.discard(thread)
            self._making.pop((kind, key), None)


def _key(data: DataSpec) -> Key:
    """What tells one reading of a corpus from another; standard input is read once and kept."""
    settings = (data.tokens, data.clean, data.limit, data.encoding, data.separator, data.min_count, data.max_tokens)
    try:
        files: Key = sources.stamp(data.corpus)
    except CorpusError:
        files = ()
    return (data.corpus, *settings, files)
