"""The whole thing once: the program in a real terminal, a real worker, and an end without a farewell."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from rnnlab.errors import RnnlabError
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import RunSummary, Session
from tests.tui.desks import SMALL

DRAFT = {
    "model.hidden": "8",
    "model.cell": "rnn",
    "train.epochs": "100000",
    "train.threads": "1",
    "train.log_every": "1",
}


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never held"
        time.sleep(0.1)


@pytest.fixture
def host(tmp_path: Path):
    host = LocalHost(tmp_path)
    host.save_session(Session(name="main", draft=DRAFT))
    yield host
    for run in host.runs():
        with contextlib.suppress(RnnlabError):  # it has ended
            host.request(run.id, "stop")
    until(lambda: not any(run.live for run in host.runs()))


def open_program(home: Path) -> pexpect.spawn:
    environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "RNNLAB_HOME": str(home)}
    columns, rows = SMALL
    return pexpect.spawn(
        sys.executable, ["-m", "rnnlab"], env=environment, dimensions=(rows, columns), timeout=60, maxread=65536
    )


def only_run(host: LocalHost) -> RunSummary:
    (run,) = host.runs()
    return run


def test_a_killed_program_leaves_its_run_training_and_finds_it_again(host, tmp_path):
    child = open_program(tmp_path)
    child.expect(b"start training")
    child.send("\r")
    child.expect(b"perplexity")
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.close()
    step = only_run(host).step
    until(lambda: only_run(host).step > step)

    child = open_program(tmp_path)
    child.expect(only_run(host).id.encode())
    child.expect(b"perplexity")
    child.send("4s")
    until(lambda: only_run(host).state == "stopped")
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
