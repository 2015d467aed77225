"""Ends that a worker cannot write down itself: killed, crashed, out of memory, without its device."""

from __future__ import annotations

import math
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnnlab.events import Finished, Saved, Started
from rnnlab.runs import checkpoints, status
from rnnlab.runs.paths import RunPaths
from rnnlab.specs import Value
from rnnlab.training.learner import Learner
from rnnlab.worker import tensors, watching
from rnnlab.worker.train import train

from .processes import Run, take_up

LONG: dict[str, Value] = {"train.epochs": 10**4, "train.checkpoint_every": 5}


def dies(number: int, step: int) -> Callable[[RunPaths], int]:
    """A child that gets a signal in that step."""
    return _in_step(step, lambda: os.kill(os.getpid(), number))


def raises(message: str, step: int) -> Callable[[RunPaths], int]:
    """A child whose every step from that one on fails with what torch would say."""

    def fail() -> None:
        raise RuntimeError(message)

    return _in_step(step, fail)


def _in_step(step: int, what: Callable[[], None]) -> Callable[[RunPaths], int]:
    def work(paths: RunPaths) -> int:
        whole, done = Learner.step, [0]

        def learn(self: Learner, *arguments: Any) -> Any:
            done[0] += 1
            if done[0] >= step:
                what()
            return whole(self, *arguments)

        Learner.step = learn  # ty: ignore[invalid-assignment]
        return train(paths)

    return work


def watched(run: Run, work: Callable[[RunPaths], int]) -> int:
    """Watch a child that does this; gives the exit code, from a process of its own."""
    return take_up(run, lambda paths: watching.watch(paths, lambda: work(paths)))


@pytest.mark.parametrize(
    ("number", "cause", "words"),
    [
        (signal.SIGKILL, "killed", "signal 9 (SIGKILL): somebody or the machine killed it"),
        (signal.SIGSEGV, "killed", "signal 11 (SIGSEGV): it crashed"),
    ],
)
def test_a_child_that_is_killed_leaves_its_end_on_record(tmp_path: Path, number: int, cause: str, words: str) -> None:
    run = Run(tmp_path, LONG)
    assert watched(run, dies(number, 12)) == 128 + number
    (end,) = run.of(Finished)
    assert (end.cause, end.step, end.message.startswith(words)) == (cause, run.events()[-2].step, True)
    assert run.events()[-1] is end
    now = status.read(run.paths.status)
    assert now is not None
    assert (now.state, now.message) == (cause, end.message)


def test_a_second_interrupt_is_a_stop_and_says_that_nothing_was_saved(tmp_path: Path) -> None:
    run = Run(tmp_path, LONG)

    def twice() -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    assert watched(run, _in_step(12, twice)) == 128 + signal.SIGINT
    (end,) = run.of(Finished)
    assert (end.cause, end.message) == ("stopped", "at once, without a checkpoint of its last steps")


def test_memory_that_cannot_be_had_ends_the_run_with_one_sentence_and_a_checkpoint_from_before(tmp_path: Path) -> None:
    run = Run(tmp_path, LONG)
    assert watched(run, raises("CUDA out of memory. Tried to allocate 20.00 MiB", 12)) == 1
    (end,) = run.of(Finished)
    assert (end.cause, end.step) == ("failed", 11)
    assert end.message.startswith("out of memory with batch 4 x steps 10 x hidden 12: `rnnlab fork ")
    assert "--set data.batch=2` goes on" in end.message
    assert len(run.of(Started)) == 1
    assert run.of(Saved)[-1].step == checkpoints.steps(run.paths)[-1] == 10


