"""The list of what a run can be held against: other runs, or its own weights at other times. It must not know hosts."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from rnnlab.hosts.values import RunSummary
from rnnlab.tui import keys
from rnnlab.tui.dialog import Dialog
from rnnlab.tui.figures import count
from rnnlab.tui.microscope.asking import BEST, NEWEST, UNTRAINED, Subject
from rnnlab.tui.table import Column, Table

_FACTS, _ROOM = 26, 56
"""Cells of what is said of each run, and from which width on it is."""


def choices(runs: Sequence[RunSummary], subject: Subject) -> tuple[Subject, ...]:
    """What can be held against a subject: its own run first, then the others, newest first.

    A run that ended before it began has no weights.
    """
    own = [Subject(subject.run, at) for at in (UNTRAINED, BEST, NEWEST) if at != subject.at]
    others = [run.id for run in runs if run.id != subject.run and (run.live or run.began)]
    return (*own, *(Subject(run, at) for run in others for at in (NEWEST, BEST, UNTRAINED)))


class AgainstScreen(Dialog[tuple[Subject, ...]]):
    """Dismissed with what was chosen, in the order of choosing."""

    BINDINGS = keys.of("against")
    DEFAULT_CSS = """
    AgainstScreen {
        & > Vertical {
            width: 72; max-width: 100%; height: auto; max-height: 80%;
            border: heavy $accent; padding: 0 1; background: $panel;
        }
        Table { height: auto; background: $panel; }
        Static { color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(
        self,
        subjects: Sequence[Subject],
        chosen: Sequence[Subject],
        runs: Sequence[RunSummary],
        title: str = "Hold it against",
        most: int | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._most = most
        self._runs = {run.id: run for run in runs}
        self._subjects = tuple(subjects)
        self._chosen = [subject for subject in chosen if subject in subjects]

    def body(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield Table((Column(""), Column("", _FACTS, from_width=_ROOM)), self._cells, tone=self._tone, header=False)
            yield Static(Content("Space: choose, and not   Enter: that one   Esc: done"))

    def on_mount(self) -> None:
        table = self.query_one(Table)
        table.rows = self._subjects
        table.styles.height = min(len(self._subjects), max(3, self.app.size.height - 9))

    def _cells(self, subject: Subject) -> list[str]:
        return [("● " if subject in self._chosen else "○ ") + subject.name, self._facts(subject)]

    def _facts(self, subject: Subject) -> str:
        """What tells runs of similar names apart."""
        run = self._runs.get(subject.run)
        if run is None:
            return ""
        return f"{count(run.step)} steps, {run.corpus}" if subject.at == NEWEST else run.corpus

    def _tone(self, subject: Subject) -> str:
        return "chosen" if subject in self._chosen else ""

    def action_pick(self) -> None:
        subject = self.query_one(Table).row
        if subject in self._chosen:
            self._chosen.remove(subject)
        elif subject is not None and len(self._chosen) == self._most:
            self.app.bell()
            self.query_one(Static).update(
                Content(f"{self._most} are the most: Space takes a chosen one away   Esc: done")
            )
        elif subject is not None:
            self._chosen.append(subject)
        self.query_one(Table).refresh()

    def action_done(self) -> None:
        self.dismiss(tuple(self._chosen))

    def on_table_chosen(self, event: Table.Chosen) -> None:
        event.stop()
        if self._subjects[event.index] not in self._chosen:
            self.action_pick()
        if self._subjects[event.index] in self._chosen:
            self.action_done()
