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
from tests.reliability.viewers import WAYS, gone, look, stop_everything, until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("RNNLAB_ROUNDS", "25"))
STAYS = 15
DRAFT = {
    "model.hidden": "8", "model.cell": "rnn", "train.epochs": "1000000", "train.threads": "1", "train.log_every": "5",
}  # fmt: skip


class Tally:
    """What came of the trials."""

    def __init__(self) -> None:
        self.trials = self.deaths = self.gaps = 0
        self.stayed: list[str] = []
        """Viewers that outlived their terminal by more than STAYS seconds."""
        self.slowest = {"viewer gone": 0.0, "next step": 0.0, "read again": 0.0}

    def took(self, what: str, seconds: float) -> None:
        self.slowest[what] = max(self.slowest[what], seconds)

    def __str__(self) -> str:
        times = ", ".join(f"{name} after at most {seconds:.2f} s" for name, seconds in self.slowest.items())
        return (
            f"{self.trials} terminals lost in 8 ways: {self.deaths} workers dead, {self.gaps} journals with a gap, "
            f"{len(self.stayed)} viewers that stayed {self.stayed or ''}; {times}"
        )


def test_a_run_outlives_eight_ways_to_lose_a_terminal(tmp_path: Path) -> None:
    """Each round begins a run in one viewer and loses eight viewers of it, another first each time."""
    tally = Tally()
    for number in range(ROUNDS):
        host = LocalHost(tmp_path / str(number))
        host.save_session(Session(name="main", draft=DRAFT))
        ways = [*WAYS]
        for way in ways[number % 8 :] + ways[: number % 8]:
            lose_a_viewer(way, tmp_path / str(number), host, tally)
            print(tally, flush=True)
        stop_everything(tmp_path / str(number))
    print(tally)
    assert tally.trials == ROUNDS * 8
    assert tally.deaths == tally.gaps == 0
    assert not tally.stayed, tally.stayed


def lose_a_viewer(way: str, home: Path, host: LocalHost, tally: Tally) -> None:
    kind, lose = WAYS[way]
    viewer = kind(home)
    try:
        begin_or_find(viewer, host)
        run = host.runs()[0].id
        file = HomePaths(home).session("main").run(run).status
        now = status.read(file)
        worker, program, step = (now.pid if now else 0), viewer.pid, now.step if now else 0
        getattr(viewer, lose)()
        begun = time.monotonic()
        while not gone(program) and time.monotonic() - begun < STAYS:
            time.sleep(0.02)
        if not gone(program):
            tally.stayed.append(f"{way}: {look(program)}")
        tally.took("viewer gone", time.monotonic() - begun)
        tally.took("next step", until(lambda: host.run(run).step > step, f"{way}: {host.log(run)}"))
        again = status.read(file)
        tally.deaths += worker != 0 and again is not None and again.pid != worker
        tally.deaths += not host.run(run).live
        begun = time.monotonic()
        tally.gaps += not complete(host, run)
        tally.took("read again", time.monotonic() - begun)
        tally.trials += 1
    finally:
        viewer.clean_up()


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


def test_the_viewer_shares_its_terminals_session_and_ends_with_it(tmp_path: Path) -> None:
    """What the trials rest on: a terminal was lost in truth, and reached what has no session of its own."""
    from tests.reliability.viewers import Viewer

    viewer = Viewer(tmp_path)
    viewer.shows("start training")
    program = viewer.pid
    viewer.close_the_terminal()
    until(lambda: gone(program), "the viewer is gone", 10)
    viewer.clean_up()
