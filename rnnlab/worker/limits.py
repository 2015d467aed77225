"""What looking into a model may take: a low priority, and a time limit where nothing else could end a search.

Python's `re` looks for signals while it searches, so a timer's signal ends it; that works in the main thread alone,
which is where a generator answers. It must not know what is limited.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType

from rnnlab.files import tell_system

NICE = 15
"""The priority of a process that looks into models; a training's is 0. At 10 it took more than a fair share, since the
training's threads also lose what they wait for each other, and at 19 an answer may not come at all."""
_GROUP = Path("/proc/self/autogroup")


def make_way(nice: int = NICE) -> None:
    """Let a training go first, from now until this process ends."""
    with contextlib.suppress(OSError):
        if os.getpriority(os.PRIO_PROCESS, 0) < nice:
            os.setpriority(os.PRIO_PROCESS, 0, nice)
        # Linux may first share the processor among sessions, each as a whole, and a priority counts only within one.
        # Only the leader of a session speaks for it: another would slow down the shell that it was started from.
        if os.getsid(0) == os.getpid():
            tell_system(_GROUP, f"{nice}\n")


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
