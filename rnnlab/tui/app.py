"""The program on the screen: `run` opens a host's session and gives the exit code.

The app is bindings, theme and the way out; all else is the bench's. It must not know torch, nor where runs are kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
from collections.abc import Iterable, Mapping
from functools import partial

from textual.app import SystemCommand
from textual.dom import DOMNode
from textual.driver import Driver
from textual.notifications import Notify
from textual.screen import Screen

from rnnlab.hosts.base import Host
from rnnlab.hosts.values import Session
from rnnlab.tui import keys
from rnnlab.tui.bench import BenchScreen
from rnnlab.tui.help import HelpScreen
from rnnlab.tui.in_turn import InTurn
from rnnlab.tui.keys import Key
from rnnlab.tui.leftovers import few_heaps, light_contexts, light_layouts, light_looks, light_strips
from rnnlab.tui.microscope.screen import PARTS, MicroscopeScreen
from rnnlab.tui.safe import Backstop
from rnnlab.tui.steady import steady_driver
from rnnlab.tui.suspending import Suspending
from rnnlab.tui.sweeping import Sweeping
from rnnlab.tui.terminal import Guard, require_terminal, standard_streams
from rnnlab.tui.theme import THEME
from rnnlab.tui.vocabulary import VocabularyView

SWITCH_SECONDS = 0.0005
"""How long a thread that reads a text may keep the screen's from going on: Python's own 5 ms, several times for each
key, are felt."""
COLLECT = 2000, 10, 10
"""When Python looks for what is gone: seldom, since what comes often leaves nothing (`leftovers`), and to look through
everything takes a tenth of a second."""
NOTES = 3
"""How many notes are on the screen at once, at most."""
FAREWELL_SECONDS = 3.0
"""How long leaving may wait for the desk to be saved."""


class RnnlabApp(Sweeping, InTurn[None]):
    """Textual's app around the bench."""

    TITLE = "rnnlab"
    BINDINGS = keys.of("anywhere")
    ENABLE_COMMAND_PALETTE = True
    CSS_PATH = "bench.tcss"  # here, since Textual reads none of its default screen's own

    def __init__(self, host: Host, session: Session, keymap: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._host = host
        self._session = session
        self._user_keys = dict(keymap or {})
        self._leaving = False
        self.guard: Guard | None = None
        self.register_theme(THEME)
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = THEME.name
        if "TEXTUAL_ANIMATIONS" not in os.environ:
            self.animation_level = "none"
        self._filters.append(Backstop())
        self.set_keymap(self._user_keys)

    def get_driver_class(self) -> type[Driver]:
        return steady_driver(super().get_driver_class())

    def get_default_screen(self) -> Screen[None]:
        return BenchScreen(self._host, self._session)

    @property
    def bench(self) -> BenchScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, BenchScreen)
        return screen

    def on_mount(self) -> None:
        if not self.is_headless:
            descriptor = sys.__stdin__.fileno() if sys.__stdin__ else 0
            self.guard = Guard(descriptor, self.leave)
            Suspending(self, descriptor)
        self.call_after_refresh(_settle)

    def on_notify(self, event: Notify) -> None:
        """Room for a note: the same one is not there twice, and the oldest go, so that no key held down hides all."""
        there = list(self._notifications)
        others = [note for note in there if note.message != event.notification.message]
        for note in there:
            if note not in others[1 - NOTES :]:
                self._unnotify(note, refresh=False)

    def leave(self, code: int) -> None:
        """Save the desk and end with that exit code; asked a second time, end at once."""
        if self._leaving:
            self.exit(return_code=code)
        self._leaving = True
        self.run_worker(partial(self._farewell, code), group="leave")

    async def _farewell(self, code: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self.bench.keep()
        self.exit(return_code=code)

    def action_leave(self) -> None:
        self.leave(0)

    async def action_quit(self) -> None:
        self.leave(0)

    async def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            await self.swept()
            self.push_screen(HelpScreen(self._user_keys))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        looking = isinstance(screen, MicroscopeScreen)
        places = (*keys.OF_MICROSCOPE, "anywhere") if looking else keys.OF_BENCH
        for key in keys.TABLE:
            if key.where in places and key.keys != "escape" and key.id != "palette":
                yield SystemCommand(f"{keys.PLACES[key.where]}: {key.description}", key.tooltip, partial(self._do, key))
        if not looking:
            for part in PARTS:
                title = f"{keys.PLACES['microscope']}: {keys.PLACES[part]}"
                yield SystemCommand(title, keys.ABOUT[part], partial(self._look_into, part))
        yield SystemCommand("Colours: choose a theme", "Change the colours.", self.action_change_theme)

    async def _do(self, key: Key) -> None:
        """Do what a key does, from anywhere."""
        place: DOMNode = self
        if isinstance(self.screen, MicroscopeScreen) and key.where != "anywhere":
            place = await self.screen.place(key.where)
        elif key.where == "bench":
            place = self.bench
        elif key.where != "anywhere":
            name = "corpus" if key.where == "vocabulary" else key.where
            self.bench.go_to(name)
            place = self.bench.query_one(VocabularyView) if key.where == "vocabulary" else self.bench.pane(name)
        if not await self.run_action(key.action, default_namespace=place):
            self.notify("That cannot be done now.", markup=False)

    async def _look_into(self, part: str) -> None:
        """A part of the microscope, of the run that the bench has chosen."""
        await self.bench.action_microscope()
        if isinstance(self.screen, MicroscopeScreen):
            await self.screen.go_to(part)


def _settle() -> None:
    """What was made for the first frame stays for good; from here on memory is tidied again."""
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(*COLLECT)
        gc.enable()


def run(host: Host, session: str = "", keymap: Mapping[str, str] | None = None) -> int:
    """Show the session, or the last used; gives the exit code.

    Raises TerminalError before anything is drawn where there is no terminal to draw on, and what the host raises
    where the session cannot be opened.
    """
    require_terminal(os.environ, standard_streams())
    few_heaps()
    light_strips()
    light_contexts()
    light_layouts()
    light_looks()
    app = RnnlabApp(host, host.session(session), keymap)
    sys.setswitchinterval(SWITCH_SECONDS)
    app.run()
    if app.guard:
        app.guard.stop()
    return app.return_code or 0
