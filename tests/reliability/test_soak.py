"""Half an hour of random keys and sizes in a real terminal, while a real worker trains: no traceback, and no memory
that grows.

It grows until what is bounded is full. So the session has had all the answers that a screen keeps, and the run has as
many samples and lines of its log as are kept, before every look, field, part and screen is there once with its answers,
at a large and at a small size. And the keys begin half as long before: which screens are open together is chance.

`RNNLAB_SOAK_MINUTES` and `RNNLAB_SOAK_SEED` make it shorter, or the same again.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import sys
import time
from pathlib import Path

import pexpect
import psutil
import pyte
import pytest

from rnnlab.course import LOG, SAMPLES, Course, fold
from rnnlab.dialogue import Turn
from rnnlab.errors import RnnlabError
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import Session
from rnnlab.tui import keys
from rnnlab.tui.composing import TURNS
from rnnlab.tui.flow import CHARACTERS
from rnnlab.tui.lane import TEXTS
from tests.reliability.viewers import environment, stop_everything, until

MINUTES = float(os.environ.get("RNNLAB_SOAK_MINUTES", "30"))
WARMING_UP = MINUTES / 2
SEED = int(os.environ.get("RNNLAB_SOAK_SEED", "7"))
MAX_SLOPE = 1.0
"""Megabytes an hour, after the warming up."""
pytestmark = [pytest.mark.long, pytest.mark.timeout((WARMING_UP + MINUTES) * 60 + 1200)]

DRAFT = {
    "model.hidden": "16", "train.epochs": "1000000", "train.threads": "1",
    "train.log_every": "1", "train.sample_every": "20",
}  # fmt: skip
"""What the form holds: a training that goes on for ever, and has its samples together soon."""
SEQUENCES = {
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "question_mark": "?", "slash": "/", "space": " ", "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "pageup": "\x1b[5~", "pagedown": "\x1b[6~",
    "home": "\x1b[H", "end": "\x1b[F", "ctrl+p": "\x10", "ctrl+r": "\x12", "ctrl+s": "\x13", "ctrl+t": "\x14",
    "ctrl+u": "\x15",
}  # fmt: skip
LEFT_OUT = ("leave", "start", "delete", "choose", "stop", "palette", "take")
"""Keys that would end the program, or start, end or remove runs without number; stopping and resuming have a turn of
their own.
"""
SIZES = ((80, 24), (120, 36), (200, 60), (100, 30), (40, 12), (1, 1), (81, 25), (160, 20), (60, 70))
KNOWN, STRANGE = ("The tide", "ab", "Mr. ", "Die Flut "), ("🙂é", "[b]x[/b]")
"""What is asked; the model has seen every character of the first ones, and refuses the others."""
CORPUS = Path(__file__).parents[2] / "corpora" / "the-tide-clock.txt"
EVERYTHING = (
    "f2", *"tidbcv", "slash", "escape", "f3", "m", "f4", "t", "escape", "o", "question_mark", "escape", "escape",
    "f5", "ctrl+t", "escape", "escape", "question_mark", "escape",
    "f6", *"654321", "v", "space", "down", "\r", *"654321",
    "e", "escape", "v", "question_mark", "sizes", "escape", "escape", "escape", "escape", "f5", "escape",
)  # fmt: skip
"""Keys after which all looks, fields, parts and screens were there once, with all that a model can be asked by them and
by the two others that it can be held against; help and lists also over others, and in all sizes where most is open."""
ASKING = re.compile(r"looking[^:]*:|(reading|indexing) the corpus")
"""What the microscope says for as long as it waits for answers."""


def moves() -> list[str]:
    """What a key of the table sends, each once."""
    names = {name for key in keys.TABLE if key.id not in LEFT_OUT for name in key.keys.split(",")}
    return sorted(SEQUENCES.get(name, name) for name in names if name in SEQUENCES or len(name) == 1)


class Terminal:
    """The program in a pseudo-terminal, whose every byte a terminal's screen takes in."""

    def __init__(self, home: Path) -> None:
        told = {**environment(home), "PYTHONFAULTHANDLER": "1"}  # where it stood, if a library ends the process
        self._child = pexpect.spawn(
            sys.executable, ["-P", "-m", "rnnlab"], env=told, dimensions=(24, 80), maxread=1 << 16
        )
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes = 0
        self.tracebacks = 0
        self._tail = b""
        assert self._child.pid is not None
        self.process = psutil.Process(self._child.pid)

    def read(self, seconds: float) -> None:
        """Take in what comes within that time."""
        until_then = time.monotonic() + seconds
        while (left := until_then - time.monotonic()) > 0:
            try:
                said = self._child.read_nonblocking(1 << 16, timeout=left)
            except pexpect.TIMEOUT:
                return
            except pexpect.EOF:
                self._child.close()
                ends = f"code {self._child.exitstatus}, signal {self._child.signalstatus}"
                pytest.fail(f"the program has ended with {ends}; the last that it said: {self._tail!r}")
            assert isinstance(said, bytes)
            self.bytes += len(said)
            self._stream.feed(said)
            before = self._tail[-16:]
            self.tracebacks += (before + said).count(b"Traceback") - before.count(b"Traceback")
            self._tail = (self._tail + said)[-4000:]

    def send(self, text: str) -> None:
        self._child.send(text)

    def resize(self, columns: int, rows: int) -> None:
        self._child.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def leave(self) -> int | None:
        self._child.send("\x1b\x1b\x1b")
        self.resize(120, 36)
        self.read(2)
        self._child.send("\x11")
        self._child.expect(pexpect.EOF, timeout=60)
        self._child.close()
        return self._child.exitstatus

    @property
    def megabytes(self) -> tuple[float, float]:
        """What the process holds that nobody shares with it: all, and what it has written to itself.

        The rest are pages of the files of libraries, which the system can drop; they count when a model's process,
        which shares them, ends.
        """
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        clean, dirty = (int(kilobytes) for kilobytes in re.findall(r"Private_(?:Clean|Dirty): *(\d+)", rollup))
        return (clean + dirty) * 1024 / 1e6, dirty * 1024 / 1e6


