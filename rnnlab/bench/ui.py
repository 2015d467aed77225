"""What a person at the screen waits for, and what watching costs a training: in a real terminal, with a real worker.

It must not know what the screen looks like beyond a few words that are to be seen on it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import msgspec
import psutil

from rnnlab.bench.home import BenchHome, bench_home, until
from rnnlab.bench.memory import memory
from rnnlab.bench.terminal import Terminal
from rnnlab.bench.turns import seconds_of, take_turns
from rnnlab.bench.values import AnyRow, Doing, Figure, Target, ratio, spread
from rnnlab.events import Record, Started, Step
from rnnlab.hosts.values import Session
from rnnlab.specs import Value

_PROGRAM = [sys.executable, "-P", "-m", "rnnlab"]
_FIRST_FRAME = b"leave"
"""The last word of the footer, which is the last line of the screen."""
_FORM = b"start training"
_TRAINING, _GENERATE = "\x1bOS", "\x1b[15~"
"""F4 and F5: the keys of these panes from everywhere."""
_TYPED = "жзийклмнопрстуфхцчшщъыьэюя"
"""Letters that are nowhere on the screen before they are typed."""
_MODEL: dict[str, Value] = {"data.corpus": "the-tide-clock", "model.hidden": 256, "train.epochs": 100_000}
_LOGGED: dict[str, Value] = {"train.log_every": 5, "train.eval_every": 10**6, "train.sample_every": 10**6}

_SOME_LINES = 4


class Effort(msgspec.Struct, frozen=True):
    """How much is measured."""

    starts: int = 15
    """Times that a command is started."""
    frames: int = 5
    """Times that the screen is opened."""
    windows: int = 4
    """Pairs of times with and without the screen."""
    window_s: float = 8.0
    keys: int = len(_TYPED)


USUAL = Effort()
QUICK = Effort(starts=5, frames=2, windows=1, window_s=4.0, keys=10)


def measure(effort: Effort) -> Iterator[AnyRow]:
    """Everything, in one home that is thrown away."""
    yield Doing(part="ui", what="commands that answer at once")
    yield from commands(effort.starts)
    with bench_home() as home:
        yield Doing(part="ui", what="the screen's first frame")
        yield first_frame(home, effort.frames)
        yield Doing(part="ui", what="from Enter to the first event of the training")
        yield from enter(home, effort)
        run = home.start({**_MODEL, **_LOGGED})
        home.wait_for(run, Step)
        home.host.save_session(Session(name="main", selected=run))
        yield Doing(part="ui", what="steps a second, watched and not")
        yield from watching(home, run, effort)
        yield Doing(part="ui", what="keys while it trains")
        yield keys(home, effort.keys)
        yield Doing(part="ui", what="memory")
        yield from memory(home, run)


def commands(starts: int) -> Iterator[Figure]:
    """`--version` and `--help` beside a Python that imports argparse and does nothing."""
    bare = "python, argparse"
    words = {bare: ["-c", "import argparse"]} | {f"rnnlab {w}": ["-m", "rnnlab", w] for w in ("--version", "--help")}
    turns = {who: lambda words=words: seconds_of(lambda: _call(words)) for who, words in words.items()}
    take_turns(turns, 1)
    found = take_turns(turns, starts)
    for who, seconds in found.items():
        yield Figure(
            part="ui",
            what="start of a command",
            who=who,
            unit="ms",
            value=spread([1000 * each for each in seconds]),
            ratio=ratio(seconds, found[bare]),
            beside=bare,
            targets=(Target(2.0, "ratio", at_most=True),) if who != bare else (),
        )


def _call(words: list[str]) -> None:
    subprocess.run([sys.executable, "-P", *words], stdout=subprocess.DEVNULL, check=True)


def first_frame(home: BenchHome, frames: int) -> Figure:
    """From the start of the program to the last line of its first frame."""
    seconds = []
    for _ in range(frames):
        screen = Terminal(_PROGRAM, home.environment)
        try:
            seconds.append(screen.seen(_FIRST_FRAME) - screen.begun)
        finally:
            screen.close()
    value = spread([1000 * each for each in seconds])
    targets = (Target(500.0, at_most=True),)
    return Figure(part="ui", what="the screen", who="first frame", unit="ms", value=value, targets=targets)


def enter(home: BenchHome, effort: Effort) -> Iterator[Figure]:
    """From Enter in the form to the first event in the journal, and to the first line of training."""
    first, line = [], []
    for _ in range(effort.frames):
        draft = {path: str(value) for path, value in {**_MODEL, "train.log_every": 1}.items()}
        home.host.save_session(Session(name="main", draft=draft))
        screen = Terminal(_PROGRAM, home.environment)
        try:
            screen.seen(_FORM)
            time.sleep(2.0)  # a person reads the form before Enter
            known = {run.id for run in home.host.runs()}
            pressed = time.time()
            screen.press("\r")
            run = until(lambda known=known: next((r.id for r in home.host.runs() if r.id not in known), None), "no run")
            line.append(home.wait_for(run, Step).at - pressed)
            first.append(home.wait_for(run, Started).at - pressed)
            home.stop(run)
        finally:
            screen.close()
    targets = (Target(6.0, at_most=True),)
    what = "from Enter in the form"
    yield Figure(part="ui", what=what, who="to the first event", unit="s", value=spread(first), targets=targets)
    yield Figure(part="ui", what=what, who="to the first step", unit="s", value=spread(line))


def watching(home: BenchHome, run: str, effort: Effort) -> Iterator[Figure]:
    """Steps a second with the screen open and without, bytes to the terminal, and the front end's processor time."""
    alone, watched, sent, busy = [], [], [], []
    for _ in range(effort.windows):
        alone.append(_steps_a_second(home, run, effort.window_s))
        screen = _opened(home, _TRAINING)
        try:
            begun, spent = time.perf_counter(), _processor_time(screen)
            watched.append(_steps_a_second(home, run, effort.window_s))
            took = time.perf_counter() - begun
            sent.append(screen.bytes_between(begun, begun + took) / took / 1000)
            busy.append(100 * (_processor_time(screen) - spent) / took)
        finally:
            screen.close()
    yield Figure(part="ui", what="a training", who="not watched", unit="steps/s", value=spread(alone))
    yield Figure(
        part="ui",
        what="a training",
        who="watched",
        unit="steps/s",
        value=spread(watched),
        ratio=ratio(watched, alone),
        beside="not watched",
        targets=(Target(0.98, "ratio"),),
    )
    what, targets = "watching at 80x24", (Target(4.0, at_most=True),)
    yield Figure(part="ui", what=what, who="to the terminal", unit="kB/s", value=spread(sent), targets=targets)
    yield Figure(part="ui", what=what, who="processor time", unit="% of a core", value=spread(busy))


