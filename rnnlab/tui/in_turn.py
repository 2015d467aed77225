"""`InTurn`: an app whose keys wait for one another, as they come: each is done with before the next goes anywhere.

Textual hands every key at once to where the focus is, and does what it is bound to when the key has come up from there
to the app. Over a slow connection many arrive together: then `ab`, backspace, `c` became `ab`, since the backspace took
the c. It must not know what keys do.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TypeVar

from textual import events
from textual.app import App
from textual.message import Message

PATIENCE = 0.5
"""Seconds after which the next key goes on although nothing is heard of the one before: who had it may be gone."""
T = TypeVar("T")


class Through(Message, bubble=True):
    """Posted right behind a key, it takes the same way up: where it arrives the key has been everywhere."""


class InTurn(App[T]):
    """What is typed and pasted, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Key | events.Paste] = deque()
        self._behind: Through | None = None
        """What was posted behind the key that is under way."""
        self._lost: asyncio.TimerHandle | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed.append(event)
        if self._behind is None:
            await self._go_on()

    def on_through(self, message: Through) -> None:
        message.stop()
        if message is self._behind and self._lost is not None:
            self._lost.cancel()
            self._lost = None
            self.call_later(self._go_on)  # behind what the key left for later, like a change of focus

    async def _go_on(self) -> None:
        """Let the next key go, if there is one."""
        self._behind = None
        while self._typed and self._behind is None:
            where = self.focused or self.screen
            await super().on_event(self._typed.popleft())
            behind = Through()
            if where.post_message(behind):
                self._behind = behind
                self._lost = asyncio.get_running_loop().call_later(PATIENCE, self.post_message, behind)
