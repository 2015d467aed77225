"""`GeneratePane`: a console on the selected run: a prefix is typed, and the model writes on.

It posts what is asked and shows the pieces that it is fed; it never fetches, and must not know hosts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Input, Static

from rnnlab.dialogue import Answered, Answering, AnyPiece, Prompt, Refused, Turn, Wrote
from rnnlab.errors import SpecError
from rnnlab.hosts.values import RunSummary
from rnnlab.text.visible import visible
from rnnlab.tui import keys
from rnnlab.tui.answer import Answer, stamp, unknown_note
from rnnlab.tui.draft import show
from rnnlab.tui.history import History
from rnnlab.tui.pane import Pane
from rnnlab.tui.safe import plain
from rnnlab.tui.sample_settings import SETTINGS, SampleSettings
from rnnlab.tui.stream import TextStream

TURNS = 200
"""The newest turns of a transcript that are shown."""

_TYPE = "type a beginning; Enter, and the model writes on"
_NO_RUN = "no run yet: Enter in Model (F3) trains one"
_WAITING, _STOPS, _WRITES = "waiting for the model · Esc stops", "Esc stops", "Enter writes on"


class GeneratePane(Pane):
    """Questions to one run's model, and its answers."""

    HELP = "The same seed at the same step writes the same text. Seed 0 takes a new one each time."
    BINDINGS: ClassVar[list[BindingType]] = keys.of("generate")
    DEFAULT_CSS = """
    GeneratePane {
        & > TextStream { height: 1fr; }
        & > #message { height: auto; max-height: 2; color: $text-muted; }
        & > #message.-wrong { color: #ffaf00; }
        & > #ask { height: 1; }
        & > #ask > Static { width: 2; color: #5fd7ff; text-style: bold; }
        & > #ask > Input { background: transparent; background-tint: transparent; width: 1fr; }
    }
    """

    run: var[RunSummary | None] = var(None)
    """Whose model writes."""

    @dataclass
    class Asked(Message):
        """A person wants a prefix written on."""

        prompt: Prompt

    class Stopped(Message):
        """A person wants the answer that is being written to end; what is there stays."""

    @dataclass
    class Turned(Message):
        """An answer ended: what a transcript keeps of it."""

        turn: Turn

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._history = History()
        self._answer: Answer | None = None
        self._waiting: deque[Prompt] = deque()

    def compose(self) -> ComposeResult:
        yield TextStream()
        yield Static(id="message")
        yield SampleSettings()
        with Horizontal(id="ask"):
            yield Static("›", markup=False)
            yield Input(placeholder=_NO_RUN, compact=True, select_on_focus=False, max_length=4096)

    def on_mount(self) -> None:
        self.ready = True
        self.entry.cursor_blink = False  # a cursor that blinks is sent twice a second, over ssh too
        self._say("")
        self._begin_with(self.run)
        self._title()

    @property
    def entry(self) -> Input:
        """The line a prefix is typed in."""
        return self.query_one("#ask > Input", Input)

    @property
    def console(self) -> dict[str, Any]:
        """What the next visit wants to find again: the prefix and the settings."""
        return {"prefix": self.entry.value, "settings": self.query_one(SampleSettings).values}

    def restore(self, console: Mapping[str, Any]) -> None:
        """Take up what `console` gave, in this version or another."""
        prefix, settings = console.get("prefix"), console.get("settings")
        if isinstance(prefix, str) and visible(prefix) == prefix:
            self.entry.value = prefix
        if isinstance(settings, dict):
            texts = {path: text for path, text in settings.items() if isinstance(text, str) and visible(text) == text}
            self.query_one(SampleSettings).values = texts
            self.query_one(SampleSettings).touched = bool(texts)

    def begin(self, prompt: Prompt) -> None:
        """A question was asked; its pieces will come, after those of one that is still being answered."""
        self._history.add(prompt.prefix)
        self._waiting.append(prompt)
        if self._answer is None:
            self._next()

    def feed(self, pieces: Iterable[AnyPiece]) -> None:
        """Some more of the answer; texts that come together are painted at once."""
        texts: list[str] = []
        for piece in pieces:
            if self._answer is None:
                return
            if isinstance(piece, Wrote):
                self._answer.take(piece)
                texts.append(piece.text)
                continue
            self._write(texts)
            self._take(piece)
        self._write(texts)

    def load(self, turns: Iterable[Turn]) -> None:
        """Show an earlier transcript instead of what is there, its end in sight."""
        stream = self.query_one(TextStream)
        stream.clear()
        for turn in list(turns)[-TURNS:]:
            self._history.add(turn.prefix)
            self._open(turn.prefix)
            stream.write(turn.text, "text")
            stream.write("\n" + visible(stamp(turn)), "stamp")
        stream.to_end()

    def watch_run(self, before: RunSummary | None, run: RunSummary | None) -> None:
        if not self.ready or (before and before.id) == (run and run.id):
            return
        self._waiting.clear()
        if self._answer is not None:
            self._finish("stopped")
        self._begin_with(run)
        self._title()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "stop" or self._answer is not None

    def action_stop(self) -> None:
        self.post_message(self.Stopped())

    def action_settings(self) -> None:
        self.query_one(SampleSettings).go_to(next(iter(SETTINGS)))

    def action_recall(self, by: int) -> None:
        if not self.entry.has_focus:
            raise SkipAction
        self.entry.value = self._history.recall(by, self.entry.value)
        self.entry.cursor_position = len(self.entry.value)

    def action_page(self, by: int) -> None:
        stream = self.query_one(TextStream)
        stream.scroll_relative(y=by * max(1, stream.size.height - 1), animate=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._ask(event.value)

    def on_sample_settings_said(self, event: SampleSettings.Said) -> None:
        self._say(event.text, event.wrong)

    def on_sample_settings_left(self) -> None:
        self.entry.focus()

    def _ask(self, prefix: str) -> None:
        settings = self.query_one(SampleSettings)
        if self.run is None:
            self._say(_NO_RUN, wrong=True)
            return
        try:
            sample = settings.sample()
        except SpecError as error:
            settings.go_to(error.field)
            self._say(str(error), wrong=True)
            return
        self._say("")
        self.entry.action_select_all()
        self.post_message(self.Asked(Prompt(prefix=prefix, sample=sample)))

    def _begin_with(self, run: RunSummary | None) -> None:
        """Take up how a run wants to be drawn from, where nobody has set it otherwise."""
        settings = self.query_one(SampleSettings)
        if run is not None and not settings.touched:
            sample = run.spec.sample
            settings.values = {path: show(field, getattr(sample, field.name)) for path, field in SETTINGS.items()}

    def _next(self) -> None:
        """Turn to the next question, or to none."""
        self._answer = Answer(self._waiting.popleft()) if self._waiting else None
        stream = self.query_one(TextStream)
        if self._answer is not None:
            self._open(self._answer.prompt.prefix)
            stream.to_end()
        stream.writing = self._answer is not None
        self._title()
        self.refresh_bindings()

    def _open(self, prefix: str) -> None:
        stream = self.query_one(TextStream)
        stream.write(prefix if stream.empty else f"\n\n{prefix}", "prefix")

    def _write(self, texts: list[str]) -> None:
        if texts:
            self.query_one(TextStream).write("".join(texts), "text")
            texts.clear()

    def _take(self, piece: AnyPiece) -> None:
        if isinstance(piece, Answered):
            self._finish(piece.cause, piece)
            self._next()
        elif isinstance(piece, Refused):
            self.query_one(TextStream).write(f"\n{piece.message}", "bad")
            self._next()
        elif isinstance(piece, Answering) and self._answer is not None:
            self._answer.take(piece)
            self._say(unknown_note(piece.unknown), wrong=True)
            self._title()

    def _finish(self, cause: str, answered: Answered | None = None) -> None:
        """Put the stamp under the answer and give it away."""
        answer, self._answer = self._answer, None
        turn = answer.turn(cause) if answer else None
        stream = self.query_one(TextStream)
        stream.writing = False
        if answer and answer.who and turn:
            for text, role in ((unknown_note(answer.who.unknown), "note"), (stamp(turn, answered), "stamp")):
                if text:
                    stream.write("\n" + visible(text), role)
            self.post_message(self.Turned(turn))

    def _say(self, text: str, wrong: bool = False) -> None:
        """One line above the settings, or none."""
        message = self.query_one("#message", Static)
        message.display = bool(text)
        message.set_class(wrong, "-wrong")
        message.update(plain(text))

    def _title(self) -> None:
        name = visible(self.run.id) if self.run else ""
        self.border_title = Content(" · ".join(filter(None, (keys.title("generate"), name))))
        answering = _STOPS if self._answer and self._answer.who else _WAITING
        self.border_subtitle = Content(answering if self._answer else _WRITES if self.run else "")
        self.entry.placeholder = _TYPE if self.run else _NO_RUN
