"""Signals: a flag and nothing else, until someone means it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from rnnlab.worker.signals import Signals

NUMBERS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGHUP)


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "cause"),
    [(signal.SIGTERM, "preempted"), (signal.SIGUSR1, "preempted"), (signal.SIGINT, "stopped"), (signal.SIGHUP, "")],
)
def test_a_signal_is_a_cause(number: int, cause: str) -> None:
    signals = Signals()
    assert signals.cause == ""
    os.kill(os.getpid(), number)
    assert signals.cause == cause


def test_a_person_goes_before_a_cluster() -> None:
    signals = Signals()
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    assert signals.cause == "stopped"
    os.kill(os.getpid(), signal.SIGTERM)
    assert signals.cause == "stopped"


def test_what_a_terminal_said_before_the_worker_left_it_is_forgotten_and_what_comes_then_is_heard() -> None:
    code = (
        "import os, signal\nfrom rnnlab.worker.signals import leave_the_terminal\n"
        "early = signal.SIGHUP, signal.SIGINT, signal.SIGQUIT\nsignal.pthread_sigmask(signal.SIG_BLOCK, early)\n"
        "for number in early:\n    os.kill(os.getpid(), number)\n"
        "print(len(signal.sigpending()))\nleave_the_terminal()\nprint(len(signal.sigpending()), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGQUIT)\nprint('never', flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.stdout.split() == ["3", "0"]
    assert done.returncode == -signal.SIGQUIT


def test_a_second_interrupt_ends_at_once() -> None:
    code = (
        "import os, signal\nfrom rnnlab.worker.signals import Signals\nSignals()\n"
        "os.kill(os.getpid(), signal.SIGINT)\nprint('still here', flush=True)\nos.kill(os.getpid(), signal.SIGINT)\n"
        "print('never', flush=True)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (128 + signal.SIGINT, "still here\n")
