"""What the operating system may tell a worker: handlers set a flag and do nothing else.

SIGTERM and SIGUSR1 (a cluster's "you will be stopped") and the first SIGINT mean: checkpoint and end. A second SIGINT
ends at once. SIGHUP means a terminal went away, which is nothing to a worker.
"""

from __future__ import annotations

import os
import signal
from types import FrameType


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
