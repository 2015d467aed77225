"""`Sweeping`: an app that lets go of closed screens, former sizes and past texts, and of screens before others come.

What is freed late has had its room taken: a screen that is opened while the last one is still in memory takes new room,
and the process keeps that for good. It must not know which screens there are.
"""

from __future__ import annotations

import asyncio
import gc
from typing import TypeVar

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete

from rnnlab.tui.leftovers import forget, let_go, wake

TIDY_SECONDS = 30.0
"""How often memory is tidied, and what only holds itself is looked for: that takes longer than a key may wait."""
STIRRED_SECONDS = 3.0
"""How often it is tidied where keys come, or a mouse's doings, or sizes: they leave most. If they rest then, what only
holds itself is looked for as well."""
COLLECT_SECONDS = 0.3
"""How long after a screen was closed it is tidied away; and how long after any tidying, when all have woken, what only
holds itself is looked for."""
WAKE_SECONDS = 0.03
"""How long all take to wake, where one waits for it."""
T = TypeVar("T")


class Sweeping(App[T]):
    """Keeps no more in memory than what is on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self._holds_itself = False
        """Whether something may be there that only holds itself, like a closed screen, and was not looked for yet."""
        self._stirred = False
        """Whether any of these came since memory was tidied."""

    def on_mount(self) -> None:
        self.set_interval(TIDY_SECONDS, self._tidy_all)
        self.set_interval(STIRRED_SECONDS, self._tidy_if_stirred)

    async def on_event(self, event: events.Event) -> None:
        self._stirred = self._stirred or isinstance(event, events.InputEvent | events.Resize)
        await super().on_event(event)

    def on_resize(self) -> None:
        forget()  # where things met in another size

    def pop_screen(self) -> AwaitComplete:
        self._holds_itself = True
        self.set_timer(COLLECT_SECONDS, self._sweep)
        return super().pop_screen()

    async def swept(self) -> None:
        """Before a large screen is made: what a closed one consisted of is gone, though one was quicker than usual."""
        if self._holds_itself:
            self.tidy()
            await asyncio.sleep(WAKE_SECONDS)
            self._collect()

    def tidy(self) -> None:
        """Let go of what the drawing of the past has left in memory."""
        self._stirred = False
        wake(self)
        nodes = (node for screen in self.screen_stack for node in screen.walk_children(with_self=True))
        let_go((self, *nodes))

    def _tidy_if_stirred(self) -> None:
        if self._stirred:
            self.tidy()
            self.set_timer(COLLECT_SECONDS, self._collect_if_still)

    def _collect_if_still(self) -> None:
        if not self._stirred:
            self._holds_itself = True
            self._collect()

    def _tidy_all(self) -> None:
        self._holds_itself = True
        self._sweep()

    def _sweep(self) -> None:
        if self._holds_itself:
            self.tidy()
            self.set_timer(COLLECT_SECONDS, self._collect)

    def _collect(self) -> None:
        if self._holds_itself:
            self._holds_itself = False
            gc.collect()
