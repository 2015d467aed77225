"""What looking into a model may take: a low priority, and a time limit where nothing else could end a search.

Python's `re` looks for signals while it searches, so a timer's signal ends it; that works in the main thread alone,
which is where a generator answers. It must not know what is limited.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Generator
from types import FrameType

NICE = 10
"""The priority of a process that looks into models; a training's is 0, and goes first."""


def make_way() -> None:
    """Let a training go first, from now until this process ends."""
    with contextlib.suppress(OSError):
        if os.getpriority(os.PRIO_PROCESS, 0) < NICE:
            os.setpriority(os.PRIO_PROCESS, 0, NICE)
        if sys.platform == "linux":
            # A training's threads wait for each other some eighty times a step. A nice process is still let finish its
            # slice each time that one of them wakes up; an idle one is not.
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


@contextlib.contextmanager
def at_most(seconds: float, error: Exception) -> Generator[None]:
    """Raise the error where what is done takes longer; without a limit outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(number: int, frame: FrameType | None) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
