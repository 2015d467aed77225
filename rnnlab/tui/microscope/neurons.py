"""The neuron bench: a text coloured by one unit, units by hypothesis, a unit held. It must not know hosts."""

from __future__ import annotations

import msgspec
from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Input, Static

from rnnlab.dialogue import RankUnits, WatchUnit
from rnnlab.findings import UnitScore
from rnnlab.specs.model import ModelSpec
from rnnlab.tui import keys
from rnnlab.tui.microscope import neurons_view
from rnnlab.tui.microscope.asking import Answer, Job
from rnnlab.tui.microscope.marked import FixedText, MarkedText
from rnnlab.tui.microscope.neurons_view import FREE, HOLDS, Unit
from rnnlab.tui.microscope.part import Part
from rnnlab.tui.pane import say
from rnnlab.tui.table import Column, Table

_COLUMNS = (
    Column("unit"),
    Column("tells it", 9, right=True),
    Column("chosen by", 9, right=True),
    Column("if not", 7, right=True),
    Column("if so", 7, right=True),
)


HOLDABLE = "hidden"
"""The part of a cell whose units can be held while the model writes."""


class NeuronsPart(Part):
    """The passage by one unit; below it the ranking, and what the model writes with the unit held."""

    NAME = "neurons"
    BINDINGS = keys.of("neurons")
    DEFAULT_CSS = """
    NeuronsPart {
        & > #unit { height: 1; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis; }
        & > #unit-text { height: 1fr; min-height: 3; }
        & > #ranking-title { height: 1; color: $text-muted; display: none; text-wrap: nowrap; text-overflow: ellipsis; }
        & > #ranking { height: 5; display: none; }
        & > #free, & > #held { height: 3; display: none; }
        &.-ranked > #ranking, &.-ranked > #ranking-title { display: block; }
        &.-held > #free, &.-held > #held { display: block; }
        &.-held > #ranking { height: 3; }
        & > Input { background: $panel; background-tint: transparent; }
    }
    """

    unit: var[Unit] = var(Unit())
    hypothesis: var[RankUnits | None] = var(None)
    hold: var[str] = var(FREE)
    """At what the unit is held while the model writes."""
    _seeks = False
    """Whether a hypothesis was typed whose best unit was not gone to yet."""

    def compose(self) -> ComposeResult:
        yield Static(id="unit")
        yield MarkedText(ends=True, id="unit-text")
        yield Static(id="ranking-title")
        yield Table(_COLUMNS, neurons_view.ranking_row, id="ranking")
        yield FixedText(id="free")
        yield FixedText(id="held")
        yield Input(placeholder="/ a hypothesis: a regular expression, quotes, or line", compact=True, id="hypothesis")
        yield Static(classes="state")
        yield self.about()

    @property
    def entry(self) -> Widget:
        return self.query_one("#unit-text")

    @property
    def spec(self) -> ModelSpec | None:
        """The model whose units these are."""
        return self.view.summary.spec.model if self.view and self.view.summary else None

    def jobs(self) -> tuple[Job, ...]:
        if self.subject is None or not self.passage or self.spec is None:
            return ()
        run, at, unit = self.subject.run, self.subject.at, self.unit
        watch = WatchUnit(text=self.passage, part=unit.part, layer=unit.layer, unit=unit.number, at=at)
        jobs = [Job(self.NAME, run, watch)]
        if self.hypothesis is not None:
            jobs.append(Job(self.NAME, run, msgspec.structs.replace(self.hypothesis, at=at)))
        found = neurons_view.activations(self.answers.get(jobs[0]))
        if found is not None and self.hold != FREE and self.view and self.view.summary:
            sample, prefix = self.view.summary.spec.sample, neurons_view.beginning_of(self.passage)
            prompts = neurons_view.prompts(unit, found, self.hold, prefix, sample, at)
            jobs += [Job(self.NAME, run, prompt) for prompt in prompts]
        return tuple(jobs)

    def hear(self, answer: Answer) -> None:
        super().hear(answer)
        ranking = neurons_view.ranked(answer)
        if self._seeks and answer.over and ranking is not None and ranking.units:
            self._seeks = False
            # The best that can be held too, which a gate cannot.
            best = next((n for n, unit in enumerate(ranking.units) if unit.part == HOLDABLE), 0)
            self.query_one("#ranking", Table).cursor = best
            self._go_to(ranking.units[best])
        # What a unit is held at is known only when it was watched.
        if answer.over and isinstance(answer.job.question, WatchUnit):
            self.look()

    def paint(self) -> None:
        watched = self.answers[self.asked[0]] if self.asked else None
        found, text = neurons_view.activations(watched), self.query_one("#unit-text", MarkedText)
        if found is not None:
            text.show(neurons_view.shaded(found))
        self._headline(text.cursor)
        self._show_ranking()
        self._show_held()

    def _headline(self, cursor: int) -> None:
        found = neurons_view.activations(self.answers[self.asked[0]] if self.asked else None)
        if self.spec is not None:
            head = neurons_view.headline(self.unit, self.spec, found, cursor)
            say(self.query_one("#unit", Static), Content(head))

    def _show_ranking(self) -> None:
        ranking = next(filter(None, map(neurons_view.ranked, self.answers.values())), None)
        self.set_class(ranking is not None, "-ranked")
        table = self.query_one("#ranking", Table)
        if ranking is not None and table.rows != ranking.units:
            table.rows = ranking.units
            say(self.query_one("#ranking-title", Static), Content(neurons_view.ranking_title(ranking)))

    def _show_held(self) -> None:
        found = neurons_view.activations(self.answers[self.asked[0]] if self.asked else None)
        self.set_class(self.hold != FREE, "-held")
        if found is not None and self.hold != FREE and len(self.asked) > 2:
            free, held = (self.answers[job] for job in self.asked[-2:])
            value = neurons_view.held_value(found, self.hold)
            texts = neurons_view.written(free, held, self.hold, value)
            for name, parts in zip(("#free", "#held"), texts, strict=True):
                self.query_one(name, MarkedText).show(parts)

    def watch_view(self) -> None:
        if not self.asked:
            self.look()

    def watch_unit(self) -> None:
        self.look()
        self.refresh_bindings()

    def watch_hypothesis(self) -> None:
        self.look()

    def watch_hold(self) -> None:
        self.look()

    def action_unit(self, by: int) -> None:
        if self.spec is not None:
            self.unit = self.unit.beside(by, self.spec)

    def action_layer(self) -> None:
        if self.spec is not None:
            self.unit = self.unit.higher(self.spec)

    def action_cell_part(self) -> None:
        if self.spec is not None:
            self.hold, self.unit = FREE, self.unit.other(self.spec)

    def action_hypothesis(self) -> None:
        self.query_one(Input).focus()

    def action_hold(self) -> None:
        self.hold = HOLDS[(HOLDS.index(self.hold) + 1) % len(HOLDS)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = self.spec
        if action == "layer":
            return spec is not None and spec.layers > 1
        return action != "hold" or self.unit.part == HOLDABLE

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        before, self.hypothesis = self.hypothesis, neurons_view.hypothesis_of(event.value)
        self._seeks = self.hypothesis not in (None, before)
        if self.hypothesis is not None:
            self.query_one("#ranking").focus()

    def on_table_chosen(self, event: Table.Chosen) -> None:
        event.stop()
        self._go_to(event.table.rows[event.index])

    def _go_to(self, chosen: UnitScore) -> None:
        self.hold, self.unit = FREE, Unit(chosen.part, chosen.layer, chosen.unit)

    def on_marked_text_moved(self, event: MarkedText.Moved) -> None:
        event.stop()
        if event.marked.id == "unit-text":
            self._headline(event.index)