def slope(samples: list[tuple[float, float]]) -> float:
    """Megabytes an hour: the median of the slopes between the samples of the first and of the second half."""
    half = len(samples) // 2
    pairs = zip(samples[:half], samples[half:], strict=False)
    return statistics.median((b[1] - a[1]) / (b[0] - a[0]) * 3600 for a, b in pairs)


def keep_one_training(host: LocalHost) -> None:
    """Whatever the keys did: one run trains, and not ten."""
    live = [run for run in host.runs() if run.live]
    try:
        for run in live[1:]:
            host.request(run.id, "stop")
        if not live:
            host.resume(host.runs()[0].id)
        elif live[0].state == "paused":
            host.request(live[0].id, "unpause")
    except RnnlabError:
        return  # it ended, or began, at this very moment


def answer_often(host: LocalHost) -> None:
    """Give the session as many answers of the usual length as a screen keeps; those that it shows fill it."""
    corpus = CORPUS.read_text()
    ids = {character: number for number, character in enumerate(sorted(set(corpus)))}
    for number in range(TURNS):
        length = 400 if number < TURNS - TEXTS else CHARACTERS // TEXTS
        begin = number * 97 % (len(corpus) - length)
        text = corpus[begin : begin + length]
        tokens = tuple(ids[character] for character in text)
        host.remember("main", Turn(id=f"before{number}", prefix="The ", text=text, run="before", step=1, tokens=tokens))


def fill(host: LocalHost, terminal: Terminal) -> None:
    """Wait until a viewer of the run has as many samples and lines of the log as it keeps."""
    run, course, cursor = host.runs()[0].id, Course(), 0
    while len(course.samples) < sum(SAMPLES) or len(course.log) < LOG:
        assert host.run(run).live, f"it ended at {course.seq} records, before its log and samples were full"
        terminal.read(1)
        reading = host.read(run, cursor)
        cursor, course = reading.cursor, fold(course, reading.records)


