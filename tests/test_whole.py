"""The whole main job, as a person does it: the installed program in a real terminal, with a real worker.

A story in three sittings: one key from a cold start to a falling curve and text from the model while it trains; the
desk found again with the run still going; a screen killed outright, and the run going on.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pexpect
import pytest

from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import Session

T = TypeVar("T")
PATIENCE = 90.0
F5 = "\x1b[15~"


def until(what: Callable[[], T], words: str, child: pexpect.spawn | None = None) -> T:
    """The first true answer; a screen is read meanwhile, as a terminal would, so that it never has to wait."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := what():
            return found
        if child is not None:
            read_on(child)
    raise AssertionError(f"waited in vain until {words}")


def read_on(child: pexpect.spawn) -> bytes:
    try:
        return child.read_nonblocking(1 << 16, timeout=0.1)
    except pexpect.TIMEOUT:
        return b""


def open_program(home: Path) -> pexpect.spawn:
    environment = {**os.environ, "TERM": "xterm-256color", "RNNLAB_HOME": str(home), "LC_ALL": "C.UTF-8"}
    return pexpect.spawn(
        sys.executable, ["-P", "-m", "rnnlab"], env=environment, dimensions=(36, 120), timeout=PATIENCE, encoding=None
    )


@pytest.mark.timeout(300)
def test_one_trains_watches_talks_leaves_and_comes_back_and_nothing_kills_the_run(tmp_path: Path) -> None:
    host = LocalHost(tmp_path / "home")
    # So many epochs that the run outlasts the story on any machine.
    host.save_session(Session(name="main", draft={"train.epochs": "100000", "model.hidden": "64"}))

    # A cold start: the form has the focus, Enter trains.
    screen = open_program(tmp_path / "home")
    screen.expect(b"start training")
    screen.send("\r")
    run = until(lambda: [run.id for run in host.runs()], "there is a run", screen)[0]
    try:
        until(lambda: host.run(run).step > 0, "it trains", screen)
        screen.expect(b"tok/s")

        # Text from the model while it trains.
        screen.send(F5)
        screen.send("The tide\r")
        (turn,) = until(lambda: host.transcript("main"), "the answer has ended", screen)
        assert (turn.prefix, turn.run) == ("The tide", run)
        assert turn.text
        assert turn.seed

        # Leaving asks nothing and kills nothing.
        screen.send("\x11")
        screen.expect(pexpect.EOF)
        screen.close()
        assert screen.exitstatus == 0
        left = host.run(run)
        assert left.live
        assert host.session().selected == run
        until(lambda: host.run(run).step > left.step, "it goes on without a screen")

        # The same desk again, with what was said and the run still going.
        screen = open_program(tmp_path / "home")
        # Of the text the end is in sight, whose stamp has the seed: its beginning only where it has few lines.
        there = [run.encode(), str(turn.seed).encode()]
        # Whichever is painted first: each comes from a thread of its own.
        del there[screen.expect_exact(there)]
        screen.expect_exact(there)
        seen = host.run(run)
        assert seen.live

        # A screen that is killed outright takes nothing along.
        screen.kill(9)
        screen.expect(pexpect.EOF)
        screen.close()
        assert screen.signalstatus == 9
        until(lambda: host.run(run).step > seen.step, "it goes on after the kill")
        assert host.run(run).live
    finally:
        if host.run(run).live:
            host.request(run, "stop")
        until(lambda: not host.run(run).live, "it has ended")
    assert host.run(run).state == "stopped"
    sequence = [record.seq for record in host.read(run).records]
    assert sequence == list(range(1, len(sequence) + 1))
