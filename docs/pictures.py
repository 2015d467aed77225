"""Make the pictures of the README: the real program, drawn without a terminal, with a real run and a real answer.

    .venv/bin/python docs/pictures.py

Offline; trains for about a minute on two cores and writes SVG files beside this script.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from rnnlab.hosts.base import Host
from rnnlab.hosts.demo import RECORDED
from rnnlab.hosts.fake import FakeHost
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.recording import load
from rnnlab.specs import RunSpec
from rnnlab.tui.app import RnnlabApp

HERE = Path(__file__).parent
STEPS = 600
"""Steps after which the picture of a run that trains is taken."""


async def settle(pilot: Pilot[None], seconds: float = 2.0) -> None:
    for _ in range(int(seconds * 10)):
        await pilot.pause(0.1)


async def take(name: str, host: Host, size: tuple[int, int], *keys: str) -> None:
    """One picture of the program at a size, after some keys."""
    app = RnnlabApp(host, host.session())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
        await settle(pilot, 6.0)
        while "asking" in app.export_screenshot():  # a machine that has much to do answers later
            await settle(pilot, 1.0)
        (HERE / f"{name}.svg").write_text(app.export_screenshot(title="rnnlab"), encoding="utf-8")


async def bench() -> None:
    """A run that trains, and what it writes meanwhile."""
    host = LocalHost(Path(tempfile.mkdtemp(prefix="rnnlab-pictures-")))
    run = host.start(RunSpec(), "main")
    while host.run(run).step < STEPS:
        await asyncio.sleep(0.2)
    await take("bench", host, (120, 36), "o", "enter", "f5", *"The clock", "enter")
    await take("console", host, (80, 24), "f5", *"The clock ", "ctrl+n")
    if host.run(run).live:
        host.request(run, "stop")


def main() -> None:
    asyncio.run(bench())
    asyncio.run(take("narrow", FakeHost([load(path) for path in RECORDED.glob("*.jsonl")]), (80, 24), "f4"))


if __name__ == "__main__":
    main()
