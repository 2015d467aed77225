"""The corpora of this machine, opened once for each way of tokenizing them. It must not know runs."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

from rnnlab.errors import CorpusError
from rnnlab.hosts.values import CorpusEntry, Work
from rnnlab.specs import DataSpec
from rnnlab.text import bundled, catalogue, sources
from rnnlab.text.baselines import baselines
from rnnlab.text.cache import Cache
from rnnlab.text.catalogue import CatalogueEntry, Shelf
from rnnlab.text.comparing import compare
from rnnlab.text.corpus import Corpus
from rnnlab.text.detail import detail
from rnnlab.text.encoding import Cancelled
from rnnlab.text.report import Baselines, Comparison, CorpusDetail, CorpusReport, Passage
from rnnlab.text.statistics import passage, report
from rnnlab.text.visible import visible

T = TypeVar("T")

_KEPT = 4
"""Corpora held in memory: a person looks at one and compares with another."""
Key = tuple[object, ...]


class Texts:
    """A small cache of corpora and what was found out about them; a file that has changed on disk is read again.

    Long work can be looked at and ended from another thread.
    """

    def __init__(self, cache: Cache | None = None, shelf: Shelf | None = None) -> None:
        self._cache = cache
        self._shelf = shelf
        self._lock = threading.Lock()
        self._kept: dict[str, OrderedDict[Key, Any]] = {}
        self._making: dict[tuple[str, Key], threading.Lock] = {}
        self._work: dict[int, Work] = {}
        self._cancelled: set[int] = set()

    def entries(self) -> tuple[CorpusEntry, ...]:
        """The bundled corpora, and the texts of the catalogue with what is known of them."""
        own = [
            CorpusEntry(name=e.name, title=e.title, about=e.about, characters=e.characters, distinct=e.distinct)
            for e in bundled.entries()
        ]
        return (*own, *(_listed(entry, self._shelf) for entry in catalogue.entries()))

    def fetch(self, name: str) -> CorpusEntry:
        """Get a text of the catalogue; raises CorpusError, or Cancelled after `cancel`."""
        entry = catalogue.find(name)
        try:
            self._held.fetch(entry, self._pace(name))
        finally:
            self._forget_work()
        return _listed(entry, self._shelf)

    def adopt(self, name: str, path: str) -> CorpusEntry:
        """Take a file as a text of the catalogue; raises CorpusError where it is another text."""
        entry = catalogue.find(name)
        self._held.adopt(entry, Path(path).expanduser())
        return _listed(entry, self._shelf)

    @property
    def _held(self) -> Shelf:
        if self._shelf is None:
            raise CorpusError("there is no place here to keep a text: fetch it with `rnnlab corpus fetch`")
        return self._shelf

    def open(self, data: DataSpec) -> Corpus:
        """The corpus as these settings tokenize it; raises CorpusError."""
        return self._once(
            "corpus",
            data,
            lambda: Corpus.open(data.corpus, data, cache=self._cache, shelf=self._shelf, pace=self._pace(data.corpus)),
        )

    def report(self, data: DataSpec) -> CorpusReport:
        return self._once("report", data, lambda: report(self.open(data)))

    def detail(self, data: DataSpec) -> CorpusDetail:
        """Its hidden characters, lines, rare tokens; seconds for a long text."""
        return self._once("detail", data, lambda: detail(self.open(data), self._pace(data.corpus)))

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

    @contextlib.contextmanager
    def pacing(self, corpus: str) -> Generator[Callable[[str, int, int], None]]:
        """For other long work with a corpus: tell what is given how far it is; it raises Cancelled after `cancel`."""
        try:
            yield self._pace(corpus)
        finally:
            self._forget_work()

    def _pace(self, corpus: str) -> Callable[[str, int, int], None]:
        thread = threading.get_ident()

        def pace(stage: str, done: int, total: int) -> None:
            with self._lock:
                self._work[thread] = Work(corpus=corpus, stage=stage, done=done, total=total)
                cancelled = thread in self._cancelled
            if cancelled:
                raise Cancelled(f"{visible(corpus)} was given up half way, as asked: nothing of it was kept")

        return pace

    def _once(self, kind: str, data: DataSpec, make: Callable[[], T]) -> T:
        """What was made before for the same files and settings, or what `make` gives; two threads make it once."""
        key = _key(data, self._shelf)
        with self._lock:
            kept = self._kept.setdefault(kind, OrderedDict())
            making = self._making.setdefault((kind, key), threading.Lock())
        with making:
            with self._lock:
                if key in kept:
                    self._making.pop((kind, key), None)
                    kept.move_to_end(key)
                    return kept[key]
            try:
                made = make()
            finally:
                self._forget_work()
                with self._lock:
                    self._making.pop((kind, key), None)
            with self._lock:
                kept[key] = made
                while len(kept) > _KEPT:
                    kept.popitem(last=False)
        return made

    def _forget_work(self) -> None:
        thread = threading.get_ident()
        with self._lock:
            self._work.pop(thread, None)
            self._cancelled.discard(thread)


def _listed(entry: CatalogueEntry, shelf: Shelf | None) -> CorpusEntry:
    pin = shelf.pin(entry.name) if shelf and shelf.path(entry.name) else None
    return CorpusEntry(
        name=entry.name,
        title=entry.title,
        about=entry.about,
        characters=0,
        distinct=0,
        here=pin is not None,
        bytes=pin.bytes if pin else entry.bytes,
        licence=entry.licence,
        url=entry.url,
        sha256=pin.sha256 if pin else entry.sha256,
    )


def _key(data: DataSpec, shelf: Shelf | None) -> Key:
    """What tells one reading of a corpus from another; standard input is read once and kept."""
    settings = (data.tokens, data.clean, data.limit, data.encoding, data.separator, data.min_count, data.max_tokens)
    try:
        files: Key = sources.stamp(data.corpus, shelf)
    except CorpusError:
        files = ()
    return (data.corpus, *settings, files)
