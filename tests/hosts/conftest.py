"""A small text, homes, and the one finished run and the one training run that many tests look at."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rnnlab.hosts.local import LocalHost
from rnnlab.specs import Value

from .live import Live, small

TEXT = "the tide turns and the clock turns with it; " * 40


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("texts") / "tide.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def host(home: Path) -> LocalHost:
    return LocalHost(home)


@pytest.fixture
def start(host: LocalHost, home: Path, corpus: Path) -> Iterator[Callable[..., Live]]:
    """Start runs of the small spec, changed as one likes; what still trains afterwards is killed."""
    started: list[Live] = []

    def act(**changes: Value) -> Live:
        live = Live(host, home, host.start(small(corpus, **changes), "main"))
        started.append(live)
        return live

    yield act
    for live in started:
        if live.paths.directory.exists() and host.run(live.run).live:
            live.kill()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Live:
    """A run that has trained to its end, started where the umask forbids nothing. Tests only look at it."""
    home = tmp_path_factory.mktemp("finished") / "home"
    before = os.umask(0)
    try:
        host = LocalHost(home)
        live = Live(host, home, host.start(small(corpus), "main"))
        live.ends()
    finally:
        os.umask(before)
    return live


@pytest.fixture(scope="session")
def endless(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Iterator[Live]:
    """A run that trains for as long as the tests need it, asleep where none does."""
    home = tmp_path_factory.mktemp("training") / "home"
    host = LocalHost(home)
    live = Live(host, home, host.start(small(corpus, train__epochs=10**6, train__log_every=50), "main"))
    live.reaches(1)
    live.signal(signal.SIGSTOP)
    yield live
    live.kill()


@pytest.fixture
def training(endless: Live) -> Iterator[Live]:
    """A run that is training. Tests leave it so."""
    endless.signal(signal.SIGCONT)
    yield endless
    endless.signal(signal.SIGSTOP)
