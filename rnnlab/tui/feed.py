"""`Feed`: the one reader of the host behind a screen, in a thread of its own.

It reads by budget, folds what it read into the run's view, and posts one `News` when anything changed, and the next one
when that was looked at: a slow terminal never makes it pile up work, nor views in memory. It must not know widgets.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock, Thread

from textual.message import Message

from rnnlab.errors import NotFound, RnnlabError
from rnnlab.hosts.base import Host
from rnnlab.hosts.values import BAD, RunSummary, last_words
from rnnlab.tui.run_view import RunView, fold

BUDGET = 2000
"""Records read at a time."""
LIVE_SECONDS = 0.75
"""Between readings of a run that trains: nobody reads numbers that change oftener, and each reading takes the training
some 10 ms of a core."""
LAST_LINES = 20
IDLE_SECONDS = 1.0
"""Between readings of a run that ended, and of the list of runs."""
POST_SECONDS = 0.2
"""Between two posts while a long journal is being read."""


@dataclass
class News(Message):
    """What the host says now."""

    runs: tuple[RunSummary, ...]
    selected: str
    """The run that the view is of."""
    view: RunView | None
    """None while no run is selected, or the selected one is gone."""
    last_words: tuple[str, ...]
    """What the selected run's worker printed last, where it ended badly."""
    trouble: str
    """Why the host could not be read, or nothing."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, News)


class Feed:
    """Reads runs and the selected run's journal until it is stopped."""

    def __init__(self, host: Host, session: str, post: Callable[[News], object]) -> None:
        self._host = host
        self._session = session
        self._post = post
        self._lock = Lock()
        self._wake = Event()
        self._stopped = False
        self._selected = ""
        self._told: tuple[object, ...] = ()
        self._unheard = False
        """Whether what was told last waits to be looked at."""
        self._runs: tuple[RunSummary, ...] = ()
        self._runs_due = 0.0

    def start(self) -> None:
        """Begin to read."""
        Thread(target=self._run, daemon=True, name="feed").start()

    def stop(self) -> None:
        """Read no more."""
        self._stopped = True
        self._wake.set()

    def wake(self) -> None:
        """Read now: something was done that will show."""
        self._runs_due = 0.0
        self._wake.set()

    def heard(self) -> None:
        """What was told last is looked at: there may be more."""
        self._unheard = False

    def select(self, run: str) -> None:
        """Read this run from now on; an empty name reads none."""
        with self._lock:
            self._selected = run
        self.wake()

    def _run(self) -> None:
        follower = Follower(self._host, "")
        while not self._stopped:
            self._wake.clear()
            with self._lock:
                selected = self._selected
            if follower.run != selected:
                follower = Follower(self._host, selected)
            more = self._look(follower)
            if not more:
                self._wake.wait(LIVE_SECONDS if follower.live else IDLE_SECONDS)

    def _look(self, follower: Follower) -> bool:
        """One round: read and tell; whether there is more to be read at once."""
        trouble = ""
        try:
            self._list()
            follower.follow(lambda: self._stopped or self._wake.is_set())
        except RnnlabError as error:
            trouble = str(error)
        self._tell(follower, trouble)
        return follower.more and not trouble

    def _list(self) -> None:
        """The list of runs, seldom where it takes long: it must not cost more than a tenth of the time."""
        begin = time.monotonic()
        if begin >= self._runs_due:
            self._runs = self._host.runs(self._session)
            took = time.monotonic() - begin
            self._runs_due = begin + max(IDLE_SECONDS, 10 * took)

    def _tell(self, follower: Follower, trouble: str) -> None:
        told = (self._runs, follower.run, follower.view, follower.last_words, trouble)
        if told != self._told and not self._unheard and not self._stopped:
            self._told, self._unheard = told, True
            self._post(News(*told))


class Follower:
    """One run's journal, read and folded so far."""

    def __init__(self, host: Host, run: str) -> None:
        self._host = host
        self.run = run
        self.view: RunView | None = None
        self.more = False
        self.last_words: tuple[str, ...] = ()
        self._cursor = 0

    @property
    def live(self) -> bool:
        return bool(self.view and self.view.summary and self.view.summary.live)

    def follow(self, interrupted: Callable[[], bool]) -> None:
        """Read what is there, but not longer than until the next post is due."""
        if not self.run:
            return
        until = time.monotonic() + POST_SECONDS
        try:
            summary = self._host.run(self.run)
        except NotFound:
            self.view, self.more = None, False
            return
        if self.view is None:
            beginning = self._host.beginning(self.run)
            self._cursor, self.view = beginning.cursor, RunView.of(beginning.course)
        while True:
            reading = self._host.read(self.run, self._cursor, BUDGET)
            self._cursor, self.more = reading.cursor, reading.more
            self.view = fold(self.view, reading.records, summary)
            if not self.more or time.monotonic() >= until or interrupted():
                break
        ended_badly = summary.state in BAD
        self.last_words = last_words(summary, self._host.log(self.run, LAST_LINES)) if ended_badly else ()
