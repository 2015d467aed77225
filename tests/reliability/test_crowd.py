"""Long and crowded: ten viewers on one run, a thousand runs in a session, a journal of a million steps."""

from __future__ import annotations

import math
import os
import random
import shutil
import time
from pathlib import Path

import pytest

from rnnlab.events import Record, Started, Step
from rnnlab.hosts.local import LocalHost
from rnnlab.runs import journal, status
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.status import Status
from rnnlab.tui.feed import Follower
from tests.reliability.viewers import gone, until
from tests.tui.test_real_worker import open_program
from tests.worker.processes import Run, make_run

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

STEPS = int(os.environ.get("RNNLAB_STEPS", "1000000"))


def test_a_thousand_runs_are_listed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = make_run(home, {})
    status.write(first.status, Status(state="finished", step=5))
    host = LocalHost(home)
    for number in range(999):
        shutil.copytree(first.directory, first.directory.with_name(f"gru-12-copy-{number}"))
    figures = []
    for when in ("the first time", "again", "and again"):
        host = LocalHost(home) if when == "the first time" else host
        begun, worked = time.perf_counter(), time.process_time()
        assert len(host.runs("main")) == 1000
        work = time.process_time() - worked
        figures.append(f"{work:.2f} s of work {when} ({time.perf_counter() - begun:.2f} s passed)")
        assert work < 1.0
    print(f"1,000 runs listed: {', '.join(figures)}")


def test_ten_viewers_of_one_run_see_it_train_and_slow_nobody(tmp_path: Path) -> None:
    """Five in real terminals, one of which nobody reads, and five that follow the journal."""
    run = Run(tmp_path, {"train.epochs": 10**6, "train.checkpoint_every": 500})
    run.begin()
    screens = [open_program(tmp_path) for _ in range(5)]
    try:
        followers = [Follower(LocalHost(tmp_path), run.paths.directory.name) for _ in range(5)]
        for screen in screens[:4]:
            screen.expect(run.paths.directory.name.encode())
        step = run.events()[-1].step
        assert run.reaches(step + 2000)
        for follower in followers:
            follower.follow(lambda: False)
            while follower.more:
                follower.follow(lambda: False)
        seen = [follower.view.latest.step for follower in followers if follower.view and follower.view.latest]
        assert len(seen) == 5
        assert min(seen) >= step + 2000
        assert all(screen.isalive() for screen in screens)
        assert journal.read(run.paths.journal, 0, 10**6).damaged == 0
        pids = [screen.pid for screen in screens if screen.pid]
        print(f"ten viewers on one run: it went on to step {max(seen):,}, all ten saw it")
    finally:
        for screen in screens:
            screen.close(force=True)
        run.kill()
    for pid in pids:
        until(lambda pid=pid: gone(pid), "the viewers are gone", 20)


def long_journal(paths: RunPaths, steps: int) -> None:
    chance = random.Random(1)
    with paths.journal.open("wb") as file:
        file.write(journal.encode(Record(seq=1, at=1.0, event=Started(
            step=0, epoch=1, attempt=1, device="cpu", engine="fused", threads=1, parameters=1000, vocabulary=50,
            unigram=20.0, train_tokens=10**5, validation_tokens=10**3, characters_per_token=1.0, batches=1000,
            total_steps=steps, epochs=1000))))  # fmt: skip
        for step in range(1, steps + 1):
            loss = 1 + chance.random()
            file.write(journal.encode(Record(seq=step + 1, at=round(1.79e9 + step * 0.05, 3), event=Step(
                step=step, epoch=1 + step // 1000, loss=loss, perplexity=math.exp(loss), grad_norm=chance.random(),
                clipped=0.1, lr=0.002, tokens_per_s=30000.0, elapsed_s=step * 0.05))))  # fmt: skip


def test_a_journal_of_a_million_steps_is_opened(tmp_path: Path) -> None:
    paths = make_run(tmp_path / "home", {})
    long_journal(paths, STEPS)
    for kind in ("first", "second"):
        follower = Follower(LocalHost(tmp_path / "home"), paths.directory.name)
        begun, worked, shown = time.perf_counter(), time.process_time(), 0.0
        while True:
            follower.follow(lambda: False)
            shown = shown or time.perf_counter() - begun
            if not follower.more:
                break
        took = time.perf_counter() - begun
        assert follower.view is not None
        assert follower.view.latest is not None
        assert follower.view.latest.step == STEPS
        print(
            f"{STEPS:,} steps, the {kind} time: something to see after {shown:.2f} s, all of it after {took:.2f} s "
            f"({time.process_time() - worked:.2f} s of work)"
        )
