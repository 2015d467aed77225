"""The way in and the way out."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys

import pytest
from textual.widgets._toast import Toast

from rnnlab.errors import NotFound, StorageError, TerminalError
from rnnlab.hosts.fake import FakeHost
from rnnlab.tui.app import COLLECT, _settle, run
from rnnlab.tui.terminal import Guard, require_terminal
from tests.tui.desks import SMALL, DeskHost, bench_app, ready, until
from tests.tui.runs import screen_text

GOOD = {"TERM": "xterm-256color"}


class Stream:
    """A stream that may be a terminal."""

    closed = False

    def __init__(self, terminal: bool = True, encoding: str = "utf-8") -> None:
        self._terminal = terminal
        self.encoding = encoding

    def isatty(self) -> bool:
        return self._terminal


def streams(**other):
    return {"standard input": Stream(), "standard output": Stream(), "standard error": Stream()} | other


def test_a_terminal_is_accepted():
    require_terminal(GOOD, streams())


@pytest.mark.parametrize("name", ["standard input", "standard output", "standard error"])
@pytest.mark.parametrize("stream", [Stream(terminal=False), None])
def test_a_stream_that_is_no_terminal_is_refused_by_its_name(name, stream):
    with pytest.raises(TerminalError, match=f"{name} is not a terminal"):
        require_terminal(GOOD, streams(**{name: stream}))


@pytest.mark.parametrize("kind", [{}, {"TERM": ""}, {"TERM": "dumb"}])
def test_a_terminal_that_cannot_draw_is_refused(kind):
    with pytest.raises(TerminalError, match="TERM is"):
        require_terminal(kind, streams())


def test_a_terminal_that_cannot_show_the_glyphs_is_refused():
    with pytest.raises(TerminalError, match=r"LC_ALL=C\.UTF-8"):
        require_terminal(GOOD, streams(**{"standard error": Stream(encoding="ascii")}))


def test_no_terminal_is_said_before_a_session_is_opened():
    class Untouchable(FakeHost):
        def session(self, name: str = ""):
            raise AssertionError("the session was opened")

    with pytest.raises(TerminalError):
        run(Untouchable())


def test_starting_the_screen_does_not_import_torch():
    code = "import sys, rnnlab.tui.app; print([name for name in sys.modules if name.split('.')[0] == 'torch'])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


async def test_a_terminal_that_is_gone_is_noticed_at_once():
    ours, theirs = os.openpty()
    left = asyncio.get_running_loop().create_future()
    guard = Guard(theirs, left.set_result)
    try:
        os.close(ours)
        assert await asyncio.wait_for(left, 5) == 129
    finally:
        guard.stop()
        os.close(theirs)


async def test_a_signal_is_told_with_its_exit_code_and_the_old_handlers_come_back():
    before = signal.getsignal(signal.SIGTERM)
    ours, theirs = os.openpty()
    left = asyncio.get_running_loop().create_future()
    guard = Guard(theirs, left.set_result)
    try:
        signal.raise_signal(signal.SIGTERM)
        assert await asyncio.wait_for(left, 5) == 143
    finally:
        guard.stop()
        os.close(ours)
        os.close(theirs)
    assert signal.getsignal(signal.SIGTERM) == before


async def test_a_desk_that_cannot_be_saved_does_not_keep_its_person():
    class Full(DeskHost):
        def save_session(self, session):
            raise StorageError("the disk is full")

    app = bench_app(Full())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("m", "q")
    assert app.return_code == 0


async def test_a_host_that_cannot_even_list_its_corpora_leaves_a_usable_screen():
    class Broken(DeskHost):
        def corpora(self):
            raise StorageError("the corpora cannot be read")

        def corpus(self, data):
            raise NotFound("there is no such corpus")

        def transcript(self, session, run=""):
            raise StorageError("the transcript cannot be read")

    app = bench_app(Broken())
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("f2", "end", "f3", "question_mark", "escape")
        assert "rnnlab" in screen_text(app)
        await pilot.press("q")
    assert app.return_code == 0


async def test_a_note_is_there_once_however_often_it_is_said_and_few_are_there_together():
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await ready(pilot)

        def shown() -> list[str]:
            return [toast._notification.message for toast in app.screen.query(Toast)]

        for _ in range(5):
            app.notify("again", markup=False)
        await until(pilot, lambda: shown() == ["again"])
        for number in range(5):
            app.notify(f"note {number}", markup=False)
        await until(pilot, lambda: shown() == ["note 2", "note 3", "note 4"])
        app.notify("note 3", markup=False)
        await until(pilot, lambda: shown() == ["note 2", "note 4", "note 3"])


def test_with_the_first_frame_drawn_python_tidies_again_and_as_seldom_as_it_is_told():
    before = gc.get_threshold()
    gc.disable()
    try:
        _settle()
        assert gc.isenabled()
        assert gc.get_freeze_count()
        assert gc.get_threshold()[:2] == COLLECT[:2]  # the third means nothing to some versions of Python
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        gc.enable()