def test_weights_that_something_spoiled_are_never_the_last_or_the_best_checkpoint(tmp_path: Path) -> None:
    run = Run(tmp_path, LONG)

    def work(paths: RunPaths) -> int:
        whole = Learner.step

        def learn(self: Learner, *arguments: Any) -> Any:
            learnt = whole(self, *arguments)
            if self.optimizer.state["count"] == 12:
                self.optimizer.parameter[3] = math.nan
            return learnt

        Learner.step = learn  # ty: ignore[invalid-assignment]
        return train(paths)

    assert watched(run, work) == 1
    (end,) = run.of(Finished)
    assert (end.cause, end.message) == ("failed", "the weights of step 15 are not all numbers: they were not saved")
    assert checkpoints.steps(run.paths)[-1] == 10
    assert all(tensors.load(run.paths, step).finite() for step in checkpoints.steps(run.paths))


def test_a_lost_device_is_tried_once_more_from_the_checkpoint_and_then_no_more(tmp_path: Path) -> None:
    run = Run(tmp_path, LONG)
    assert watched(run, raises("CUDA error: unspecified launch failure", 8)) == watching.LOST
    assert [(event.attempt, event.step) for event in run.of(Started)] == [(1, 0), (2, 5)]
    (end,) = run.of(Finished)
    assert (end.cause, end.step) == ("failed", 12)
    assert end.message.startswith("the device was lost twice")
    assert checkpoints.steps(run.paths)[-1] == 10


def test_a_device_that_comes_back_trains_on_to_the_end(tmp_path: Path) -> None:
    run, there = Run(tmp_path, {**LONG, "train.epochs": 1}), tmp_path / "was lost once"

    def lost_once() -> None:
        if not there.exists():
            there.touch()
            raise RuntimeError("CUDA error: unspecified launch failure")

    assert watched(run, _in_step(8, lost_once)) == 0
    assert [event.cause for event in run.of(Finished)] == ["finished"]


def test_a_child_that_said_how_it_ended_is_not_contradicted(tmp_path: Path) -> None:
    run = Run(tmp_path, {"data.split": 0.0, "train.epochs": 1})
    assert watched(run, train) == 0
    assert [event.cause for event in run.of(Finished)] == ["finished"]
    refused = Run(tmp_path, {"train.epochs": 1})
    (copy,) = tmp_path.glob("corpora/*")
    copy.unlink()
    shutil.rmtree(tmp_path / "cache")
    assert watched(refused, train) == 1
    assert [event.cause for event in refused.of(Finished)] == ["failed"]


def test_signals_to_the_one_who_watches_reach_the_one_who_trains(tmp_path: Path) -> None:
    run = Run(tmp_path, LONG)
    code = watched(run, _in_step(12, lambda: os.kill(os.getppid(), signal.SIGTERM)))
    assert code == 0
    assert [event.cause for event in run.of(Finished)] == ["preempted"]
    assert checkpoints.steps(run.paths)[-1] == run.of(Finished)[0].step


def _may_make_a_group() -> bool:
    return os.access("/sys/fs/cgroup/memory/tasks", os.W_OK)


@pytest.mark.skipif(sys.platform != "linux" or not _may_make_a_group(), reason="no control group may be made here")
def test_a_child_that_the_kernel_kills_for_its_memory_is_said_to_have_run_out_of_it(tmp_path: Path) -> None:
    run = Run(tmp_path, LONG)
    group = Path(f"/sys/fs/cgroup/memory/rnnlab-test-{os.getpid()}")
    group.mkdir()
    try:
        (group / "memory.limit_in_bytes").write_text(str(400 << 20))
        (group / "memory.memsw.limit_in_bytes").write_text(str(400 << 20))
    except OSError:
        pass  # without swap accounting there is no second file
    kept: list[bytearray] = []

    def fill() -> None:
        while True:
            kept.append(bytearray(b"x") * (16 << 20))

    def work(paths: RunPaths) -> int:
        (group / "tasks").write_text(str(os.getpid()))
        return watching.watch(paths, lambda: _in_step(12, fill)(paths))

    try:
        assert take_up(run, work) == 128 + signal.SIGKILL
    finally:
        group.rmdir()
    (end,) = run.of(Finished)
    assert end.cause == "out of memory"
    assert "with batch 4 x steps 10 x hidden 12" in end.message
    assert "the kernel killed it for want of memory" in end.message
