"""A program in a terminal of its own, read as a person would see it come: what it wrote, and when.

It must not know which program it is.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence

from rnnlab.errors import RunError

ROWS, COLUMNS = 24, 80
_AT_ONCE = 1 << 16


class Terminal:
    """Runs a program in a pseudo-terminal of 80x24 and reads it all the time, as a terminal does."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self._master, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            words,
            env={**environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=lambda: os.login_tty(theirs),
        )
        os.close(theirs)
        self._news = threading.Condition()
        self._chunks: list[tuple[float, bytes]] = []
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def press(self, keys: str) -> float:
        """Press keys; gives when."""
        pressed = time.perf_counter()
        os.write(self._master, keys.encode())
        return pressed

    def seen(self, what: bytes, since: float = 0.0, seconds: float = 60.0) -> float:
        """When something was first to be seen after a time; raises RunError where it does not come."""
        deadline = time.perf_counter() + seconds
        with self._news:
            while True:
                text = b""
                for when, chunk in self._chunks:
                    if when >= since:
                        text = text[-len(what) :] + chunk
                        if what in text:
                            return when
                if self._ended or not self._news.wait(max(0.0, deadline - time.perf_counter())):
                    raise RunError(f"the screen never showed {what.decode()!r}")

    def bytes_between(self, begin: float, end: float) -> int:
        """Bytes that were written in that time."""
        with self._news:
            return sum(len(chunk) for when, chunk in self._chunks if begin <= when < end)

    def close(self) -> None:
        """End the program, and let go of the terminal."""
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        os.close(self._master)

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the program is gone, and its terminal with it
            while data := os.read(self._master, _AT_ONCE):
                with self._news:
                    self._chunks.append((time.perf_counter(), data))
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()
