"""The agreement probe: pairs of sentences that differ in a verb's number alone. It must not know hosts."""

from __future__ import annotations

import functools
from functools import partial

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Input, Static

from rnnlab.dialogue import JudgePairs
from rnnlab.errors import RnnlabError
from rnnlab.text.agreement import Pair, bundled_grammar, pairs, read_pairs
from rnnlab.text.small import read_small
from rnnlab.tui import keys
from rnnlab.tui.aside import reading
from rnnlab.tui.microscope import agreement_view
from rnnlab.tui.microscope.agreement_view import ATTRACTORS, DISTANCE
from rnnlab.tui.microscope.asking import Job
from rnnlab.tui.microscope.curves_widget import Curves
from rnnlab.tui.microscope.part import Part
from rnnlab.tui.safe import plain
from rnnlab.tui.table import Column, Table

EACH = 20
"""Pairs for each number of modifiers and attractors."""


class AgreementPart(Part):
    """A chart of any number of runs, and under it the shares, or a person's own pairs one by one."""

    NAME = "agreement"
    BINDINGS = keys.of("agreement")
    DEFAULT_CSS = """
    AgreementPart {
        & > Curves { height: 1fr; }
        & > #shares { height: auto; max-height: 8; color: $text-muted; }
        & > #shares > Static { width: auto; text-wrap: nowrap; }
        & > #pairs { height: 7; display: none; }
        & > #pairs-file { display: none; }
        &.-asking > #pairs-file { display: block; }
        &.-own > #pairs { display: block; }
        &.-own > #shares { display: none; }
    }
    """

    by: var[str] = var(DISTANCE)
    tests: var[tuple[Pair, ...]] = var(())
    """The pairs; a person's own, or the bundled grammar's."""
    file: var[str] = var("")
    """Where a person's own pairs are from."""

    can_focus = True

    def compose(self) -> ComposeResult:
        yield Curves(id="accuracy")
        with VerticalScroll(id="shares", can_focus=False):
            yield Static(id="shares-text")
        yield Table((Column("margins", 8), Column("right | wrong")), list, id="pairs")
        yield Input(placeholder="path of a file: on each line, right | wrong", compact=True, id="pairs-file")
        yield Static(classes="state")
        yield self.about()

    @property
    def entry(self) -> Widget:
        return self.query_one("#pairs") if self.file else self

    def jobs(self) -> tuple[Job, ...]:
        if self.subject is None:
            return ()
        if not self.tests:
            self.set_reactive(AgreementPart.tests, _bundled())
        texts = tuple((pair.good, pair.bad) for pair in self.tests)
        subjects = dict.fromkeys((self.subject, *self.others))
        return tuple(Job(self.NAME, each.run, JudgePairs(pairs=texts, at=each.at)) for each in subjects)

    def paint(self) -> None:
        answers = [self.answers[job] for job in self.asked]
        self.set_class(bool(self.file), "-own")
        self.query_one("#accuracy", Curves).show(
            agreement_view.accuracy(self.tests, answers, self.by), agreement_view.axes(self.by)
        )
        shares = agreement_view.table(self.tests, answers)
        self.query_one("#shares-text", Static).update(Content("\n".join(shares)))
        if self.file:
            table = self.query_one("#pairs", Table)
            table.columns = (Column("margins", 8 * len(answers)), Column(f"right | wrong, of {self.file}"))
            table.rows = agreement_view.rows(self.tests, answers)

    def watch_by(self) -> None:
        self._paint()

    def watch_tests(self) -> None:
        self.look()

    def action_by(self) -> None:
        self.by = ATTRACTORS if self.by == DISTANCE else DISTANCE

    def action_own_pairs(self) -> None:
        self.add_class("-asking")
        self.query_one("#pairs-file").focus()

    def action_grammar(self) -> None:
        """Back to the grammar's pairs."""
        self.file, self.tests = "", _bundled()
        self.entry.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "grammar" or bool(self.file)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.run_worker(partial(self._open, event.value.strip()), group="pairs", exclusive=True)

    async def _open(self, path: str) -> None:
        try:
            found = read_pairs(await reading(read_small, path))
        except RnnlabError as error:
            self.notify(plain(str(error)).plain, severity="error", markup=False)
            return
        self.remove_class("-asking")
        self.file, self.tests = path, found
        self.entry.focus()


@functools.cache
def _bundled() -> tuple[Pair, ...]:
    return tuple(pairs(bundled_grammar(), each=EACH))
