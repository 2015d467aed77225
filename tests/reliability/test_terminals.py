"""P2: whatever ends the program, its terminal is given back; a terminal that goes takes the program along."""

from __future__ import annotations

import signal
import time

import pytest

from tests.tui import test_real_terminal as real
from tests.tui.test_real_terminal import Program, assert_given_back

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
DISPOSITIONS = pytest.mark.parametrize("ignored", [False, True], ids=["usual", "as under nohup"])
TRIALS = 5
CRASH = """
from rnnlab.tui.bench import BenchScreen
def crash(self):
    raise ZeroDivisionError("in the middle of a screen")
BenchScreen.action_zoom = crash
"""


@DISPOSITIONS
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_gives_the_terminal_back(number: signal.Signals, *, ignored: bool) -> None:
    slowest = 0.0
    for _ in range(TRIALS):
        program = Program(hang_up_ignored=ignored)
        begun = time.monotonic()
        program.signal(number)
        said, code = program.rest()
        slowest = max(slowest, time.monotonic() - begun)
        assert_given_back(said)
        assert code == 128 + number
    print(f"{number.name}, {TRIALS} times: 1049l, 1000l and 25h each time, after at most {slowest:.2f} s")


@DISPOSITIONS
def test_a_terminal_that_closes_takes_the_program_along(*, ignored: bool) -> None:
    slowest = 0.0
    for _ in range(TRIALS):
        program = Program(hang_up_ignored=ignored)
        begun = time.monotonic()
        program.close_terminal()
        assert program.ends(5)
        slowest = max(slowest, time.monotonic() - begun)
    print(f"terminal closed, {TRIALS} times: gone after at most {slowest:.2f} s")


def test_a_crash_gives_the_terminal_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real, "PROGRAM", CRASH + real.PROGRAM)
    program = Program()
    program.press("z")
    said, code = program.rest()
    assert_given_back(said)
    assert b"ZeroDivisionError" in said
    assert code == 1
    print("crash: 1049l, 1000l and 25h, exit code 1")


def test_without_the_guard_a_signal_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual alone handles none of them: the program dies and leaves the terminal as it is."""
    unguarded = "from rnnlab.tui.app import RnnlabApp\nRnnlabApp.on_mount = lambda self: None\n"
    monkeypatch.setattr(real, "PROGRAM", unguarded + real.PROGRAM)
    program = Program()
    program.signal(signal.SIGTERM)
    program._child.expect(real.pexpect.EOF)
    said = program._child.before
    assert isinstance(said, bytes)
    with pytest.raises(AssertionError):
        assert_given_back(said)
