from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from rnnlab.tui import in_turn
from rnnlab.tui.in_turn import InTurn


class Form(InTurn[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("f5", "other", "the other field")]

    def compose(self) -> ComposeResult:
        yield Input("start", id="first", select_on_focus=False)
        yield Input(id="second")

    def action_other(self) -> None:
        self.query_one("#second").focus()

    def value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value


def at_once(app: App[None], *typed: str) -> None:
    """All keys in one burst, as a slow connection delivers them; what is in braces is pasted."""
    for key in typed:
        if key.startswith("{"):
            app.post_message(events.Paste(key.strip("{}")))
        else:
            app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        (("a", "b", "backspace", "c"), "startac"),
        (("ctrl+u", "t", "e", "x", "t"), "text"),
        (("home", "a", "right", "b"), "asbtart"),
        (("{pasted}", "backspace", "x"), "startpastex"),
        (("backspace", "{y}", "left", "z"), "starzy"),
    ],
)
async def test_keys_that_come_at_once_act_in_the_order_in_which_they_came(typed, left):
    app = Form()
    async with app.run_test() as pilot:
        at_once(app, *typed)
        await pilot.pause()
        assert app.value("first") == left


async def test_what_is_typed_after_a_key_that_moves_the_focus_goes_where_it_moved():
    app = Form()
    async with app.run_test() as pilot:
        at_once(app, "a", "f5", "b", "c")
        await pilot.pause()
        assert (app.value("first"), app.value("second")) == ("starta", "bc")


async def test_a_field_that_is_never_done_with_a_key_does_not_keep_the_next_ones_for_long(monkeypatch):
    monkeypatch.setattr(in_turn, "PATIENCE", 0.01)
    stuck, typed, free = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Stuck(Input):
        async def key_f7(self) -> None:
            stuck.set()
            await free.wait()

    class Both(InTurn[None]):
        BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "other", "the other field", priority=True)]

        def compose(self) -> ComposeResult:
            yield Stuck()
            yield Input(id="second")

        def action_other(self) -> None:
            self.query_one("#second").focus()

        def on_input_changed(self) -> None:
            typed.set()

    async with Both().run_test() as pilot:
        at_once(pilot.app, "f7", "f5", "b")
        await stuck.wait()
        await typed.wait()
        assert pilot.app.query_one("#second", Input).value == "b"
        free.set()


async def test_what_is_typed_after_a_screen_was_closed_goes_to_the_one_below():
    class Above(ModalScreen[None]):
        BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss", "away")]

        def compose(self) -> ComposeResult:
            yield Input()

    async with Form().run_test() as pilot:
        await pilot.app.push_screen(Above())
        at_once(pilot.app, "x", "escape", "y", "z")
        await pilot.pause()
        assert pilot.app.query_one("#first", Input).value == "startyz"


async def test_textual_by_itself_mixes_them_up():
    class Plain(App[None]):
        def compose(self) -> ComposeResult:
            yield Input()

    async with Plain().run_test() as pilot:
        at_once(pilot.app, "a", "b", "backspace", "c")
        await pilot.pause()
        assert pilot.app.query_one(Input).value != "ac"
