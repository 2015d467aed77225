"""Long and crowded: ten viewers on one run, a thousand runs in a session, a journal of a million steps."""

from __future__ import annotations

import math
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnnlab.events import Started, Step
from rnnlab.hosts.local import LocalHost
from rnnlab.runs import digest, journal, status
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.status import Status
from rnnlab.tui.feed import Follower
from rnnlab.tui.run_view import RunView
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
    """What a worker leaves that logs every step, opened when the most of it is not yet in the digest."""
    chance, now = random.Random(1), iter(range(steps + 2))
    writer = JournalWriter(paths.journal, clock=lambda: 1.79e9 + next(now) * 0.05)
    keeper = digest.Keeper(paths)
    writer.write(Started(
        step=0, epoch=1, attempt=1, device="cpu", engine="fused", threads=1, parameters=1000, vocabulary=50,
        unigram=20.0, train_tokens=10**5, validation_tokens=10**3, characters_per_token=1.0, batches=1000,
        total_steps=steps, epochs=1000))  # fmt: skip
    for step in range(1, steps + 1):
        loss = 1 + chance.random()
        writer.write(Step(
            step=step, epoch=1 + step // 1000, loss=loss, perplexity=math.exp(loss), grad_norm=chance.random(),
            clipped=0.1, lr=0.002, tokens_per_s=30000.0, elapsed_s=step * 0.05))  # fmt: skip
        if step % 5000 == 0 and step <= steps - digest.EVERY:
            writer.sync()
            keeper.synced(writer.seq)
    writer.close()


OPEN = r"""
import re, sys, time
from pathlib import Path
from rnnlab.hosts.local import LocalHost
from rnnlab.tui.feed import Follower
from rnnlab.tui.run_view import RunView
def memory(what):
    return 1024 * int(re.search(what + r":\s*(\d+)", Path("/proc/self/status").read_text())[1])
before, begun, shown = memory("VmRSS"), time.process_time(), 0.0
follower = Follower(LocalHost(Path(sys.argv[1])), sys.argv[2])
while True:
    follower.follow(lambda: False)
    shown = shown or time.process_time() - begun
    if not follower.more:
        break
print(follower.view.latest.step, shown, time.process_time() - begun, memory("VmHWM") - before)
"""


def opened(home: Path, run: str) -> tuple[int, float, float, int]:
    """(the last step, seconds of work to something to see and to all of it, bytes) of a viewer of its own."""
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(home), run], capture_output=True, text=True, check=True, timeout=300
    )
    step, shown, worked, memory = done.stdout.split()
    return int(step), float(shown), float(worked), int(memory)


def view(home: Path, run: str) -> RunView | None:
    follower = Follower(LocalHost(home), run)
    follower.follow(lambda: False)
    while follower.more:
        follower.follow(lambda: False)
    return follower.view


def test_a_journal_of_a_million_steps_is_opened(tmp_path: Path) -> None:
    home = tmp_path / "home"
    paths = make_run(home, {})
    run = paths.directory.name
    long_journal(paths, STEPS)
    with_digest = view(home, run)
    for kind in ("the first time", "again", "without its digest"):
        if kind == "without its digest":
            paths.digest.unlink()
        step, shown, worked, memory = opened(home, run)
        print(
            f"{STEPS:,} steps, {kind}: something to see after {shown:.2f} s of work, all of it after {worked:.2f} s, "
            f"with {memory / 2**20:.0f} MB"
        )
        assert step == STEPS
        assert memory < 32 << 20
        assert worked < 1.0 or kind == "without its digest"
    assert with_digest == view(home, run)
