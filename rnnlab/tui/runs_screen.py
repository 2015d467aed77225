"""The list of a session's runs: choose the one to look at, or delete one. It must not know hosts."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from rnnlab.hosts.values import RunSummary
from rnnlab.specs.model import READS_FUTURE
from rnnlab.tui import keys
from rnnlab.tui.dialog import Dialog
from rnnlab.tui.figures import count, magnitude
from rnnlab.tui.question import Question
from rnnlab.tui.status import state_of
from rnnlab.tui.table import Column, Table

_COLUMNS = (
    Column("run"),
    Column("state", 12),
    Column("corpus", 18, from_width=84),
    Column("step", 9, right=True),
    Column("perplexity", 10, right=True),
    Column("best val.", 9, right=True, from_width=56),
)


class RunsScreen(Dialog[str]):
    """Dismissed with the id of the chosen run, or with nothing."""

    BINDINGS = keys.of("runs")
    DEFAULT_CSS = """
    RunsScreen {
        & > Vertical {
            width: 100; max-width: 100%; height: auto; max-height: 80%;
            border: heavy $accent; padding: 0 1; background: $panel;
        }
        Table { height: auto; background: $panel; }
        #hint { color: $text-muted; margin-top: 1; }
    }
    """

    runs: reactive[tuple[RunSummary, ...]] = reactive((), init=False, repaint=False)

    def __init__(self, runs: tuple[RunSummary, ...], selected: str, delete: Callable[[str], object]) -> None:
        super().__init__()
        self._selected = selected
        self._delete = delete
        self.set_reactive(RunsScreen.runs, runs)

    def body(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Runs, newest first"
            yield Table(_COLUMNS, _cells, tone=self._tone, id="runs")
            yield Static(id="hint")

    def on_mount(self) -> None:
        self._show()
        ids = [run.id for run in self.runs]
        self.table.cursor = ids.index(self._selected) if self._selected in ids else 0

    @property
    def table(self) -> Table:
        return self.query_one(Table)

    def watch_runs(self) -> None:
        if self.is_attached and self.query(Table):
            self._show()

    def _show(self) -> None:
        under = self.table.row
        self.table.rows = self.runs
        ids = [run.id for run in self.runs]
        if under is not None and under.id in ids:
            self.table.cursor = ids.index(under.id)
        self.table.styles.height = min(len(ids) + 1, max(4, self.app.size.height - 8))
        hint = (
            "Enter: look at it   d: delete   Esc: back" if ids else "No run yet: Enter in Model starts one. Esc: back"
        )
        future = f"* {READS_FUTURE}\n" if any(map(_star, self.runs)) else ""
        self.query_one("#hint", Static).update(Content(future + hint))

    def _tone(self, run: RunSummary) -> str:
        return "chosen" if run.id == self._selected else ""

    def action_select(self) -> None:
        if self.table.row is not None:
            self.dismiss(self.table.row.id)

    def action_close(self) -> None:
        self.dismiss("")

    def action_delete(self) -> None:
        run = self.table.row
        if run is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._delete(run.id)

        question = Question(f"Delete {run.id} and everything it saved? That cannot be undone.", "delete it")
        self.app.push_screen(question, answered)

    def on_table_chosen(self, event: Table.Chosen) -> None:
        event.stop()
        self.action_select()


def _star(run: RunSummary) -> str:
    return "*" if run.spec.model.bidirectional else ""


def _cells(run: RunSummary) -> list[str]:
    mark, word, _ = state_of(run)
    return [
        run.id,
        f"{mark} {word}",
        run.corpus,
        count(run.step),
        magnitude(run.perplexity) + _star(run),
        magnitude(run.validation) + _star(run),
    ]
