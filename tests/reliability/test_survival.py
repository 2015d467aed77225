"""P1: a run outlives every way in which a terminal is lost, and whoever comes back finds all of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import Session
from rnnlab.runs import status
from rnnlab.runs.paths import HomePaths
from tests.reliability.viewers import WAYS, gone, stop_everything, until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("RNNLAB_ROUNDS", "25"))
DRAFT = {
    "model.hidden": "8", "model.cell": "rnn", "train.epochs": "1000000", "train.threads": "1", "train.log_every": "5",
}  # fmt: skip


def test_a_run_outlives_eight_ways_to_lose_a_terminal(tmp_path: Path) -> None:
    """Each round begins a run in one viewer and loses eight viewers of it, another first each time."""
    deaths = lost = trials = 0
    slowest = {"viewer gone": 0.0, "next step": 0.0, "read again": 0.0}
    for number in range(ROUNDS):
        home = tmp_path / str(number)
        host = LocalHost(home)
        host.save_session(Session(name="main", draft=DRAFT))
        ways = [*WAYS]
        for way in ways[number % 8 :] + ways[: number % 8]:
            kind, lose = WAYS[way]
            viewer = kind(home)
            try:
                begin_or_find(viewer, host)
                run = host.runs()[0].id
                paths = HomePaths(home).session("main").run(run)
                now = status.read(paths.status)
                worker, program, step = (now.pid if now else 0), viewer.pid, now.step if now else 0
                getattr(viewer, lose)()
                took = until(lambda pid=program: gone(pid), f"{way}: the viewer is gone", 30, program)
                slowest["viewer gone"] = max(slowest["viewer gone"], took)
                took = until(lambda host=host, run=run, step=step: host.run(run).step > step, f"{way}: it trains on")
                slowest["next step"] = max(slowest["next step"], took)
                again = status.read(paths.status)
                deaths += worker != 0 and again is not None and again.pid != worker
                deaths += not host.run(run).live
                begun = time.monotonic()
                lost += not complete(host, run)
                slowest["read again"] = max(slowest["read again"], time.monotonic() - begun)
                trials += 1
            finally:
                viewer.clean_up()
        stop_everything(home)
    figures = ", ".join(f"{name} after at most {seconds:.2f} s" for name, seconds in slowest.items())
    print(f"{trials} terminals lost in 8 ways: {deaths} deaths, {lost} journals with a gap; {figures}")
    assert trials == ROUNDS * 8
    assert deaths == lost == 0


def begin_or_find(viewer, host: LocalHost) -> None:
    if host.runs():
        viewer.shows(host.runs()[0].id)
        return
    viewer.shows("start training")
    viewer.press("\r")
    until(host.runs, "there is a run")
    until(lambda: host.runs()[0].live, "it lives")


def complete(host: LocalHost, run: str) -> bool:
    """Whether the journal read from its start has every number once."""
    cursor, more, numbers = 0, True, []
    while more:
        reading = host.read(run, cursor, 10_000)
        cursor, more = reading.cursor, reading.more
        numbers += [record.seq for record in reading.records]
        if reading.damaged:
            return False
    return numbers == list(range(1, len(numbers) + 1))


def test_a_worker_in_the_terminals_own_session_would_die(tmp_path: Path) -> None:
    """What the promise rests on: without a session of its own, a closed terminal takes a process along."""
    from tests.reliability.viewers import Viewer

    viewer = Viewer(tmp_path)
    viewer.shows("start training")
    program = viewer.pid
    viewer.close_the_terminal()
    until(lambda: gone(program), "the viewer, which shares the terminal's session, is gone", 10)
    viewer.clean_up()
