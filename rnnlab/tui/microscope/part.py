"""`Part`: one view of the microscope. It posts what it wants to know and paints what comes; it must not know hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Static

from rnnlab.events import Sampled
from rnnlab.tui import keys
from rnnlab.tui.microscope.asking import Answer, Job, Subject, standing
from rnnlab.tui.microscope.checking import NONE, Copies
from rnnlab.tui.run_view import RunView


class Part(Vertical):
    """Asks its `jobs` when they are new and it is in sight, and paints its answers."""

    NAME: ClassVar[str] = ""
    DEFAULT_CSS = """
    Part {
        height: 1fr;
        & > .about { height: auto; max-height: 2; color: $text-muted; }
        & > .state { height: auto; max-height: 2; color: $accent; display: none; }
    }
    """

    subject: var[Subject | None] = var(None)
    others: var[tuple[Subject, ...]] = var(())
    passage: var[str] = var("")
    """The text that one looks at."""
    view: var[RunView | None] = var(None)
    copies: var[Copies] = var(NONE)
    """What of texts is copied from the corpus, as far as that was looked up."""
    said: var[tuple[Sampled, ...]] = var(())
    """What the run has said in the console."""
    checking: var[str] = var("")
    """How far looking that up is."""
    current: var[str] = var("")
    """The part that is in sight."""

    @dataclass
    class TextsShown(Message):
        """These are to be held against the corpus."""

        texts: tuple[str, ...]

    @dataclass
    class Asked(Message):
        """This is to be found out, instead of what the part asked before."""

        part: str
        jobs: tuple[Job, ...]

    def __init__(self) -> None:
        super().__init__(id=self.NAME)
        self.asked: tuple[Job, ...] = ()
        self.answers: dict[Job, Answer] = {}
        self.given_up = False

    @property
    def entry(self) -> Widget:
        """What is focused when one goes there."""
        raise NotImplementedError

    def jobs(self) -> tuple[Job, ...]:
        """What the part wants to know now."""
        return ()

    def texts(self) -> tuple[str, ...]:
        """What is to be held against the corpus."""
        return ()

    def paint(self) -> None:
        """Show what there is."""
        raise NotImplementedError

    def about(self) -> Static:
        """A sentence on what one is looking at and what to try."""
        return Static(Content(keys.ABOUT[self.NAME]), classes="about")

    @property
    def busy(self) -> bool:
        return not self.given_up and any(not self.answers[job].over for job in self.asked)

    def look(self, *, again: bool = False) -> None:
        """Ask what is not known yet; again, also what is."""
        if self.current != self.NAME or not self.is_mounted:
            return
        jobs = self.jobs()
        if again or jobs != self.asked:
            known = {} if again else self.answers
            self.given_up, self.asked = False, jobs
            self.answers = {job: known.get(job) or Answer(job=job) for job in jobs}
            wanted = tuple(job for job in jobs if not self.answers[job].over)
            self.post_message(self.Asked(self.NAME, wanted))
        if texts := tuple(text for text in self.texts() if text not in self.copies):
            self.post_message(self.TextsShown(texts))
        self._paint()

    def give_up(self) -> None:
        """Nobody waits any more."""
        self.given_up = True
        self.post_message(self.Asked(self.NAME, ()))
        self._paint()

    def hear(self, answer: Answer) -> None:
        """Something has come of a job."""
        if answer.job in self.answers:
            self.answers[answer.job] = answer
            self._paint()

    def _paint(self) -> None:
        if self.is_mounted and self.current == self.NAME:
            with self.app.batch_update():
                self._say_state()
                self.paint()

    def _say_state(self) -> None:
        state = "stopped: r looks again" if self.given_up else standing(self.asked, self.answers) or self.checking
        for line in self.query(".state").results(Static):
            line.display = bool(state)
            if line.content != (content := Content(state)):
                line.update(content)

    def watch_subject(self) -> None:
        self.look()

    def watch_others(self) -> None:
        self.look()

    def watch_passage(self) -> None:
        self.look()

    def watch_current(self) -> None:
        self.look()

    def watch_copies(self) -> None:
        self._paint()

    def watch_checking(self) -> None:
        self._paint()

    def watch_view(self) -> None:
        """The run has gone on; only some parts care."""
