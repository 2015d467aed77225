"""Ctrl-C as a wish and not as an accident: noticed between two lines, never in the middle of one.

It must not know what is being interrupted.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Generator
from typing import Any

_SLICE = 0.1
"""Seconds in which a wait notices the wish."""


class Interrupts:
    """Whether Ctrl-C was pressed. A second one raises KeyboardInterrupt at once, for whoever does not want to wait."""

    def __init__(self) -> None:
        self.pressed = False

    @contextlib.contextmanager
    def caught(self) -> Generator[Interrupts]:
        """Catch Ctrl-C for a while; where the shell said to ignore it (`rnnlab … &`), it stays ignored."""
        before = signal.getsignal(signal.SIGINT)
        if before is signal.SIG_IGN:
            yield self
            return
        signal.signal(signal.SIGINT, self._press)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)

    def wait(self, seconds: float) -> None:
        """Wait that long, or until Ctrl-C."""
        end = time.monotonic() + seconds
        while not self.pressed and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE))

    def _press(self, *signal_and_frame: Any) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True
