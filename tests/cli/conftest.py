"""A command line on recorded runs: what it prints, and what it asks of its host."""

from __future__ import annotations

import pytest

from rnnlab.cli.main import Wiring, run
from rnnlab.hosts.fake import FakeHost, Recording

from .recorded import Cli, GrowingHost, Said, answer, records, summary


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], host: GrowingHost) -> Cli:
    def perform(*words: str, on: FakeHost = host) -> Said:
        wiring = Wiring(host=lambda home: on, desk=lambda home, session: 77, demo=lambda: 78)
        code = run(words, wiring)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return perform


@pytest.fixture
def host() -> GrowingHost:
    """Two runs, the newer one finished, the older one failed."""
    failed = summary(
        "lstm-8-sad-vole", state="failed", message="the disk is full", created_at=1_780_000_000.0, validation=None
    )
    recordings = (
        Recording(summary=summary(), records=records()),
        Recording(summary=failed, records=records(2, "failed")),
    )
    return GrowingHost(recordings, {"time": answer(" trav", "eller\x1b[31m", "\n")})


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits take no time and are counted: a growing host grows by being read."""
    waits: list[float] = []
    monkeypatch.setattr("rnnlab.cli.interrupts.Interrupts.wait", lambda self, seconds: waits.append(seconds))
    return waits
