"""`Looker`: puts the microscope's questions to models, one at a time, in a thread of its own.

A model answers from a process of its own that makes way for a training; two are kept warm. A question that is not
wanted any more is stopped, and where it does not stop soon its process is ended. It must not know widgets, nor what
is asked.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition, Thread

from textual.message import Message

from rnnlab.errors import RnnlabError
from rnnlab.hosts.base import Console, Host
from rnnlab.tui.microscope.asking import Answer, Job, take

POST_SECONDS = 0.06
"""Between two posts of one answer."""
GRACE_SECONDS = 0.5
"""How long a model that was told to stop may go on before its process is ended."""
WARM = 2
"""Models that are kept: one, and one it is held against."""


@dataclass
class Looked(Message):
    """What has come of a job so far."""

    answer: Answer

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Looked) and message.answer.job == self.answer.job


class Looker:
    """`ask`, `cancel` and `close` return at once."""

    def __init__(self, host: Host, post: Callable[[Message], object]) -> None:
        self._host = host
        self._post = post
        self._changed = Condition()
        self._jobs: deque[Job] = deque()
        self._current: Job | None = None
        self._closed = False
        self._started = False
        self._consoles: OrderedDict[str, Console] = OrderedDict()

    def ask(self, part: str, jobs: Sequence[Job]) -> None:
        """Answer these next, in order; what the same part asked before is not wanted any more."""
        with self._changed:
            self._drop(part, kept=jobs)
            self._jobs.extendleft(job for job in reversed(jobs) if job != self._current)
            if not self._started:
                self._started = True
                Thread(target=self._run, daemon=True, name="looker").start()
            self._changed.notify()

    def cancel(self, part: str) -> None:
        """What the part asked is not wanted any more."""
        with self._changed:
            self._drop(part)

    def close(self) -> None:
        """End everything; processes go in the background."""
        with self._changed:
            self._post = _nobody  # a process may take long to end, and who asked is not to wait for that in memory
            self._closed, self._current = True, None
            self._jobs.clear()
            self._changed.notify()

    def _drop(self, part: str, kept: Sequence[Job] = ()) -> None:
        self._jobs = deque(job for job in self._jobs if job.part != part)
        if self._current is not None and self._current.part == part and self._current not in kept:
            self._current = None

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._answer(job)
            except RnnlabError as error:
                self._let_go(job.run)
                self._post(Looked(Answer(job=job, trouble=str(error), cause="refused")))
        while self._consoles:
            self._let_go(next(iter(self._consoles)))

    def _next(self) -> Job | None:
        with self._changed:
            self._current = None
            self._changed.wait_for(lambda: self._closed or self._jobs)
            self._current = None if self._closed else self._jobs.popleft()
            return self._current

    def _answer(self, job: Job) -> None:
        console, answer = self._console(job.run), Answer(job=job)
        console.ask(job.question)
        given_up = 0.0
        while not answer.over:
            pieces = console.read(POST_SECONDS)
            answer = take(answer, pieces)
            if self._current is job:
                if pieces:
                    self._post(Looked(answer))
                    time.sleep(0 if answer.over else POST_SECONDS)
            elif self._closed or (given_up and time.monotonic() - given_up > GRACE_SECONDS):
                self._let_go(job.run)
                return
            elif not given_up:
                console.stop()
                given_up = time.monotonic()

    def _console(self, run: str) -> Console:
        if run not in self._consoles:
            while len(self._consoles) >= WARM:
                self._let_go(next(iter(self._consoles)))
            self._consoles[run] = self._host.console(run)
        self._consoles.move_to_end(run)
        return self._consoles[run]

    def _let_go(self, run: str) -> None:
        console = self._consoles.pop(run, None)
        if console is not None:
            console.close()


def _nobody(message: Message) -> None:
    """Who asked is gone."""
