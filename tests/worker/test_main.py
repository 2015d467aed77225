"""How a worker begins."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from rnnlab.worker import __main__ as worker


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """What the environment holds when the training begins, given what it holds before."""
    found: dict[str, str] = {}

    def watch(paths: object, train: object) -> int:
        found.update(os.environ)
        return 0

    monkeypatch.setattr(worker, "watch", watch)
    monkeypatch.setattr(sys, "argv", ["worker", str(tmp_path), "--lock", str(os.open(os.devnull, os.O_RDONLY))])
    # A copy: what a worker sets is not meant for the tests after this one.
    plain = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    monkeypatch.setattr(os, "environ", plain)
    monkeypatch.setattr(os, "umask", lambda mask: 0)
    return found


def test_threads_that_wait_for_each_other_go_to_sleep_soon(begun: dict[str, str]) -> None:
    assert worker.main() == 0
    assert 0 < int(begun["GOMP_SPINCOUNT"]) < 10_000


@pytest.mark.parametrize(("name", "value"), [("GOMP_SPINCOUNT", "7"), ("OMP_WAIT_POLICY", "active")])
def test_how_they_wait_can_be_said_from_outside(begun: dict[str, str], name: str, value: str) -> None:
    os.environ[name] = value
    assert worker.main() == 0
    assert (begun[name], begun.get("GOMP_SPINCOUNT", "7")) == (value, "7")
