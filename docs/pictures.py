"""Make the pictures of the README from the recorded run: the real program, drawn without a terminal.

    .venv/bin/python docs/pictures.py

Offline; writes SVG files beside this script.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from rnnlab.dialogue import Answered, Answering, Wrote
from rnnlab.events import Sampled
from rnnlab.hosts.demo import RECORDED
from rnnlab.hosts.fake import FakeHost
from rnnlab.hosts.recording import Recording, load
from rnnlab.tui.app import RnnlabApp

HERE = Path(__file__).parent


def said(recording: Recording) -> dict[str, tuple[Answering, Wrote, Answered]]:
    """The last sample that the run itself wrote from each prefix, as an answer of its console."""
    samples = {r.event.prefix: r.event for r in recording.records if isinstance(r.event, Sampled)}
    summary = recording.summary
    return {
        prefix: (
            Answering(run=summary.id, step=s.step, split="validation", perplexity=summary.validation, seed=2),
            Wrote(text=s.text),
            Answered(tokens=len(s.text), seconds=0.05, cause="length"),
        )
        for prefix, s in samples.items()
    }


async def take(name: str, size: tuple[int, int], share: float, keys: tuple[str, ...] = ()) -> None:
    """One picture of the program at a size, when a share of the training was done."""
    recording = load(next(RECORDED.glob("*.jsonl")))
    host = FakeHost([recording], said(recording))
    host.reveal(recording.summary.id, int(len(recording.records) * share))
    app = RnnlabApp(host, host.session())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await app.workers.wait_for_complete(
            [worker for worker in app.workers if worker.group not in ("feed", "follow")]
        )
        for _ in range(20):
            await pilot.pause(0.1)
        for key in keys:
            await pilot.press(key)
        for _ in range(15):
            await pilot.pause(0.1)
        (HERE / f"{name}.svg").write_text(app.export_screenshot(title="rnnlab"), encoding="utf-8")


def main() -> None:
    asyncio.run(take("bench", (120, 36), 0.6, ("f5", *"Nan", "enter")))
    asyncio.run(take("narrow", (80, 24), 1.0, ("f4",)))


if __name__ == "__main__":
    main()
