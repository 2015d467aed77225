"""How soon a key is answered while a large text is read: from the key to the screen, in a real pseudo-terminal.

    python benchmarks/bench_reading.py --size 100

Opens a text of that many megabytes in the Corpus pane and moves the cursor of the list up and down: while the text is
read and encoded for the first time, while it is looked at more closely, and afterwards, when nothing is done. A time is
that between sending a key and seeing the cursor on the other line, as another program in the same machine sees it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pyte
from bench_text import SOURCES, make

COLUMNS, ROWS = 120, 36
F2, UP, DOWN, END, ENTER, BACK_TAB = "\x1bOQ", "\x1b[A", "\x1b[B", "\x1b[F", "\r", "\x1b[Z"
GAP = 0.05
"""Seconds between an answer and the next key: a person's."""
PATIENCE = 120.0


class Screen:
    """The program in a pseudo-terminal."""

    def __init__(self, home: Path) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "RNNLAB_HOME": str(home)}
        self._child = pexpect.spawn(
            sys.executable, ["-m", "rnnlab"], env=environment, dimensions=(ROWS, COLUMNS), timeout=60
        )
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)

    def send(self, keys: str) -> None:
        self._child.send(keys)

    def text(self) -> str:
        return "\n".join(self._screen.display)

    def wait(self, holds: Callable[[], object], seconds: float = PATIENCE) -> float:
        """Read what comes until something holds; gives the seconds that it took."""
        begun = time.perf_counter()
        while not holds():
            if time.perf_counter() - begun > seconds:
                raise TimeoutError(self.text())
            try:
                self._stream.feed(self._child.read_nonblocking(1 << 16, timeout=0.02))
            except pexpect.TIMEOUT:
                continue
        return time.perf_counter() - begun

    def rest(self, seconds: float) -> None:
        """Read what comes for so long."""
        end = time.perf_counter() + seconds
        self.wait(lambda: time.perf_counter() >= end)

    def cursor(self) -> int:
        """The line of the list that the cursor is on."""
        return next((y for y in range(ROWS) if self._screen.buffer[y][2].data == "▸"), -1)

    def close(self) -> None:
        self._child.kill(signal.SIGKILL)
        self._child.wait()


def presses(screen: Screen, goes_on: Callable[[], object], least: int = 0) -> list[float]:
    """Milliseconds from key to screen, while something goes on."""
    found: list[float] = []
    while goes_on() or len(found) < least:
        before = screen.cursor()
        screen.send(UP if len(found) % 2 == 0 else DOWN)
        found.append(1000 * screen.wait(lambda before=before: screen.cursor() not in (before, -1)))
        screen.rest(GAP)
    return found


def measure(text: Path, home: Path) -> dict[str, list[float]]:
    screen = Screen(home)
    try:
        screen.wait(lambda: "leave" in screen.text() and "unigram" in screen.text())
        screen.send(F2 + END)
        screen.rest(1)
        screen.send(ENTER)
        screen.rest(0.5)
        screen.send(str(text) + ENTER + BACK_TAB)
        screen.wait(lambda: "Esc stops" in screen.text())
        found = {"reading and encoding": presses(screen, lambda: "Esc stops" in screen.text())}
        screen.wait(lambda: "text.txt" in screen.text() and "unigram" in screen.text())
        screen.send("d")
        screen.rest(0.2)
        found["looking closer"] = presses(screen, lambda: "5-gram" not in screen.text())
        screen.rest(1)
        found["nothing"] = presses(screen, lambda: False, least=100)
        return found
    finally:
        screen.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure keys while a text is read.")
    parser.add_argument("--size", type=int, default=100, help="megabytes")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "rnnlab-bench-reading")
    arguments = parser.parse_args()
    print("| text | meanwhile | keys | median, ms | 95 %, ms | slowest, ms |")
    for name in SOURCES:
        arguments.folder.mkdir(parents=True)
        try:
            make(arguments.folder / "text.txt", name, arguments.size)
            for what, times in measure(arguments.folder / "text.txt", arguments.folder / "home").items():
                most = statistics.quantiles(times, n=20, method="inclusive")[-1]
                row = (f"{name} {arguments.size} MB", what, len(times), f"{statistics.median(times):.0f}")
                print("|", " | ".join(map(str, (*row, f"{most:.0f}", f"{max(times):.0f}"))), "|", flush=True)
        finally:
            shutil.rmtree(arguments.folder)


if __name__ == "__main__":
    main()
