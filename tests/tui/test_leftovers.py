"""What is left in memory of screens that are gone."""

from __future__ import annotations

import gc

from textual._styles_cache import StylesCache
from textual.widget import Widget

from rnnlab.dialogue import Refused
from rnnlab.tui import bench
from rnnlab.tui.bench import BenchScreen
from rnnlab.tui.microscope.screen import MicroscopeScreen
from tests.tui.desks import SMALL, DeskHost, bench_app, ready, until
from tests.tui.microscope.looking import ModelHost, open_at


def painters_of_nobody() -> int:
    """Painters that no living widget has."""
    gc.collect()
    things = gc.get_objects()
    owned = {id(thing._styles_cache) for thing in things if isinstance(thing, Widget)}
    return sum(isinstance(thing, StylesCache) and id(thing) not in owned for thing in things)


async def painters_left() -> int:
    """Painters of nobody that came with opening and closing the help."""
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        before = painters_of_nobody()
        for _ in range(3):
            await pilot.press("question_mark")
            await pilot.press("escape")
        await pilot.pause()
        return painters_of_nobody() - before


async def test_screens_that_were_closed_leave_no_painted_lines_in_memory():
    assert await painters_left() <= 0


async def test_without_letting_go_they_would(monkeypatch):
    monkeypatch.setattr(bench, "let_go", lambda: None)
    assert await painters_left() > 0


async def microscopes_left() -> int:
    """Microscopes in memory when four were opened and closed."""
    app = bench_app(ModelHost(lambda run, question: [Refused(message="it tells nothing")]))
    async with app.run_test(size=SMALL) as pilot:
        for _ in range(4):
            await open_at(pilot, 2)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, BenchScreen))
        await pilot.pause()
        gc.collect()
        return sum(isinstance(thing, MicroscopeScreen) for thing in gc.get_objects())


async def test_of_many_microscopes_at_most_the_last_is_remembered():
    assert await microscopes_left() <= 1
