"""What the tests of the panes share: a made-up run as records, its view, and a screen as text."""

from __future__ import annotations

import math
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec
from textual.app import App
from textual.pilot import Pilot

from rnnlab.events import AnyEvent, Evaluated, Record, Sampled, Saved, Started, Step
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import RunSpec
from rnnlab.tui.run_view import RunView, fold

NOON = 1_795_262_400.0
"""2026-11-21 12:00:00 UTC."""
EPOCH = 150
"""Steps of an epoch."""


def started(step: int = 0, attempt: int = 1, **changes: object) -> Started:
    event = Started(
        step=step, epoch=1 + step // EPOCH, attempt=attempt, device="cpu", engine="fused", threads=2,
        parameters=269383, vocabulary=71, unigram=21.3, train_tokens=55894, validation_tokens=6210,
        characters_per_token=1.0, batches=EPOCH, total_steps=50 * EPOCH, epochs=50,
    )  # fmt: skip
    return msgspec.structs.replace(event, **changes)


def step(number: int, perplexity: float | None = None, **changes: object) -> Step:
    value = perplexity if perplexity is not None else 3.0 + 68.0 * math.exp(-((number / 60) ** 0.5))
    event = Step(
        step=number, epoch=1 + number // EPOCH, loss=math.log(value), perplexity=value, grad_norm=0.8, clipped=0.1,
        lr=0.002, tokens_per_s=30117.0, elapsed_s=number * 0.068,
    )  # fmt: skip
    return msgspec.structs.replace(event, **changes)


def evaluated(number: int, perplexity: float, split: str = "validation", best: bool = True) -> Evaluated:
    return Evaluated(
        step=number, epoch=number // EPOCH, split=split, loss=math.log(perplexity), perplexity=perplexity, best=best
    )


def sampled(number: int, text: str = " held the lamp and the tide\nwent out") -> Sampled:
    return Sampled(step=number, epoch=1 + number // EPOCH, prefix="time traveller", text=text)


def records(events: Sequence[AnyEvent], seconds: float = 0.7, first: int = 1) -> tuple[Record, ...]:
    """The events as a journal would hold them, so many seconds apart."""
    return tuple(Record(seq=n, at=NOON + n * seconds, event=event) for n, event in enumerate(events, start=first))


def training(steps: int) -> tuple[Record, ...]:
    """A run up to a step: noisy training events, an evaluation, a save and a sample at each epoch's end."""
    noise = random.Random(7)
    events: list[AnyEvent] = [started(), sampled(0, "qX;zzk…e")]
    for number in range(10, steps + 1, 10):
        plain = step(number)
        value = (plain.perplexity or 0.0) * math.exp(noise.gauss(0, 0.05))
        norm = 0.8 + abs(noise.gauss(0, 0.4))
        events.append(
            step(number, value, grad_norm=norm, clipped=max(0.0, norm - 1), tokens_per_s=30000 + 500 * noise.random())
        )
        if number % EPOCH == 0:
            events.append(evaluated(number, (plain.perplexity or 0.0) * 1.1))
            events.append(Saved(step=number, epoch=number // EPOCH, reason="best"))
            events.append(sampled(number))
    return records(events)


def summary(state: str = "running", **changes: object) -> RunSummary:
    plain = RunSummary(
        id="gru-256-brave-otter", session="main", spec=RunSpec(), corpus="The Tide Clock", corpus_sha256="0" * 64,
        created_at=NOON, state=state,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def view_of(steps: int, state: str = "running", **changes: object) -> RunView:
    return fold(RunView.empty(), training(steps), summary(state, **changes))


AppT = TypeVar("AppT", bound=App)


@asynccontextmanager
async def running(app: AppT, size: tuple[int, int]) -> AsyncGenerator[tuple[AppT, Pilot], None]:
    """The app on a terminal of that size, and a pilot to press its keys; the app keeps its own type."""
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        yield app, pilot


async def settled(pilot: Pilot) -> None:
    """Let the app come to rest: a focus changes styles, styles the layout, and that what is painted."""
    for _ in range(4):
        await pilot.pause()


def screen_lines(app: App) -> list[str]:
    """What is on the screen, row by row, without the spaces at the right."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def screen_text(app: App) -> str:
    return "\n".join(screen_lines(app))
