"""Run directories without workers, for what only reads them."""

from __future__ import annotations

import time
from pathlib import Path

from rnnlab.hosts.creation import create_run
from rnnlab.runs.paths import HomePaths, RunPaths
from rnnlab.specs import RunSpec, Value
from rnnlab.text.corpus import Corpus

from .live import small

_OPENED: dict[Path, Corpus] = {}


def make_run(
    home: Path, corpus: Path, session: str = "main", *, now: float | None = None, **changes: Value
) -> RunPaths:
    """A run whose worker has not been started."""
    spec: RunSpec = small(corpus, **changes)
    opened = _OPENED.setdefault(corpus, Corpus.open(str(corpus), spec.data))
    return create_run(HomePaths(home), spec, opened, session, now=now or time.time(), taken=())
