"""What the microscope's tests share: a host whose models answer by a function, and ways to get there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event

from textual.events import Paste
from textual.pilot import Pilot

from rnnlab.dialogue import Answered, Answering, AnyPiece, Found, Question, Refused
from rnnlab.errors import RunError
from rnnlab.findings import AnyFinding
from rnnlab.hosts.fake import FakeConsole
from rnnlab.tui.microscope.asking import Answer, Job
from rnnlab.tui.microscope.screen import MicroscopeScreen
from tests.tui.desks import DeskHost, ready, recording, until
from tests.tui.runs import screen_text

RUN, OTHER = "gru-256-calm-otter", "rnn-64-old-newt"

Model = Callable[[str, Question], Sequence[AnyFinding | AnyPiece]]
"""A run and a question in, what its model finds out."""


class AskedConsole(FakeConsole):
    """Answers by the host's function; what it cannot answer at once waits for `release`."""

    def __init__(self, host: ModelHost, run: str) -> None:
        super().__init__({})
        self._host = host
        self._run = run

    def ask(self, question: Question) -> None:
        self._host.questions.append((self._run, question))
        found = self._host.model(self._run, question)
        pieces = [each if isinstance(each, AnyPiece) else Found(finding=each) for each in found]
        if not pieces or not isinstance(pieces[-1], Refused | Answered):
            pieces.append(Answered(tokens=0, seconds=0.1, cause="probed"))
        step = 0 if question.at == "0" else 600
        who = Answering(run=self._run, step=step, split="validation", perplexity=8.5, seed=0)
        self._pieces.extend((who, *pieces))

    def read(self, timeout: float) -> tuple[AnyPiece, ...]:
        if self._host.held:
            self._host.thinking.wait(timeout)
            return ()
        return super().read(timeout)

    def close(self) -> None:
        super().close()
        self._host.closed.append(self._run)
        self._host.may_end.wait(20)


class ModelHost(DeskHost):
    """Two runs whose models are a function."""

    def __init__(self, model: Model) -> None:
        super().__init__([recording(RUN, made=2.0), recording(OTHER, state="finished")])
        self.model = model
        self.questions: list[tuple[str, Question]] = []
        self.closed: list[str] = []
        self.held = False
        """Whether models think for ever."""
        self.thinking = Event()
        self.may_end = Event()
        """Whether processes end when they are to."""
        self.may_end.set()
        self.broken = False

    def console(self, run: str) -> AskedConsole:
        if self.broken:
            raise RunError("the generator could not be started: there is no memory left")
        return AskedConsole(self, run)


def answer(question: Question, *findings: AnyFinding, run: str = RUN, part: str = "lens") -> Answer:
    """A whole answer to a question."""
    return Answer(job=Job(part, run, question), findings=findings, cause="probed")


def microscope(pilot: Pilot) -> MicroscopeScreen:
    screen = next(screen for screen in pilot.app.screen_stack if isinstance(screen, MicroscopeScreen))
    return screen


def complaints(pilot: Pilot) -> str:
    """What was said in passing."""
    return " ".join(notification.message for notification in pilot.app._notifications)


async def paste(pilot: Pilot, text: str) -> None:
    """Put a text into the focused field, as a terminal does."""
    pilot.app.post_message(Paste(text))
    await pilot.pause()


async def open_at(pilot: Pilot, part: int) -> MicroscopeScreen:
    """Open the microscope at a part, and wait until it has a passage."""
    await ready(pilot)
    await pilot.press("f6")
    await until(pilot, lambda: isinstance(pilot.app.screen, MicroscopeScreen) and pilot.app.screen.passage)
    await pilot.press(str(part))
    await pilot.pause()
    return microscope(pilot)


async def answered(pilot: Pilot) -> None:
    """Wait until all is answered: until then a line says how far it is, and what stands above it is a row shorter."""
    await until(pilot, lambda: "looking" not in screen_text(pilot.app))
