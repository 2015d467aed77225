"""Make the pictures of docs/microscope.md: the real program at 80x24, with runs that were trained for it.

    .venv/bin/python docs/microscope_pictures.py [HOME [PICTURE...]]

Offline; trains four small runs, which takes about four minutes on two cores, or takes them from a HOME where it has
trained them before. Writes microscope-*.svg beside this script.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec
from textual.pilot import Pilot

from rnnlab.hosts.local import LocalHost
from rnnlab.specs import RunSpec
from rnnlab.tui.app import RnnlabApp
from rnnlab.tui.microscope.asking import Subject
from rnnlab.tui.microscope.choosing import choices
from rnnlab.tui.microscope.screen import MicroscopeScreen

HERE = Path(__file__).parent
PATIENCE = 120
"""Seconds for what a part finds out, on a machine that does other things too."""
SPECS = {
    "tide-lstm": {"data.corpus": "the-tide-clock", "model.cell": "lstm", "model.hidden": 128, "train.epochs": 20},
    "tide-rnn": {"data.corpus": "the-tide-clock", "model.cell": "rnn", "model.hidden": 128, "train.epochs": 20},
    "agreement-lstm": {
        "data.corpus": "agreement", "data.steps": 100, "model.cell": "lstm", "model.hidden": 128, "train.epochs": 20,
    },
    "agreement-rnn": {"data.corpus": "agreement", "model.cell": "rnn", "model.hidden": 128, "train.epochs": 6},
}  # fmt: skip
SENTENCE = 'The tide turned, and Nan said nothing. "Come in," she said. The tide turns the clock quantum.'
PICTURES = {
    "surprise": ("tide-lstm", ("1", "e", f"type {SENTENCE}", "ctrl+s", "end", *("left",) * 7), "rather"),
    "difference": ("tide-lstm", ("1", "against tide-rnn", *("down",) * 3), "first far worse\nsecond  "),
    "samples": ("tide-lstm", ("2", "home", "right", "right"), "new since"),
    "memory": ("tide-lstm", ("3", "against tide-rnn"), "C hears"),
    "agreement": ("agreement-lstm", ("4", "against agreement-rnn"), "of 300\nB"),
    "neurons": ("tide-lstm", ("5", "slash", "type  ", "enter", "wait tells it", "enter", "escape"), "hidden unit"),
    "clamp": ("tide-lstm", ("5", "c"), "held at"),
    "originality": ("agreement-lstm", ("6",), "copied, in"),
}
"""Of each picture, the run, the keys, and what is on the screen when it is done."""


def trained(host: LocalHost) -> dict[str, str]:
    """The runs of SPECS by name: those that are there, and the others trained now."""
    there = {_facts(run.spec, run.corpus): run.id for run in host.runs() if run.state == "finished"}
    runs = {}
    for name, changes in SPECS.items():
        spec = RunSpec().replace(changes)
        runs[name] = there.get(_facts(spec, spec.data.corpus)) or host.start(spec, "main")
        while host.run(runs[name]).live:
            asyncio.run(asyncio.sleep(0.5))
        print(f"{name}: {runs[name]}, {host.run(runs[name]).state}")
    return runs


def _facts(spec: RunSpec, corpus: str) -> tuple[object, ...]:
    """What tells the runs apart: where a corpus lies is no part of it."""
    return corpus, spec.data.steps, spec.model, spec.train.epochs


def screen_text(app: RnnlabApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[None], words: str) -> None:
    """Wait until all of the words, line by line, are on the screen, and nothing is looked up any more."""
    for _ in range(PATIENCE * 10):
        text = screen_text(pilot.app)  # ty: ignore[invalid-argument-type]
        if all(word in text for word in words.split("\n")) and "Esc stops" not in text:
            return
        await pilot.pause(0.1)
    raise SystemExit(f"{words!r} never came:\n{text}")


def downs(host: LocalHost, run: str, other: str) -> list[str]:
    """The keys that choose another run's newest weights in the list of what to hold a run against."""
    listed = choices(host.runs(), Subject(run))
    return ["v", *["down"] * listed.index(Subject(other)), "enter"]


async def take(host: LocalHost, name: str, runs: dict[str, str]) -> None:
    """One picture."""
    of, keys, words = PICTURES[name]
    run = runs[of]
    app = RnnlabApp(host, msgspec.structs.replace(host.session("main"), selected=run))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, run[:20])
        await pilot.press("f6")
        await until(pilot, "1 Surprise")
        while not (isinstance(app.screen, MicroscopeScreen) and app.screen.passage and app.screen.view):
            await pilot.pause(0.1)
        for key in keys:
            kind, _, text = key.partition(" ")
            if kind == "type":
                await pilot.press(*("space" if character == " " else character for character in text))
            elif kind == "wait":
                await until(pilot, text)
            elif kind == "against":
                await pilot.press(*downs(host, run, runs[text]))
            else:
                await pilot.press(key)
        await until(pilot, words)
        await pilot.pause(0.5)
        (HERE / f"microscope-{name}.svg").write_text(app.export_screenshot(title="rnnlab"), encoding="utf-8")
    print(f"microscope-{name}.svg")


def main() -> None:
    home = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="rnnlab-microscope-")
    host = LocalHost(Path(home))
    runs = trained(host)
    for name in sys.argv[2:] or PICTURES:
        asyncio.run(take(host, name, runs))


if __name__ == "__main__":
    main()
