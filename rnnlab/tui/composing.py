"""The generate pane's half about texts: the tree of branches, where one stands in it, the models' sides, and choosing.

It posts what is asked and shows the pieces that it is fed; it never fetches, and must not know hosts, nor where what is
asked was typed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from textual.message import Message
from textual.reactive import var

from rnnlab.dialogue import AnyPiece, Question, Turn
from rnnlab.errors import SpecError
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import SampleSpec
from rnnlab.transcript import CHOSEN, Place, Tree
from rnnlab.tui.answer import Asking, ask
from rnnlab.tui.lane import Lane
from rnnlab.tui.microscope.asking import NEWEST, Subject
from rnnlab.tui.pane import Pane
from rnnlab.tui.picking import Bars, Picking, picking

BESIDE = 3
"""Models that write beside the selected run's."""
TURNS, SPARE = 2000, 20
"""Turns that a visit begins with, and how many more come before the oldest leave memory; the transcript has all."""
NO_RUN = "no run yet: Enter in Model (F3) trains one"
_SEEDS = 99_999
_BUSY = "it is still writing: Esc stops it"


class Composing(Pane):
    """Texts that models write on, and what a person does with them."""

    run: var[RunSummary | None] = var(None)
    """Whose model writes."""

    @dataclass
    class Asked(Message):
        """A person wants a model to write, or to know what could come next."""

        lane: int
        subject: Subject
        question: Question

    @dataclass
    class Turned(Message):
        """An answer ended: what a transcript keeps of it."""

        turn: Turn

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.texts = Tree()
        """All that was written, as branches."""
        self.picking: Picking | None = None
        """The text that is being chosen token by token."""

    @property
    def lanes(self) -> list[Lane]:
        """The selected run's side, and then those beside it."""
        return list(self.query(Lane))

    @property
    def lane(self) -> Lane:
        """The selected run's side."""
        return self.query(Lane).first()

    @property
    def place(self) -> Place | None:
        """Where one stands in the selected run's text."""
        return self.lane.place

    @property
    def busy(self) -> bool:
        return any(lane.busy for lane in self.lanes)

    @property
    def beside(self) -> tuple[Subject, ...]:
        return tuple(lane.subject for lane in self.lanes if lane.subject is not None)

    def sample(self) -> SampleSpec:
        """How tokens are drawn; raises SpecError."""
        raise NotImplementedError

    def say(self, text: str, wrong: bool = False) -> None:
        """Tell a person something in a line."""
        raise NotImplementedError

    def wrong_setting(self, error: SpecError) -> None:
        """Tell a person which setting is wrong."""
        raise NotImplementedError

    def changed(self) -> None:
        """What can be done now may be something else."""
        raise NotImplementedError

    def give_back(self, typed: str) -> None:
        """Let a person mend what was typed."""
        raise NotImplementedError

    def feed(self, pieces: Iterable[AnyPiece], lane: int = 0) -> None:
        """Some more of an answer."""
        for side in self.lanes:
            if side.number == lane:
                side.feed(pieces)

    def take_up(self, turns: Iterable[Turn], place: Place | None) -> None:
        """Show an earlier transcript, and stand at a place in it."""
        self.texts = Tree.of(turns)
        self.lane.load(self.texts)
        turn = self.texts.turns.get(place.turn) if place else None
        if place and turn and 0 <= place.tokens <= len(turn.tokens):
            self.lane.show(self.texts, place)
        self.changed()

    def go_to(self, place: Place) -> None:
        """Stand at a place in an earlier text."""
        if self.free():
            self.leave_picking()
            self.lane.place = None
            self.lane.show(self.texts, place)
            self.changed()

    async def put_beside(self, subjects: Sequence[Subject]) -> None:
        """Let these write beside the selected run."""
        for lane in self.lanes[1:]:
            lane.end()
            await lane.remove()
        sides = [Lane(number, subject, self.lane.copies) for number, subject in enumerate(subjects[:BESIDE], 1)]
        await self.query_one("#lanes").mount(*sides)
        self.changed()

    def free(self) -> bool:
        """Whether nobody writes; where somebody does, that is said."""
        if self.busy:
            self.say(_BUSY, wrong=True)
        return not self.busy

    def begin(self, typed: str) -> bool:
        """Begin a text; whether that could be asked."""
        return self._write(typed, [None for _ in self.lanes])

    def go_on(self, typed: str = "") -> bool:
        """Go on with the text where one stands, after what is added to it; whether that could be asked."""
        if not self.place:
            return self.begin(typed)
        return self.free() and self._write(typed, [lane.place or self.place for lane in self.lanes])

    def go_on_picking(self) -> None:
        """Let the model go on after what was chosen."""
        sample = self._checked()
        if self.picking is not None and sample is not None and self.free():
            self._put(self.lane, self.picking.go_on(sample))

    def action_again(self) -> None:
        """The last answer anew, with another seed: a branch beside it."""
        turns = [self.texts.turns.get((lane.place or self.place or Place("", 0)).turn) for lane in self.lanes]
        if turns[0] is not None and self.free():
            before = [Place(turn.parent, turn.kept) if turn and turn.parent else None for turn in turns]
            self._write(turns[0].prefix, before, anew=True)

    def action_blank(self) -> None:
        """Be done with the text: what is typed next begins another."""
        if self.free():
            self.leave_picking()
            for lane in self.lanes:
                lane.place = None
            self.changed()

    def step(self, by: int) -> None:
        """One token back in the text, or on again; where one chooses, what was chosen last is undone."""
        if not self.free():
            return
        if self.picking is not None and by < 0 and (undone := self.picking.undone()):
            self.pick(undone)
            return
        for lane in self.lanes:
            self._step(lane, by)
        if self.picking is not None and self.picking.place != self.place:
            self.pick(picking(self.texts, self.place, self.picking_run))

    def _step(self, lane: Lane, by: int) -> None:
        place = lane.place and (self.texts.back(lane.place) if by < 0 else self.texts.forward(lane.place))
        if place:
            lane.show(self.texts, place)
        elif lane.place:
            self.say("the text begins here" if by < 0 else "the text ends here: Enter goes on")

    @property
    def picking_run(self) -> str:
        """The run that one chooses with."""
        return self.run.id if self.run else ""

    def start_picking(self, typed: str) -> None:
        """See what could come next where one stands, or after a beginning."""
        self.pick(picking(self.texts, None if typed else self.place, self.picking_run), typed)

    def pick(self, picked: Picking, typed: str = "") -> None:
        """Show what is chosen, and ask what could come after it."""
        self.picking = picked
        self._show_picks(picked, typed)
        self._put(self.lane, picked.peek(self.texts, typed))

    def _show_picks(self, picked: Picking, typed: str = "") -> None:
        self.query_one(Bars).choices = picked.choices
        self.lane.draft(self.texts, picked.place, picked.typed + typed)

    def leave_picking(self) -> None:
        """Be done with choosing; what was chosen is a branch."""
        picked, self.picking = self.picking, None
        if picked is None:
            return
        if (answer := picked.kept()) and (turn := answer.turn(CHOSEN)):
            self._keep(turn)
            self.lane.show(self.texts, self.texts.end(turn.id))
        elif picked.place:
            self.lane.show(self.texts, picked.place)
        self.changed()

    def on_lane_told(self, event: Lane.Told) -> None:
        event.stop()
        self.say(event.text, event.wrong)

    def on_lane_went(self) -> None:
        self.changed()

    def on_lane_refused(self, event: Lane.Refused) -> None:
        event.stop()
        self.give_back(event.typed)
        if self.picking is not None and self.picking.who is not None:
            self._show_picks(self.picking)
        elif self.picking is not None:
            self.leave_picking()

    def on_lane_peeked(self, event: Lane.Peeked) -> None:
        event.stop()
        if self.picking is not None and event.answer.asking.place == self.picking.place:
            self.picking = self.picking.answered(event.answer)
            self._show_picks(self.picking)

    def on_lane_turned(self, event: Lane.Turned) -> None:
        event.stop()
        self._keep(event.turn)
        if self.picking is not None and event.lane is self.lane:
            self.pick(picking(self.texts, self.texts.end(event.turn.id), self.picking_run))

    def _keep(self, turn: Turn) -> None:
        self.texts = self.texts.added(turn)
        if len(self.texts.turns) > TURNS + SPARE:
            self.texts = self.texts.newest(TURNS)
            for lane in self.lanes:
                lane.place = lane.place if lane.place and lane.place.turn in self.texts.turns else None
        self.post_message(self.Turned(turn))

    def _checked(self) -> SampleSpec | None:
        """How tokens are drawn; None, and it is said, where that is wrong."""
        try:
            return self.sample()
        except SpecError as error:
            self.wrong_setting(error)
            return None

    def _write(self, typed: str, places: Sequence[Place | None], anew: bool = False) -> bool:
        """Ask every side to write after what is typed at its place; whether that could be asked."""
        sample = self._checked()
        if self.run is None or sample is None:
            return False
        self.say("")
        fresh = bool(typed) or places[0] is None
        # One seed for all that write side by side.
        if anew or (fresh and not sample.seed and len(self.lanes) > 1):
            sample = msgspec.structs.replace(sample, seed=secrets.randbelow(_SEEDS) + 1)
        for lane, place in zip(self.lanes, places, strict=True):
            subject = lane.subject or Subject(self.run.id)
            self._put(lane, ask(self.texts, place, typed, sample, subject.run, subject.at))
        return True

    def _put(self, lane: Lane, asking: Asking) -> None:
        lane.begin(asking, self.texts)
        self.post_message(self.Asked(lane.number, lane.subject or Subject(self.picking_run, NEWEST), asking.question))
