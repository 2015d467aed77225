"""The real program in a real pseudo-terminal: whatever ends it, the terminal is given back as it was."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

import pexpect
import pytest

from tests.tui.desks import SMALL

PROGRAM = """
from rnnlab.tui.app import run
from rnnlab.tui.terminal import end
from tests.tui.desks import DeskHost, recording
end(run(DeskHost([recording("gru-256-calm-otter")])))
"""

ALTERNATE_OFF, MOUSE_OFF, CURSOR_ON = b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h"


class Program:
    """The program in a terminal of its own, its first screen drawn."""

    def __init__(self, *, hang_up_ignored: bool = False) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": os.getcwd(), "LC_ALL": "C.UTF-8"}
        columns, rows = SMALL
        self._child = pexpect.spawn(
            sys.executable,
            ["-c", PROGRAM],
            env=environment,
            dimensions=(rows, columns),
            timeout=30,
            ignore_sighup=hang_up_ignored,
        )
        assert self._child.pid is not None
        self.pid: int = self._child.pid
        self.said = b""
        """What was read while it ran."""
        self._child.expect(b"gru-256-calm-otter")
        self._child.expect(b"leave")

    def press(self, key: str) -> None:
        self._child.send(key)

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def resize(self, columns: int, rows: int) -> None:
        self._child.setwinsize(rows, columns)

    def close_terminal(self) -> None:
        self._child.ptyproc.fileobj.close()

    def expect(self, text: bytes) -> None:
        self._child.expect_exact(text)

    def read(self) -> None:
        """Take in what it says within a moment."""
        with contextlib.suppress(pexpect.TIMEOUT):
            self.said += self._child.read_nonblocking(1 << 16, timeout=0.05)

    def rest(self) -> tuple[bytes, int]:
        """Everything that it still says, and its exit code."""
        self._child.expect(pexpect.EOF)
        said = self._child.before
        self._child.close()
        assert isinstance(said, bytes)
        assert self._child.exitstatus is not None
        return said, self._child.exitstatus

    def ends(self, seconds: float = 15) -> bool:
        """Whether it ends within that time, unread."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return True
            time.sleep(0.05)
        return False

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


@pytest.fixture
def program():
    program = Program()
    yield program
    program.kill()


def assert_given_back(said: bytes) -> None:
    for sequence in (ALTERNATE_OFF, MOUSE_OFF, CURSOR_ON):
        assert sequence in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_gives_the_terminal_back_and_the_exit_code_names_it(program, number):
    program.signal(number)
    said, code = program.rest()
    assert_given_back(said)
    assert code == 128 + number


def test_leaving_gives_the_terminal_back(program):
    program.press("q")
    said, code = program.rest()
    assert_given_back(said)
    assert code == 0


@pytest.mark.parametrize("ignored", [False, True], ids=["usual", "as under nohup"])
def test_a_terminal_that_closes_ends_the_program(ignored):
    """A program that outlives its terminal spins, or waits for ever to write to it."""
    program = Program(hang_up_ignored=ignored)
    try:
        program.close_terminal()
        assert program.ends()
    finally:
        program.kill()


LATE = """
import threading, time
from rnnlab.tui.terminal import end
def change():
    time.sleep(0.3)
    print("changed", flush=True)
threading.Thread(target=change).start()
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
end(7)
"""


def test_what_was_begun_is_finished_before_the_end_and_what_only_reads_is_not_waited_for():
    ended = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (7, "changed\n")


def test_a_terminal_that_stalls_does_not_keep_a_signal_from_ending_the_program(program):
    for _ in range(100):  # repaints that nobody reads
        program.resize(160, 50)
        program.resize(80, 24)
        time.sleep(0.01)
    program.signal(signal.SIGTERM)
    assert program.ends()