def see_everything(terminal: Terminal) -> None:
    """Make what is made when it is first seen, so that it belongs to the warming up: looks, fields, parts, screens, and
    their scroll bars."""
    for size in ((200, 60), (40, 12)):
        terminal.resize(*size)
        for key in EVERYTHING:
            if key == "sizes":
                in_all_sizes(terminal)
                terminal.resize(*size)
            else:
                terminal.send(SEQUENCES.get(key, key))
            terminal.read(0.5)
            patience = time.monotonic() + 60
            while ASKING.search("\n".join(terminal.screen.display)) and time.monotonic() < patience:
                terminal.read(0.25)
    in_all_sizes(terminal)


def in_all_sizes(terminal: Terminal) -> None:
    for size in SIZES:
        terminal.resize(*size)
        terminal.read(0.5)


def prompt(terminal: Terminal, text: str) -> None:
    """Ask the console to write after that text, as a person would whose settings and line a cat has walked over."""
    terminal.resize(120, 36)
    # Out of screens and of what was running, to the console, out of a setting; usual settings, and an empty line. Each
    # by itself: an escape character right before other bytes is the beginning of a key.
    for key in ("escape", "escape", "escape", "f5", "escape", "f7", "ctrl+u"):
        terminal.send(SEQUENCES[key])
        terminal.read(0.15)
    terminal.send(text + "\r")


def test_half_an_hour_of_random_keys_and_sizes(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    host = LocalHost(tmp_path)
    host.save_session(Session(name="main", draft=DRAFT))
    answer_often(host)
    terminal = Terminal(tmp_path)
    terminal.read(8)
    terminal.send("\r")
    until(host.runs, "there is a run", 60)
    until(lambda: host.runs()[0].step, "it trains", 60)
    fill(host, terminal)
    see_everything(terminal)
    pressed = resized = 0
    asked: list[str] = []
    answerable: set[str] = set()
    samples: list[tuple[float, float]] = []
    alone: list[float] = []
    begun, looked = time.monotonic(), 0.0
    keyboard = moves()
    while (now := time.monotonic() - begun) < (WARMING_UP + MINUTES) * 60:
        kind = chance.random()
        if kind < 0.08:
            terminal.resize(*chance.choice(SIZES))
            resized += 1
        elif kind < 0.11:
            text = chance.choice(KNOWN + STRANGE)
            asked.append(text + "".join(chr(ord("a") + int(digit)) for digit in str(len(asked))))
            if text in KNOWN:
                answerable.add(asked[-1])
            prompt(terminal, asked[-1])
        else:
            terminal.send(chance.choice(keyboard))
            pressed += 1
        terminal.read(chance.choice((0.01, 0.05, 0.2, 0.5)))
        if now - looked > 2:
            looked = now
            assert terminal.process.is_running()
            assert terminal.process.status() != psutil.STATUS_ZOMBIE, "\n".join(terminal.screen.display)
            keep_one_training(host)
            if now > WARMING_UP * 60:
                everything, written = terminal.megabytes
                samples.append((now, written))
                alone.append(everything)
    steps = max(run.step for run in host.runs())
    turns = host.transcript("main")
    answered = {turn.prefix for turn in turns}.intersection(asked)
    grown = slope(samples)
    code = terminal.leave()
    print(
        f"{WARMING_UP:g} + {MINUTES:g} minutes, seed {SEED}: {pressed} keys, {resized} sizes, {len(asked)} prompts, "
        f"{len(answered)} of the {len(answerable)} that can be answered were, {len(turns)} answers, "
        f"{terminal.bytes / 1e6:.1f} MB painted, run at step {steps:,}; {terminal.tracebacks} tracebacks, exit code "
        f"{code}; memory {samples[0][1]:.1f} to {samples[-1][1]:.1f} MB, {grown:+.2f} MB an hour; with pages of files "
        f"that nobody else had open {alone[0]:.1f} to {alone[-1]:.1f} MB, at most {max(alone):.1f}"
    )
    stop_everything(tmp_path)
    assert terminal.tracebacks == 0
    assert code == 0
    assert answered <= answerable
    assert len(answered) >= len(answerable) / 2
    if MINUTES >= 10:
        assert grown < MAX_SLOPE
