"""A program in a terminal of its own: what is seen, when, and how many bytes it took."""

from __future__ import annotations

import os
import sys
import time

import pytest

from rnnlab.bench.terminal import COLUMNS, ROWS, Terminal
from rnnlab.errors import RunError

ECHO = """
import os, sys
print(os.get_terminal_size(), flush=True)
for line in sys.stdin:
    print("got", line, end="", flush=True)
"""


@pytest.fixture
def terminal():
    terminal = Terminal([sys.executable, "-c", ECHO], os.environ)
    yield terminal
    terminal.close()


def test_a_program_has_a_terminal_of_the_size_that_is_measured_at(terminal: Terminal) -> None:
    terminal.seen(f"columns={COLUMNS}, lines={ROWS}".encode())


def test_what_comes_after_a_key_is_told_from_what_was_there_before(terminal: Terminal) -> None:
    terminal.seen(f"lines={ROWS})\r\n".encode())
    pressed = terminal.press("one\n")
    first = terminal.seen(b"got one", pressed)
    again = terminal.press("one\n")
    assert pressed < first < again < terminal.seen(b"got one", again)
    assert terminal.bytes_between(pressed, again) == len("one\r\ngot one\r\n")


def test_what_never_comes_is_not_waited_for_for_ever(terminal: Terminal) -> None:
    with pytest.raises(RunError, match="never showed 'nothing'"):
        terminal.seen(b"nothing", seconds=0.05)


def test_a_program_that_has_ended_shows_no_more() -> None:
    terminal = Terminal([sys.executable, "-c", "print('done')"], os.environ)
    terminal.seen(b"done")
    begun = time.perf_counter()
    with pytest.raises(RunError):
        terminal.seen(b"more", seconds=30)
    assert time.perf_counter() - begun < 20
    terminal.close()
