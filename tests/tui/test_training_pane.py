from datetime import UTC

import pytest
from textual.app import App, ComposeResult

from rnnlab.events import Finished
from rnnlab.specs import RunSpec
from rnnlab.tui.chart import Chart
from rnnlab.tui.event_log import EventLog
from rnnlab.tui.run_view import RunView, fold
from rnnlab.tui.theme import THEME
from rnnlab.tui.training_pane import TrainingPane

from .runs import records, running, screen_lines, screen_text, settled, summary, training, view_of

SMALL, HALF, WIDE = (80, 21), (72, 20), (120, 36)


class PaneApp(App[None]):
    def __init__(self, view: RunView | None = None, term: str = "xterm-256color") -> None:
        super().__init__()
        self.register_theme(THEME)
        self.theme = THEME.name
        self.posted: list[str] = []
        self._view = view
        self._term = term

    def compose(self) -> ComposeResult:
        yield TrainingPane(id="training", zone=UTC, environ={"TERM": self._term})

    def on_mount(self) -> None:
        self.pane.view = self._view
        self.pane.focus()

    @property
    def pane(self) -> TrainingPane:
        return self.query_one(TrainingPane)

    def on_training_pane_requested(self, event: TrainingPane.Requested) -> None:
        self.posted.append(event.action)


@pytest.mark.parametrize("size", [SMALL, HALF, WIDE], ids=["80x21", "72x20", "120x36"])
async def test_a_run_at_a_glance(size, snapshot):
    async with running(PaneApp(view_of(1800)), size) as (app, pilot):
        await settled(pilot)
        assert screen_text(app) == snapshot


async def test_the_linux_console_gets_no_braille(snapshot):
    async with running(PaneApp(view_of(1800), term="linux"), SMALL) as (app, pilot):
        await settled(pilot)
        assert screen_text(app) == snapshot
        assert not any("\u2800" <= character <= "\u28ff" for character in screen_text(app))


async def test_at_80x24_the_chart_has_eight_rows_and_the_log_five():
    async with running(PaneApp(view_of(1800)), SMALL) as (app, pilot):
        await settled(pilot)
        assert app.query_one(Chart).size.height >= 8
        assert app.query_one(EventLog).size.height == 5


@pytest.mark.parametrize("rows", [1, 3, 5, 8, 12, 15, 60])
async def test_it_fits_any_height(rows):
    async with running(PaneApp(view_of(1800)), (60, rows)) as (app, pilot):
        await settled(pilot)
        assert len(screen_lines(app)) == rows


async def test_without_a_run_two_lines_say_what_to_do():
    async with running(PaneApp(), SMALL) as (app, pilot):
        await settled(pilot)
        said = [line.strip("┃│ ") for line in screen_lines(app)[1:-1] if line.strip("┃│ ")]
        assert len(said) == 2
        assert "Enter in Model" in said[0]
        app.pane.invitation = "Enter in Model trains a GRU\non [b]The Tide Clock"
        await settled(pilot)
        assert "[b]The Tide Clock" in screen_text(app)


async def test_a_run_that_starts_says_so():
    async with running(PaneApp(fold(RunView.empty(), (), summary("starting"))), SMALL) as (app, pilot):
        await settled(pilot)
        assert "loads torch" in screen_text(app)
        app.pane.view = view_of(100)
        await settled(pilot)
        assert "loads torch" not in screen_text(app)
        assert "uniform 71" in screen_text(app)


async def test_a_worker_that_died_leaves_its_curve_its_last_words_and_what_to_do(snapshot):
    app = PaneApp(view_of(1800, "died", message="the worker was killed while it trained."))
    async with running(app, SMALL) as (app, pilot):
        app.pane.last_words = ("Traceback (most recent call last):", "\x1b[31mMemoryError[/b]")
        await settled(pilot)
        assert screen_text(app) == snapshot
        assert "MemoryError[/b]" in screen_text(app)
        assert "r resumes" in screen_text(app)


@pytest.mark.parametrize(
    ("state", "message", "told"),
    [
        ("waiting", "disk full: 12 bytes are free.", "waiting: disk full: 12 bytes are free. It goes on by itself"),
        (
            "suspended",
            "process 7 stands still; `kill -CONT 7` lets it go on",
            "suspended: process 7 stands still; `kill",
        ),
    ],
)
async def test_a_worker_that_lives_and_does_not_train_says_why_and_is_not_to_be_resumed(state, message, told):
    async with running(PaneApp(view_of(300, state, message=message)), SMALL) as (app, pilot):
        await settled(pilot)
        assert told in screen_text(app)
        assert "r resumes" not in screen_text(app)


async def test_a_run_that_failed_before_it_began_says_why():
    ended = records([Finished(step=0, epoch=1, cause="failed", message="torch cannot be imported")])
    app = PaneApp(fold(RunView.empty(), ended, summary("failed")))
    async with running(app, SMALL) as (app, pilot):
        app.pane.last_words = ("ImportError: no torch",)
        await settled(pilot)
        assert "failed: torch cannot be imported. r tries again." in screen_text(app)
        assert "ImportError: no torch" in screen_text(app)
        assert "loads torch" not in screen_text(app)


async def test_a_bidirectional_models_perplexity_is_said_to_be_none():
    spec = RunSpec().replace({"model.bidirectional": True})
    async with running(PaneApp(view_of(300, spec=spec)), SMALL) as (app, pilot):
        await settled(pilot)
        assert "reads the future" in screen_text(app)


@pytest.mark.parametrize(
    ("state", "pressed", "posted"),
    [
        ("running", ["space"], ["pause"]),
        ("paused", ["space"], ["unpause"]),
        ("running", ["s", "k"], ["stop", "checkpoint"]),
        ("running", ["r"], []),
        ("paused", ["r"], ["resume"]),
        ("died", ["r"], ["resume"]),
        ("stopped", ["r"], ["resume"]),
        ("stopped", ["space", "s", "k"], []),
        ("finished", ["r", "space"], []),
        ("waiting", ["r"], []),
        ("suspended", ["r", "space"], []),
        ("suspended", ["s"], ["stop"]),
        ("ending", ["r", "space", "s", "k"], []),
    ],
)
async def test_keys_ask_for_what_the_run_can_do_now(state, pressed, posted):
    async with running(PaneApp(view_of(300, state)), SMALL) as (app, pilot):
        await pilot.press(*pressed)
        assert app.posted == posted


async def test_without_a_run_keys_ask_for_nothing():
    async with running(PaneApp(), SMALL) as (app, pilot):
        await pilot.press("space", "r", "s", "k")
        assert app.posted == []


async def test_a_new_view_lays_nothing_out_anew():
    """What changes is a few cells: over ssh, a screen that is laid out again is sent whole."""
    async with running(PaneApp(view_of(1800)), SMALL) as (app, pilot):
        await settled(pilot)
        widgets = (app.screen, app.pane, *app.pane.query("*"))
        before = [widget._layout_updates for widget in widgets]
        lines = app.query_one(EventLog).line_count
        app.pane.view = fold(app.pane.view or RunView.empty(), training(1860), None)
        await settled(pilot)
        assert app.query_one(EventLog).line_count > lines
        assert "1,860" in screen_text(app)
        assert [widget._layout_updates for widget in widgets] == before


async def test_a_hostile_name_is_no_markup():
    async with running(PaneApp(view_of(300, id="[/x]\x1b[2J")), SMALL) as (app, pilot):
        await settled(pilot)
        assert "[/x]␛[2J" in screen_text(app)
