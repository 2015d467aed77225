"""P12: five hundred hostile texts through every screen and every command's output: nothing that a terminal would obey
reaches it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pexpect
import pytest

from tests.reliability.hostile import COUNT, obeyed

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

BATCH = 50
KEYS = (
    *("\x1bOQ", "t", "t", "i", "i", "v", "/", "p", "\x1b", "d", "d", "b", "b", "c", "\x1b"),
    *("\x1bOR", "m", "\x1b[B", "\x1b[B", "u", "\x1b", "\x1bOS", "r", "s", "k"),
    *("\x1b[15~", "x\r", "\x1b[A", "\x14", "\x1b", "\x1b[17~", "2", "3", "4", "5", "\x1b"),
    *("o", "\x1b[B", "d", "n", "\x1b", "?", "\x1b", "\x10", "p", "\x1b", "z", "z"),
)


def on_a_terminal(kind: str, first: int, count: int, folder: Path, *, size: tuple[int, int], protected: bool) -> bytes:
    """The raw bytes that the terminal gets."""
    folder.mkdir()
    words = ["-m", "tests.reliability.hostile", kind, str(first), str(count), str(folder)]
    child = pexpect.spawn(
        sys.executable,
        words if protected else [*words, "unprotected"],
        env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        dimensions=size,
        timeout=240,
        maxread=1 << 16,
    )
    said = b""
    if kind == "screen":
        child.expect(b"leave")
        said += bytes(child.before or b"") + bytes(child.after or b"")
        for key in KEYS:
            said += quiet(child)
            child.send(key)
        said += quiet(child)
        child.send("\x1b\x1b\x11")
    child.expect(pexpect.EOF)
    said += bytes(child.before or b"")
    child.close()
    assert child.signalstatus is None
    assert child.exitstatus == 0 or not protected, said[-2000:].decode(errors="replace")
    return said


def quiet(child: pexpect.spawn) -> bytes:
    """What it says until it has nothing more to say for a moment."""
    said = b""
    while True:
        try:
            said += child.read_nonblocking(1 << 16, timeout=0.12)
        except pexpect.TIMEOUT:
            return said


@pytest.mark.parametrize("kind", ["screen", "commands"])
def test_nothing_that_a_terminal_obeys_reaches_it(tmp_path: Path, kind: str) -> None:
    size, total, crashes, shown = (36, 120), 0, 0, 0
    found: list[str] = []
    for first in range(0, COUNT, BATCH):
        said = on_a_terminal(kind, first, BATCH, tmp_path / str(first), size=size, protected=True)
        size = (24, 80) if size == (36, 120) else (36, 120)
        total += len(said)
        found += obeyed(said)
        crashes += said.count(b"Traceback") + said.count(b"this should not have happened")
        shown += any(f"p{number}".encode() in said for number in range(first, first + BATCH))
    print(f"{kind}: {COUNT} hostile texts, {total:,} bytes on the terminal, {len(found)} obeyed, {crashes} crashes")
    assert not found, found[:10]
    assert crashes == 0
    assert shown == COUNT // BATCH, "they were not even shown"


@pytest.mark.parametrize("kind", ["screen", "commands"])
def test_without_the_protection_it_is_found_out(tmp_path: Path, kind: str) -> None:
    said = on_a_terminal(kind, 0, 20, tmp_path / "x", size=(36, 120), protected=False)
    assert obeyed(said)
