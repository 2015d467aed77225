"""`GeneratePane`: a console on the selected run, and on others beside it: a beginning is typed, and models write on.

This half is what one types in and how tokens are drawn; `composing` is what is done with the texts. It must not know
hosts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from rnnlab.dialogue import Turn
from rnnlab.errors import SpecError
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import SampleSpec
from rnnlab.text.visible import visible
from rnnlab.transcript import Place, place_of
from rnnlab.tui import keys, said
from rnnlab.tui.branches import COPIED
from rnnlab.tui.composing import NO_RUN, Composing
from rnnlab.tui.entry import Entry
from rnnlab.tui.history import History
from rnnlab.tui.lane import Lane
from rnnlab.tui.microscope.asking import Subject
from rnnlab.tui.picking import Bars
from rnnlab.tui.safe import plain
from rnnlab.tui.sample_settings import SampleSettings


class GeneratePane(Composing):
    """Questions to one run's model, and to others beside it, and their answers."""

    HELP = keys.ABOUT["generate"]
    BINDINGS: ClassVar[list[BindingType]] = keys.of("generate")
    DEFAULT_CSS = """
    GeneratePane {
        & > #lanes { height: 1fr; }
        & > #message { height: auto; max-height: 2; color: $text-muted; }
        & > #message.-wrong { color: #ffaf00; }
        & > #ask { height: auto; }
        & > #ask > Static { width: 2; color: #5fd7ff; text-style: bold; }
    }
    """

    class Stopped(Message):
        """A person wants the answers that are being written to end; what is there stays."""

    @dataclass
    class Kept(Message):
        """A person wants a text put where other programs find it."""

        name: str
        text: str

    class BranchesWanted(Message):
        """A person wants to see all that was written."""

    @dataclass
    class BesideWanted(Message):
        """A person wants to choose who writes beside the selected run."""

        beside: tuple[Subject, ...]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._history = History()
        self._last_place: Place | None = None
        """Where a person stood at the last visit, until the transcript is there."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="lanes"):
            yield Lane(0)
        yield Static(id="message")
        yield Bars()
        yield SampleSettings()
        with Horizontal(id="ask"):
            yield Static("›", markup=False)
            yield Entry()

    def on_mount(self) -> None:
        self.ready = True
        self.say("")
        self._begin_with(self.run)
        self.changed()

    @property
    def entry(self) -> Entry:
        """Where a beginning is typed."""
        return self.query_one(Entry)

    @property
    def settings(self) -> SampleSettings:
        return self.query_one(SampleSettings)

    @property
    def console(self) -> dict[str, Any]:
        """What the next visit wants to find again: what is typed, the settings, and the place in the text."""
        place = self.place or self._last_place
        kept = {"place": [place.turn, place.tokens]} if place else {}
        return {"prefix": self.entry.value, "settings": self.settings.values, **kept}

    def restore(self, console: Mapping[str, Any]) -> None:
        """Take up what `console` gave, in this version or another."""
        prefix, settings, place = console.get("prefix"), console.get("settings"), console.get("place")
        if isinstance(prefix, str) and visible(prefix, lines=True) == prefix:
            self.entry.value = prefix
        if isinstance(settings, dict):
            self.settings.restore({path: text for path, text in settings.items() if isinstance(text, str)})
        self._last_place = place_of(place)

    def load(self, turns: Iterable[Turn]) -> None:
        """Take up an earlier transcript, and the place in it."""
        place, self._last_place = self._last_place, None
        self.take_up(turns, place)
        for turn in self.texts.turns.values():
            self._history.add(turn.prefix)

    def watch_run(self, before: RunSummary | None, run: RunSummary | None) -> None:
        if not self.ready or (before and before.id) == (run and run.id):
            return
        self.leave_picking()
        self.lane.end()
        self._begin_with(run)
        self.changed()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.ready:
            return True
        if action == "stop":
            return self.busy or bool(self.picking)
        if action in ("again", "blank", "copy"):
            return self.place is not None and not self.busy
        return action != "add" or bool(self.place and self.entry.value)

    def action_stop(self) -> None:
        if self.busy:
            self.post_message(self.Stopped())
        else:
            self.leave_picking()

    def action_settings(self) -> None:
        self.settings.begin()

    def action_usual(self) -> None:
        self.settings.touched = False
        self._begin_with(self.run)
        self.say("")

    def action_recall(self, by: int) -> None:
        if not self.entry.has_focus:
            raise SkipAction
        self.entry.value = self._history.recall(by, self.entry.value)

    def action_page(self, by: int) -> None:
        for lane in self.lanes:
            lane.stream.scroll_relative(y=by * max(1, lane.stream.size.height - 1), animate=False)

    def action_new_line(self) -> None:
        self.entry.insert("\n")

    def action_add(self) -> None:
        if self.go_on(self.entry.value):
            self._taken()

    def action_step(self, by: int) -> None:
        if not self.entry.has_focus or self.entry.value:
            raise SkipAction
        self.say("")
        self.step(by)

    def action_choose(self) -> None:
        """See what could come next and choose, or be done with choosing."""
        if self.picking is not None:
            self.leave_picking()
        elif self.run is None:
            self.say(NO_RUN, wrong=True)
        elif self.free():
            self.say("")
            self.start_picking(self._taken())

    def action_beside(self) -> None:
        if self.run is None:
            self.say(NO_RUN, wrong=True)
        elif self.free():
            self.post_message(self.BesideWanted(self.beside))

    def action_branches(self) -> None:
        if self.free():
            self.leave_picking()
            self.post_message(self.BranchesWanted())

    def action_copy(self) -> None:
        if self.place:
            self.post_message(self.Kept(COPIED, self.texts.text(self.place)))

    def on_entry_sent(self, event: Entry.Sent) -> None:
        event.stop()
        if self.run is None:
            self.say(NO_RUN, wrong=True)
        elif self.picking is not None:
            self._send_picking(event.text)
        elif self.begin(event.text) if event.text else self.go_on():
            self._taken()

    def _send_picking(self, text: str) -> None:
        """Where one chooses: one's own text is chosen, nothing lets the model go on."""
        self.say("")
        if not text:
            self.go_on_picking()
        elif self.picking is not None and self.free():
            self.pick(self.picking, self._taken())

    def on_entry_picked(self, event: Entry.Picked) -> None:
        event.stop()
        picked = self.picking.picked(event.index) if self.picking and not self.busy else None
        if picked is not None:
            self.pick(picked)

    def on_entry_refused(self, event: Entry.Refused) -> None:
        event.stop()
        self.say(event.reason, wrong=True)

    def on_text_area_changed(self) -> None:
        self.border_subtitle = Content(self._standing())
        self.refresh_bindings()

    def on_sample_settings_said(self, event: SampleSettings.Said) -> None:
        self.say(event.text, event.wrong)

    def on_sample_settings_left(self) -> None:
        self.entry.focus()

    def give_back(self, typed: str) -> None:
        if not self.entry.value:
            self.entry.value = typed

    def sample(self) -> SampleSpec:
        return self.settings.sample()

    def wrong_setting(self, error: SpecError) -> None:
        self.settings.go_to(error.field)
        self.say(str(error), wrong=True)

    def _taken(self) -> str:
        """What is typed; the field is free again."""
        text, self.entry.value = self.entry.value, ""
        self._history.add(text)
        return text

    def _begin_with(self, run: RunSummary | None) -> None:
        self.settings.begin_with(run.spec.sample if run else SampleSpec())

    def say(self, text: str, wrong: bool = False) -> None:
        """One line above the settings, or none."""
        message = self.query_one("#message", Static)
        message.display = bool(text)
        message.set_class(wrong, "-wrong")
        message.update(plain(text))

    @property
    def _states(self) -> dict[str, bool]:
        return {"choosing": self.picking is not None, "after_text": self.place is not None}

    def _standing(self) -> str:
        """What happens, or what the most natural keys would do."""
        if writing := [lane.answer for lane in self.lanes if lane.answer and lane.stream.writing]:
            return said.writing(begun=all(answer.who for answer in writing))
        return said.standing(**self._states, typed=bool(self.entry.value)) if self.run or self.place else ""

    def changed(self) -> None:
        name = visible(self.run.id) if self.run else ""
        self.border_title = Content(" · ".join(filter(None, (keys.title("generate"), name))))
        self.border_subtitle = Content(self._standing())
        self.entry.placeholder = said.invitation(**self._states) if self.run else NO_RUN
        self.entry.picking = self.picking is not None
        self.query_one(Bars).display = self.picking is not None
        for lane in self.lanes:
            lane.title((lane.subject.name if lane.subject else f"{name}, newest") if self.beside else "")
        self.refresh_bindings()
