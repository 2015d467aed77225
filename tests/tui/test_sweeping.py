"""Of screens that were closed, and of other sizes, nothing is in memory when others come."""

from __future__ import annotations

import gc
from weakref import WeakSet, ref

import pytest
from textual.screen import Screen
from textual.widget import Widget

from rnnlab.dialogue import Refused
from rnnlab.tui import sweeping
from rnnlab.tui.bench import BenchScreen
from rnnlab.tui.help import HelpScreen
from rnnlab.tui.microscope.screen import MicroscopeScreen
from rnnlab.tui.sweeping import Sweeping
from tests.tui.desks import SMALL, DeskHost, bench_app, ready, until
from tests.tui.microscope.looking import ModelHost, open_at


async def test_a_bench_tidies_by_itself(monkeypatch):
    tidied = []
    monkeypatch.setattr(sweeping, "TIDY_SECONDS", 0.01)
    monkeypatch.setattr(sweeping, "let_go", lambda nodes: tidied.append(list(nodes)))
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: len(tidied) > 2)
        assert set(app.screen.walk_children(Widget)) <= set(tidied[-1])


class Ring:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.ring = self


@pytest.mark.parametrize(("often", "key"), [("TIDY_SECONDS", None), ("STIRRED_SECONDS", "f2")])
async def test_a_bench_looks_by_itself_for_what_only_holds_itself(monkeypatch, often, key):
    monkeypatch.setattr(sweeping, often, 0.1)
    monkeypatch.setattr(sweeping, "COLLECT_SECONDS", 0.01)
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        gc.disable()
        try:
            left = ref(Ring())
            assert left() is not None
            if key:
                await pilot.press(key)
            await until(pilot, lambda: left() is None)
        finally:
            gc.enable()


async def test_keys_and_sizes_have_a_bench_tidy_sooner(monkeypatch):
    tidied = []
    monkeypatch.setattr(sweeping, "STIRRED_SECONDS", 0.01)
    monkeypatch.setattr(sweeping, "let_go", lambda nodes: tidied.append(list(nodes)))
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await until(pilot, lambda: not app._stirred)
        for stir in (lambda: pilot.press("f2"), lambda: pilot.resize_terminal(100, 30), lambda: pilot.click()):
            tidied.clear()
            await stir()
            await until(pilot, lambda: tidied)


async def test_a_screen_that_was_closed_is_gone_soon_though_python_would_wait_for_more(monkeypatch):
    monkeypatch.setattr(sweeping, "COLLECT_SECONDS", 0.01)
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        opened: WeakSet[Screen] = WeakSet()  # not all of this kind: another test may have left some to be collected
        gc.disable()
        try:
            for _ in range(3):
                await pilot.press("question_mark")
                await until(pilot, lambda: isinstance(app.screen, HelpScreen))
                opened.add(app.screen)
                await pilot.press("escape")
                await until(pilot, lambda: isinstance(app.screen, BenchScreen))
            await until(pilot, lambda: len(opened) <= 1)
        finally:
            gc.enable()


async def opened_quickly() -> int:
    """Microscopes in memory while the fourth is open, by a hand that is quicker than any tidying by itself."""
    app = bench_app(ModelHost(lambda run, question: [Refused(message="it tells nothing")]))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        opened: WeakSet[Screen] = WeakSet()
        gc.disable()
        try:
            for number in range(4):
                await open_at(pilot, 2)
                assert isinstance(app.screen, MicroscopeScreen)
                opened.add(app.screen)
                if number < 3:
                    await pilot.press("escape")
                    await until(pilot, lambda: isinstance(app.screen, BenchScreen))
            return len(opened)
        finally:
            gc.enable()


async def test_before_a_large_screen_is_made_the_ones_before_it_are_gone(monkeypatch):
    monkeypatch.setattr(sweeping, "COLLECT_SECONDS", 3600)
    assert await opened_quickly() <= 2, "this one, and the last at most"


async def test_without_that_they_would_all_be_there(monkeypatch):
    monkeypatch.setattr(sweeping, "COLLECT_SECONDS", 3600)

    async def not_at_all(app: object) -> None:
        pass

    monkeypatch.setattr(Sweeping, "swept", not_at_all)
    assert await opened_quickly() == 4
