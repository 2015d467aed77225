"""The half of this machine's host that reads texts: corpora, and runs that are made of them.

It is made when something first asks for a text: numpy and the tables under it cost more than listing runs does. It must
not know what becomes of a run once its worker has started.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import psutil

from rnnlab.hosts import launch, origins, sharing
from rnnlab.hosts.copies import Copies
from rnnlab.hosts.creation import create_run
from rnnlab.hosts.origins import Origin
from rnnlab.hosts.preflight import preflight
from rnnlab.hosts.runs import RunIndex
from rnnlab.hosts.texts import Texts
from rnnlab.hosts.values import Preflight
from rnnlab.runs.paths import HomePaths
from rnnlab.specs import RunSpec, Value
from rnnlab.text.cache import Cache
from rnnlab.text.catalogue import Shelf
from rnnlab.text.corpus import Corpus
from rnnlab.text.report import Batch, Originality
from rnnlab.text.windows import batch


class Library:
    """The texts of a home directory."""

    def __init__(self, home: HomePaths, runs: RunIndex) -> None:
        self._home = home
        self._runs = runs
        self._copies = Copies(home.cache / "suffixes")
        self.texts = Texts(Cache(home.cache), Shelf(home.texts))

    def batch(self, spec: RunSpec, number: int, epoch: int) -> Batch:
        return batch(self.texts.open(spec.data), spec.data, number=number, epoch=epoch, seed=spec.train.seed)

    def preflight(self, spec: RunSpec, measured: bool) -> Preflight:
        corpus = self.texts.open(spec.data)
        available = psutil.virtual_memory().available
        return preflight(self._home.home, spec, corpus, available, measured=measured)

    def start(self, spec: RunSpec, session: str, init: str, at: str) -> str:
        corpus = self.texts.open(spec.data)
        origin = origins.initial(self._runs.paths(init), at, spec, corpus) if init else None
        return self._begin(spec, corpus, session, origin)

    def fork(self, run: str, at: str, changes: Mapping[str, Value]) -> str:
        spec, corpus, origin = origins.forked(self._home, self._runs.paths(run), at, changes)
        return self._begin(spec, corpus, self._runs.summary(run).session, origin)

    def export(self, run: str, at: str, *, whole: bool) -> bytes:
        return sharing.exported(self._runs.paths(run), at, whole=whole)

    def take_in(self, file: bytes, session: str, corpus: str) -> str:
        made = sharing.imported(self._home, file, session, corpus, taken=self._runs.ids())
        return made.directory.name

    def check_whole(self, run: str) -> None:
        """An imported run may have come without its text, or with its weights alone; its worker would only find the
        same."""
        what = self._runs.manifest(run)
        origins.corpus_copy(self._home, what)
        origins.check_state(self._runs.paths(run))

    def originality(self, run: str, text: str) -> Originality:
        what = self._runs.manifest(run)
        key = (what.corpus.sha256, what.spec.data)
        with self.texts.pacing(what.spec.data.corpus) as pace:
            return self._copies.check(key, lambda: origins.corpus_of(self._home, what, what.spec), text, pace)

    def _begin(self, spec: RunSpec, corpus: Corpus, session: str, origin: Origin | None) -> str:
        made = create_run(self._home, spec, corpus, session, now=time.time(), taken=self._runs.ids(), origin=origin)
        launch.start_worker(made)
        return made.directory.name
