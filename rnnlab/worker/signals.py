"""What the operating system may tell a worker: handlers set a flag and do nothing else.

SIGTERM and SIGUSR1 (a cluster's "you will be stopped") and the first SIGINT mean: checkpoint and end. A second SIGINT
ends at once. SIGHUP means a terminal went away, which is nothing to a worker.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

_OF_TERMINALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


def leave_the_terminal() -> None:
    """Forget what a terminal said to whoever started this process, before it had a session of its own: the launcher
    blocked that, and from here on it is heard."""
    for number in _OF_TERMINALS:
        signal.signal(number, signal.signal(number, signal.SIG_IGN))  # to ignore it drops one that waits
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _OF_TERMINALS)


class Signals:
    """Installed once, in the main thread."""

    def __init__(self) -> None:
        self.cause = ""
        """stopped or preempted once a signal asked for the end, else empty."""
        for number in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, self._preempt)
        signal.signal(signal.SIGINT, self._interrupt)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _preempt(self, number: int, frame: FrameType | None) -> None:
        self.cause = self.cause or "preempted"

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.cause == "stopped":
            os._exit(128 + signal.SIGINT)
        self.cause = "stopped"
