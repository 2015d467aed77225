"""`Conversation`: the console of the selected run, and the thread that reads what its model writes.

Pieces are posted at most as often as a screen is worth repainting, whatever the speed of the model. It must not know
widgets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock, Thread

from textual.message import Message

from rnnlab.dialogue import Answered, AnyPiece, Question, Refused
from rnnlab.errors import RnnlabError, RunError
from rnnlab.hosts.base import Console, Host

PAINT_SECONDS = 0.06
"""Between two posts: about sixteen a second."""


@dataclass
class Spoken(Message):
    """Some more of an answer."""

    pieces: tuple[AnyPiece, ...]
    lane: int = 0
    """Of those that answer side by side, which one."""


class Conversation:
    """One console at a time. `ask`, `warm` and `close` may take a while: they are for threads."""

    def __init__(self, host: Host, post: Callable[[Message], object], lane: int = 0) -> None:
        self._host = host
        self._post = post
        self._lane = lane
        self._lock = Lock()
        self._run = ""
        self._console: Console | None = None
        self._closed = Event()
        self._unanswered = 0

    def warm(self, run: str) -> None:
        """Have the run's model ready before it is asked for."""
        with self._lock:
            self._open(run)

    def ask(self, run: str, question: Question) -> None:
        """Put a question to the run's model; the answer is posted piece by piece."""
        with self._lock:
            console = self._put(run, question)
            self._unanswered += 1
            if self._unanswered == 1:
                Thread(target=self._listen, args=(console, self._closed), daemon=True, name="conversation").start()

    def stop(self) -> None:
        """End the answer that is being written."""
        console = self._console
        if console is not None:
            console.stop()

    def close(self) -> None:
        """Let go of the model."""
        with self._lock:
            self._let_go()

    def _open(self, run: str) -> Console:
        if self._console is not None and self._run == run:
            return self._console
        self._let_go()
        self._console = self._host.console(run)
        self._run, self._closed, self._unanswered = run, Event(), 0
        return self._console

    def _put(self, run: str, question: Question) -> Console:
        """Ask the console that is open, or a new one where that one has ended by itself."""
        try:
            console = self._open(run)
            console.ask(question)
        except RunError:
            self._let_go()
            console = self._open(run)
            console.ask(question)
        return console

    def _let_go(self) -> None:
        console, self._console, self._run = self._console, None, ""
        self._closed.set()
        if console is not None:
            # A process may take a second to end: nobody should wait for that to talk to the next one.
            Thread(target=console.close, daemon=True, name="farewell").start()

    def _listen(self, console: Console, closed: Event) -> None:
        """Read until every question is answered: one asked during another stops that one, and both end."""
        while not closed.is_set():
            try:
                pieces = console.read(PAINT_SECONDS)
            except RnnlabError as error:
                pieces = (Refused(message=str(error)),)
            if pieces and not closed.is_set():
                self._post(Spoken(pieces, self._lane))
                if self._all_answered(pieces, closed):
                    return
            closed.wait(PAINT_SECONDS)

    def _all_answered(self, pieces: tuple[AnyPiece, ...], closed: Event) -> bool:
        with self._lock:
            if closed.is_set():
                return True
            self._unanswered -= sum(isinstance(piece, Answered | Refused) for piece in pieces)
            self._unanswered = max(0, self._unanswered)
            return self._unanswered == 0
