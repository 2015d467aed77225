"""Every script on a real terminal, which measures some of them otherwise than Textual does: no border moves."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import pexpect
import pyte
import pytest

from rnnlab.tui.steady import steady
from tests.tui.desks import SMALL, WIDE

SCRIPTS = {
    "Hebrew": "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ׃ (1) abc שלום",
    "Arabic": "في البدء خلق الله السماوات والأرض، لآ ﷺ مَرْحَبًا بِكَ ١٢٣ می‌خواهم",
    "emoji": "👩‍👩‍👧‍👦 🇫🇷🇯🇵 👍🏽 ❤️ ❤ 1️⃣ 🏴‍☠️ ☺︎ ⌚ 🏳️‍🌈",
    "marks": "Z\u0338\u0322\u0351\u036b ä\u0337 e\u0301 a" + "\u0308" * 40 + " ệ ก็็็ ไทย नमस्ते ᄒ\u1161\u11ab",
    "Chinese": "　　此开卷第一回也。作者自云：因曾历过一番梦幻之后，故将真事隐去",
    "hostile": "\x1b]52;c;aGk=\x07\x9b31m \u202eevil\u2066 [/x] [@click=app.bell]no[/]",
}
PROGRAM = """
import sys
from rnnlab.dialogue import Answered, Answering, Wrote
from rnnlab.hosts.values import Session
from rnnlab.tui.app import run
from tests.tui.desks import DeskHost, recording
text = open(sys.argv[1], encoding="utf-8", newline="").read()
answer = (
    Answering(run="gru-256-calm-otter", step=600, split="validation", perplexity=8.5, seed=42),
    *(Wrote(text=text[start : start + 41]) for start in range(0, 410, 41)),
    Answered(tokens=20, seconds=0.01, cause="length"),
)
host = DeskHost([recording("gru-256-calm-otter", state="finished")], {"x": answer})
session = Session(name="demo", draft={"data.corpus": sys.argv[1]}, corpora=(sys.argv[1],))
host.session = lambda name="": session
sys.exit(run(host))
"""
F2, F5 = "\x1bOQ", "\x1b[15~"
UPPER = set("┓╮┏╭")


class Screen:
    """The program in a pseudo-terminal, and what that shows."""

    def __init__(self, text: Path, size: tuple[int, int]) -> None:
        columns, rows = size
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": os.getcwd(), "LC_ALL": "C.UTF-8"}
        self._child = pexpect.spawn(
            sys.executable, ["-c", PROGRAM, str(text)], env=environment, dimensions=(rows, columns), timeout=30
        )
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def press(self, keys: str, until: str) -> None:
        """Press keys and wait until something is to be seen and nothing more comes."""
        self._child.send(keys)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self._stream.feed(self._child.read_nonblocking(1 << 16, timeout=0.25))
            except pexpect.TIMEOUT:
                if until in self.text():
                    return
        raise AssertionError(f"{until!r} was not seen:\n{self.text()}")

    def text(self) -> str:
        return "\n".join(self._screen.display)

    def check(self) -> None:
        """From each upper corner of a pane its side goes down to the lower corner, without a gap."""
        cell = self._screen.buffer
        corners = [(x, y) for y in cell for x in cell[y] if cell[y][x].data in UPPER]
        assert len(corners) >= 2
        for x, y in corners:
            below = "".join(cell[row][x].data or " " for row in range(y + 1, self._screen.lines))
            assert re.match("[│┃]+[┛╯┗╰]", below), self.text()

    def close(self) -> None:
        self._child.close(force=True)


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["small", "wide"])
def test_borders_stay_where_they_are_beside_every_script(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "scripts.txt"
    path.write_text("\n".join(SCRIPTS.values()) * 40, encoding="utf-8", newline="")
    screen = Screen(path, size)
    try:
        screen.press("", "leave")
        looks = {F2: "corpus", "v": "count", "t": "of 1", "i": "of 1", "d": "5-gram", "b": "Y is X"}
        for key, words in looks.items():
            # As it is painted on what stood there, and as a whole.
            for keys in (key, "zz"):
                screen.press(keys, words)
                screen.check()
        for keys, words in ((F5, "demo"), ("x\r", "8.50"), (F2, "Y is X"), (F5, "8.50")):
            screen.press(keys, words)
            screen.check()
    finally:
        screen.close()


def test_rows_that_all_terminals_draw_alike_cost_no_byte_more() -> None:
    row = "\x1b[3;5H\x1b[1;32m│ plain 红楼梦 שלום ▸\x1b[0m"
    assert steady(row) == row
    assert steady("\x1b]0;🇫🇷\x07") == "\x1b]0;🇫🇷\x07"


def test_each_part_of_a_row_goes_on_in_its_column() -> None:
    painted = steady("\x1b[3;5H\x1b[1m🇫\x1b[0m|\n\x1b[4;1Hx")
    assert painted == "\x1b[3;5H\x1b[1m \x1b[5G🇫\x1b[6G\x1b[0m|\n\x1b[4;1Hx"
