"""`TrainingPane`: the numbers, the curves and the log of one run, and what can be asked of it.

It paints the view that it is given and posts what a person asks for; it never fetches, and must not know hosts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Static

from rnnlab.hosts.values import BAD
from rnnlab.specs.model import READS_FUTURE
from rnnlab.text.visible import visible
from rnnlab.tui import keys
from rnnlab.tui.chart import Chart
from rnnlab.tui.event_log import EventLog
from rnnlab.tui.glyphs import Glyphs, glyphs_for
from rnnlab.tui.pane import Pane
from rnnlab.tui.readout import ROWS, Readout
from rnnlab.tui.run_view import RunView

CHART_ROWS, LOG_ROWS = 8, 5
"""What the chart needs before the log gets anything, and what the log gets of a usual screen."""
ROOMY = 24
"""Rows for chart and log together from which on the log grows too."""

INVITATION = "No run yet. Enter in Model (F3) trains what is set there;\nits perplexity falls here while it learns."
STARTING = "The worker is starting: it loads torch and reads the corpus.\nThat takes a few seconds."
FUTURE = f"B{READS_FUTURE[1:]}."
_SUBTITLES = {"running": "space pauses", "paused": "space goes on"}
_SUBTITLES |= dict.fromkeys(("finished", "starting", "waiting", "suspended", "ending", ""), "")
_RESUMES = "r resumes"


class TrainingPane(Pane):
    """One run's training, as `view` has it; nothing to paint while that is None."""

    HELP = "The curve should fall through its rulers: guessing evenly, by frequency, by one token before, by four."
    BINDINGS: ClassVar[list[BindingType]] = keys.of("training")
    DEFAULT_CSS = """
    TrainingPane {
        & > #empty { height: 1fr; content-align: center middle; text-align: center; color: $text-muted; }
        & > Chart { height: 1fr; }
        & > #notice { height: auto; max-height: 3; color: #ff5f5f; }
        & > #notice.-quiet { color: $text-muted; }
    }
    """

    view: var[RunView | None] = var(None)
    last_words: var[tuple[str, ...]] = var(())
    """What the worker printed last; shown where it died or failed."""
    invitation: var[str] = var(INVITATION)
    """What stands here while there is no run."""

    @dataclass
    class Requested(Message):
        """A person asks the run for something: pause, unpause, resume, stop or checkpoint."""

        action: str

    def __init__(
        self,
        *,
        id: str | None = None,
        zone: tzinfo | None = None,
        environ: Mapping[str, str] = os.environ,
        glyphs: Glyphs | None = None,
    ) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._glyphs = glyphs or glyphs_for(environ.get("TERM", ""))
        self._told: dict[str, str] = {}
        """What the borders and the texts say; each setting would repaint them."""

    class KnobsAsked(Message):
        """Turn some knobs of the run."""

    def compose(self) -> ComposeResult:
        yield Static(id="empty")
        yield Readout(self._glyphs)
        yield Chart(self._glyphs)
        yield EventLog(self._glyphs, self._zone)
        yield Static(id="notice")

    def on_mount(self) -> None:
        self.ready = True
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        self._divide()

    def watch_view(self, before: RunView | None, view: RunView | None) -> None:
        if self.ready and not self.covered:
            self._paint()
        if (before and before.state) != (view and view.state):
            self.refresh_bindings()

    def watch_last_words(self) -> None:
        self.watch_view(self.view, self.view)

    def watch_invitation(self) -> None:
        self.watch_view(self.view, self.view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        state = self.view.state if self.view else ""
        live = state != "ending" and bool(self.view and self.view.summary and self.view.summary.live)
        if action == "toggle_pause":
            return state in ("running", "paused")
        if action == "knobs":
            return live
        if action == "request":
            return (
                state not in ("", "running", "waiting", "suspended", "starting", "ending", "finished")
                if parameters == ("resume",)
                else live
            )
        return True

    @property
    def words(self) -> Mapping[str, str]:
        return {"pause": "go on"} if self.view and self.view.state == "paused" else {}

    def action_toggle_pause(self) -> None:
        self.action_request("unpause" if self.view and self.view.state == "paused" else "pause")

    def action_knobs(self) -> None:
        self.post_message(self.KnobsAsked())

    def action_request(self, action: str) -> None:
        self.post_message(self.Requested(action))

    def _paint(self) -> None:
        view = self.view or RunView.empty()
        with self.app.batch_update():
            self._title(view)
            self._choose(view)
            self.query_one(Readout).show(view)
            self.query_one(Chart).show(view)
            self.query_one(EventLog).show(view.log, self.last_words if view.state in BAD else ())

    def _title(self, view: RunView) -> None:
        name = visible(view.summary.id) if view.summary else ""
        if self._is_new("title", title := " · ".join(filter(None, (keys.title("training"), name)))):
            self.border_title = Content(title)
        if self._is_new("subtitle", subtitle := _SUBTITLES.get(view.state, _RESUMES)):
            self.border_subtitle = Content(subtitle)

    def _tell(self, widget: str, text: str) -> None:
        if self._is_new(widget, text):
            self.query_one(f"#{widget}", Static).update(Content(text))

    def _is_new(self, place: str, text: str) -> bool:
        new = self._told.get(place) != text
        self._told[place] = text
        return new

    def _choose(self, view: RunView) -> None:
        """Show the widgets for which there is something to show, and hide the others."""
        self.query_one(Readout).display = self.query_one(Chart).display = view.started is not None
        self.query_one(EventLog).display = bool(view.log or self.last_words)
        empty, notice = self.query_one("#empty", Static), self.query_one("#notice", Static)
        empty.display = not (view.log or view.state in BAD)
        self._tell("empty", STARTING if view.summary else visible(self.invitation, lines=True))
        text = _notice(view)
        notice.display = bool(text)
        notice.set_class(view.state not in BAD, "-quiet")
        self._tell("notice", text)
        self._divide()

    def _divide(self) -> None:
        """Give the log what the chart does not need."""
        rest = self.size.height - ROWS
        grown = max(0, rest - ROOMY) // 3
        rows = max(0, min(LOG_ROWS, rest - CHART_ROWS)) + grown
        log, chart = self.query_one(EventLog), self.query_one(Chart)
        log.styles.height = rows if chart.display else "1fr"


def _notice(view: RunView) -> str:
    """What is not well with the run, or is to be known of it; or nothing."""
    bidirectional = view.summary is not None and view.summary.spec.model.bidirectional
    future = FUTURE if bidirectional and view.started else ""
    if view.state in BAD:
        said = view.summary.message if view.summary else ""
        said = said or (view.finished.message if view.finished else "") or "it left no word"
        again = "r resumes from the last checkpoint" if view.started else "r tries again"
        on = "A fork goes on with other settings" if view.state == "diverged" else again
        return visible(f"{view.state}: {said.rstrip('. ')}. {on}. {future}".strip())
    if view.summary and view.state == "waiting":
        return visible(f"waiting: {view.summary.message.rstrip('. ')}. It goes on by itself when there is room.")
    if view.summary and view.state == "suspended":
        return visible(f"suspended: {view.summary.message}.")
    return future
