"""Standing still and going on when other processes say so, in a real terminal."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from tests.tui import test_real_terminal as real
from tests.tui.test_real_terminal import Program, assert_given_back

ALTERNATE_ON = b"\x1b[?1049h"
IN_THE_MIDST_OF_WRITING = """
import signal
from rnnlab.tui.bench import BenchScreen
def suspended(self):
    with self.app._driver._writer_thread._queue.mutex:
        signal.raise_signal(signal.SIGTSTP)
        sum(range(1000))  # where Python looks for signals
BenchScreen.action_zoom = suspended
"""

WOKEN_AT_THE_VERY_END = """
import signal
from textual.drivers.linux_driver import LinuxDriver
close = LinuxDriver.close
def closed(self):
    close(self)
    signal.raise_signal(signal.SIGCONT)  # as a kernel sends it where a terminal hangs up
LinuxDriver.close = closed
"""


def comes_to(program: Program, what: Callable[[], object]) -> bool:
    """Wait until it is so, while somebody reads what it writes."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if what():
            return True
        program.read()
    return False


def stands_still(program: Program) -> bool:
    """Wait until it stands still."""
    return comes_to(program, lambda: os.waitpid(program.pid, os.WNOHANG | os.WUNTRACED)[0])


def goes_on(program: Program) -> None:
    """Let it go on, and wait until it has drawn its screen again."""
    program.signal(signal.SIGCONT)
    program.expect(ALTERNATE_ON)
    program.expect(b"gru-256-calm-otter")
    program.expect(b"leave")


@pytest.fixture(params=[IN_THE_MIDST_OF_WRITING], ids=["suspended by a key"])
def program(monkeypatch, request):
    """The program, changed first."""
    monkeypatch.setattr(real, "PROGRAM", request.param + real.PROGRAM)
    program = Program()
    yield program
    program.kill()


def test_suspended_in_the_midst_of_writing_it_stands_still_with_the_terminal_given_back_and_goes_on(program):
    program.press("z")
    assert stands_still(program)
    assert_given_back(program.said)
    goes_on(program)
    program.press("q")
    assert program.rest()[1] == 0


def test_stopped_without_being_asked_it_draws_again_and_reads_its_keyboard_once(program):
    threads = psutil.Process(program.pid).num_threads()
    for _ in range(2):
        program.signal(signal.SIGSTOP)
        assert stands_still(program)
        goes_on(program)
    assert comes_to(program, lambda: psutil.Process(program.pid).num_threads() <= threads)  # some end in a moment
    program.press("q")
    assert program.rest()[1] == 0


# Not for the tests above: a driver closes at each standing still, so that the program would be woken without end.
@pytest.mark.parametrize("program", [WOKEN_AT_THE_VERY_END], ids=["woken"], indirect=True)
def test_woken_when_it_has_left_it_does_not_begin_to_read_the_keyboard_again(program):
    program.press("q")
    assert program.rest()[1] == 0
