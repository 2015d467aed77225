"""How far back the model remembers: gradients and context, trained and untrained. It must not know hosts."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Static

from rnnlab.dialogue import MeasureMemory
from rnnlab.tui import keys
from rnnlab.tui.microscope import memory_view
from rnnlab.tui.microscope.asking import UNTRAINED, Answer, Job, Subject
from rnnlab.tui.microscope.curves_widget import Curves
from rnnlab.tui.microscope.part import Part


class MemoryPart(Part):
    """Two pictures side by side."""

    NAME = "memory"
    BINDINGS = keys.of("memory")
    DEFAULT_CSS = """
    MemoryPart {
        & > Horizontal { height: 1fr; }
        & > Horizontal > Curves { width: 1fr; margin-right: 1; }
        & > #memory-told { height: auto; max-height: 4; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    cells: var[bool] = var(False)
    """Whether an LSTM's memory cells are looked at, not its hidden state."""

    can_focus = True

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Curves(id="gradients")
            yield Curves(id="contexts")
        yield Static(id="memory-told")
        yield Static(classes="state")
        yield self.about()

    @property
    def entry(self) -> Widget:
        return self

    def jobs(self) -> tuple[Job, ...]:
        if self.subject is None:
            return ()
        untrained = Subject(self.subject.run, UNTRAINED)
        subjects = dict.fromkeys((self.subject, untrained, *self.others))
        return tuple(Job(self.NAME, each.run, MeasureMemory(at=each.at)) for each in subjects)

    def paint(self) -> None:
        found = self._found
        cells = self.cells and memory_view.has_cells(found)
        gradients = memory_view.gradients(found, cells=cells)
        self.query_one("#gradients", Curves).show(gradients, memory_view.gradient_axes(cells=cells))
        self.query_one("#contexts", Curves).show(memory_view.contexts(found), memory_view.CONTEXT)
        told = memory_view.told(found)
        say_lines(self.query_one("#memory-told", Static), told)
        self.refresh_bindings()

    @property
    def _found(self) -> list[Answer]:
        return [self.answers[job] for job in self.asked]

    def watch_cells(self) -> None:
        self._paint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "cells" or memory_view.has_cells(self._found)

    def action_cells(self) -> None:
        self.cells = not self.cells


def say_lines(line: Static, texts: list[str]) -> None:
    """Put lines into a text whose height is theirs."""
    line.display = bool(texts)
    if line.content != (content := Content("\n".join(texts))):
        line.update(content)