def keys(home: BenchHome, count: int) -> Figure:
    """From a key to its letter on the screen, in the prompt of the console, while the training goes on."""
    screen = _opened(home, _GENERATE)
    try:
        milliseconds = []
        for letter in _TYPED[:count]:
            time.sleep(0.15)  # nobody types faster for long, and no frame should hold two letters
            pressed = screen.press(letter)
            milliseconds.append(1000 * (screen.seen(letter.encode(), pressed) - pressed))
    finally:
        screen.close()
    targets = (Target(50.0, at_most=True),)
    value = spread(milliseconds)
    return Figure(part="ui", what="while it trains", who="key to screen", unit="ms", value=value, targets=targets)


def _opened(home: BenchHome, key: str) -> Terminal:
    """The screen on the pane of that key, after what it does at first."""
    screen = Terminal(_PROGRAM, home.environment)
    screen.seen(_FIRST_FRAME)
    screen.press(key)
    time.sleep(3.0)
    return screen


def _steps_a_second(home: BenchHome, run: str, seconds: float) -> float:
    """Between the first and the last line of that time, by the worker's own clock."""
    begun = time.time()
    time.sleep(seconds)
    lines = until(lambda: _lines_since(home, run, begun), f"{run} stands still")
    return (lines[-1].event.step - lines[0].event.step) / (lines[-1].at - lines[0].at)


def _lines_since(home: BenchHome, run: str, begun: float) -> list[Record] | None:
    """The lines of training since then, at least some."""
    lines = [r for r in home.records(run) if isinstance(r.event, Step) and begun <= r.at]
    return lines if len(lines) >= _SOME_LINES else None


def _processor_time(screen: Terminal) -> float:
    times = psutil.Process(screen.process.pid).cpu_times()
    return times.user + times.system
