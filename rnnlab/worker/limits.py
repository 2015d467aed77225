"""A limit on how long a piece of work may take, where nothing else could end it: a regular expression's search.

Python's `re` looks for signals while it searches, so a timer's signal ends it; that works in the main thread alone,
which is where a generator answers. It must not know what is limited.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Generator
from types import FrameType


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
