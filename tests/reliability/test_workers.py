"""P3, P8 and P10: a worker ends as it is told, there is never a second one, and saving costs little."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from rnnlab.errors import Busy, RunError
from rnnlab.events import Finished, Saved, Started
from rnnlab.hosts import launch
from rnnlab.hosts.local import LocalHost
from rnnlab.runs import checkpoints, lock
from rnnlab.specs import Value
from rnnlab.worker import train as training
from rnnlab.worker.desk import Desk
from rnnlab.worker.signals import Signals
from tests.reliability.viewers import until
from tests.worker.processes import Run

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

TRIALS = 20


@pytest.mark.parametrize(
    ("number", "cause"),
    [(signal.SIGTERM, "preempted"), (signal.SIGUSR1, "preempted"), (signal.SIGINT, "stopped")],
)
def test_a_signal_ends_a_worker_within_a_step_and_a_save(tmp_path: Path, number: int, cause: str) -> None:
    run = Run(tmp_path, {"train.epochs": 10**6, "train.checkpoint_every": 10**6})
    slowest, furthest = 0.0, 0
    for trial in range(TRIALS):
        run.begin()
        assert run.reaches(run.of(Started)[-1].step + 2 + trial % 5)
        assert run.process is not None
        seen = run.events()[-1].step
        begun = time.monotonic()
        os.kill(run.process.pid or 0, number)
        run.process.join(30)
        slowest = max(slowest, time.monotonic() - begun)
        end = run.of(Finished)[-1]
        furthest = max(furthest, end.step - seen)
        assert (run.process.exitcode, end.cause) == (0, cause)
        assert checkpoints.steps(run.paths)[-1] == end.step
    print(
        f"{signal.Signals(number).name}, {TRIALS} times: checkpoint and end after at most {slowest:.2f} s and "
        f"{furthest} steps more than a viewer had seen"
    )


def test_a_second_interrupt_ends_a_worker_at_once_without_saving(tmp_path: Path) -> None:
    """The first one comes while a step takes long: the second need not wait for it."""
    run = Run(tmp_path, {"train.epochs": 10**6})
    process = multiprocessing.get_context("fork").Process(target=_steps_that_take_a_minute, args=(run,))
    process.start()
    run.process = process
    assert run.lives_until(lambda: bool(run.of(Saved)))
    before = checkpoints.steps(run.paths)
    time.sleep(0.5)
    begun = time.monotonic()
    os.kill(process.pid or 0, signal.SIGINT)
    time.sleep(0.2)
    assert process.is_alive()
    os.kill(process.pid or 0, signal.SIGINT)
    process.join(10)
    print(f"second SIGINT: gone after {time.monotonic() - begun - 0.2:.2f} s")
    assert process.exitcode == 128 + signal.SIGINT
    assert not run.of(Finished)
    assert checkpoints.steps(run.paths) == before


def _steps_that_take_a_minute(run: Run) -> None:
    from tests.worker.processes import work

    steps = training.Trainer.steps

    def slow(self, stops=()):
        for number, events in enumerate(steps(self, stops)):
            if number == 3:
                time.sleep(60)
            yield events

    training.Trainer.steps = slow
    work(str(run.paths.directory))


def test_a_hundred_starts_at_once_start_one_worker(tmp_path: Path) -> None:
    run = Run(tmp_path, {"train.epochs": 10**6})
    context = multiprocessing.get_context("fork")
    gate, outcomes = context.Barrier(100), context.Queue()
    starters = [context.Process(target=_start, args=(run, gate, outcomes)) for _ in range(100)]
    for starter in starters:
        starter.start()
    said = [outcomes.get(timeout=60) for _ in starters]
    for starter in starters:
        starter.join()
    assert sorted(set(said)) == ["refused", "started"]
    assert said.count("started") == 1
    host = LocalHost(tmp_path)
    until(lambda: run.of(Started) and host.runs()[0].state == "running", "it trains")
    time.sleep(1)
    assert len(run.of(Started)) == 1
    print("100 starts at once: 1 worker, 99 refused")
    host.request(host.runs()[0].id, "stop")
    until(lambda: not host.runs()[0].live, "it stops")


def _start(run: Run, gate: threading.Barrier, outcomes: multiprocessing.Queue) -> None:
    gate.wait(60)
    try:
        launch.start_worker(run.paths)
        outcomes.put("started")
    except (Busy, RunError):
        outcomes.put("refused")


def test_the_lock_of_a_killed_worker_is_taken_over_and_that_of_a_stopped_one_never(tmp_path: Path) -> None:
    run = Run(tmp_path, {"train.epochs": 10**6})
    slowest = 0.0
    for _ in range(TRIALS):
        run.start()
        until(lambda: lock.held(run.paths.lock), "it holds the lock")
        assert run.process is not None
        os.kill(run.process.pid or 0, signal.SIGSTOP)
        for _ in range(100):
            with pytest.raises(Busy):
                lock.acquire(run.paths.lock)
        assert lock.held(run.paths.lock)
        begun = time.monotonic()
        os.kill(run.process.pid or 0, signal.SIGKILL)
        until(lambda: not lock.held(run.paths.lock), "it is free", 5)
        descriptor = lock.acquire(run.paths.lock)
        slowest = max(slowest, time.monotonic() - begun)
        lock.release(descriptor)
        run.process.join()
    assert slowest <= 1.0
    print(f"lock, {TRIALS} times: 0 of {100 * TRIALS} tries robbed a stopped owner; taken over {slowest * 1000:.0f} ms "
          "after a kill at the latest")  # fmt: skip


def share_of_saving(tmp_path: Path, seconds: float) -> tuple[float, float, int]:
    """(the share of the time that went into checkpoints, their mean seconds, their number), in this very process."""
    big: dict[str, Value] = {"model.hidden": 400, "model.cell": "lstm", "train.epochs": 10**6, "train.log_every": 10}
    run = Run(tmp_path, {**big, "train.checkpoint_every": 0})
    signals = Signals()
    desk = Desk(run.paths, ended=lambda: bool(signals.cause))
    worker = training.Worker(run.paths, desk, signals)
    spent: list[float] = []
    save = worker._save

    def timed(reason: str) -> None:
        begun = time.monotonic()
        save(reason)
        if reason in ("begin", "interval"):
            spent.append(time.monotonic() - begun)

    worker._save = timed
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    begun = time.monotonic()
    worker.work()
    desk.close()
    return sum(spent) / (time.monotonic() - begun), sum(spent) / max(1, len(spent)), len(spent)


@pytest.fixture
def signals_put_back():
    numbers = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals_put_back")
def test_checkpoints_cost_at_most_their_share_and_would_cost_more_if_the_interval_did_not_adapt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share, each, count = share_of_saving(tmp_path / "a", 60)
    print(f"checkpoints: {count} of {each * 1000:.0f} ms each, {share:.2%} of the time")
    assert count >= 2
    assert share <= 0.035
    monkeypatch.setattr(training, "SAVE_SHARE", 1.0)
    monkeypatch.setattr(training, "_SAVE_AT_LEAST_EVERY", 0.2)
    careless, _, many = share_of_saving(tmp_path / "b", 15)
    print(f"without adapting, every 0.2 s: {many} checkpoints, {careless:.2%} of the time")
    assert careless > 0.035
