"""The two lines that speak of the whole: the header (session, run, state, device, speed) and the lasting condition.

What they say is made by pure functions from what the host last told. They must not know hosts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from rnnlab.hosts.values import RunSummary
from rnnlab.text.visible import visible
from rnnlab.tui.figures import rate
from rnnlab.tui.safe import plain

STATES = {
    "starting": ("◌", "starting", "busy"),
    "running": ("●", "training", "good"),
    "paused": ("‖", "paused", "busy"),
    "waiting": ("!", "waiting", "bad"),
    "suspended": ("!", "suspended", "bad"),
    "ending": ("■", "ending", "quiet"),
    "finished": ("✓", "finished", "quiet"),
    "patience": ("✓", "finished: no more progress", "quiet"),
    "stopped": ("■", "stopped", "quiet"),
    "preempted": ("■", "stopped by the machine", "quiet"),
    "diverged": ("✕", "diverged", "bad"),
    "failed": ("✕", "failed", "bad"),
    "killed": ("✕", "killed", "bad"),
    "out of memory": ("✕", "out of memory", "bad"),
    "restarted": ("✕", "ended by a restart", "bad"),
    "died": ("✕", "died", "bad"),
}
"""For each state of a run: its mark, its word, and how it is coloured. The mark alone tells them apart too."""
_REMEDIES = {"waiting": " It goes on when there is room.", "suspended": ""}
"""What is to be done about a worker that lives; its message may say it."""

WHOLE = Size(80, 24)
"""The smallest terminal that shows everything that can be done."""

_RATE_WIDTH = 9
_LEFT_ROOM = 18
"""Cells kept for the program's name and the session's."""
_WORTH_CUTTING = 20
"""A part with less room than this is left out, not cut."""


def state_of(summary: RunSummary) -> tuple[str, str, str]:
    """The mark, word and tone of a run's state."""
    return STATES.get(summary.state, ("?", visible(summary.state), "quiet"))


def condition(trouble: str, hidden: RunSummary | None, size: Size) -> str:
    """What is not well and lasts, in one sentence, or nothing.

    `hidden` is the selected run where its pane is not to be seen: else the pane says how it is.
    """
    if trouble:
        return f"✕ {trouble}"
    if hidden is not None and state_of(hidden)[2] == "bad":
        again = "resumes it" if hidden.began else "tries again"
        remedy = _REMEDIES.get(hidden.state, f" r in Training {again}.")
        return f"{state_of(hidden)[0]} {hidden.id} {ending(hidden)}.{remedy}"
    if size.width < WHOLE.width or size.height < WHOLE.height:
        return f"{size.width}×{size.height} is small: {WHOLE.width}×{WHOLE.height} shows all, 120×36 all side by side"
    return ""


def ending(summary: RunSummary) -> str:
    """The word for a bad end with its cause."""
    return f"{state_of(summary)[1]}: {summary.message.rstrip('. ') or 'its worker is gone and left no word'}"


class Header(Widget):
    """One line: the program and session at the left, the selected run at the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "header--name", "header--good", "header--busy", "header--bad", "header--quiet",
    }  # fmt: skip
    DEFAULT_CSS = """
    Header {
        height: 1;
        & > .header--name { color: $accent; text-style: bold; }
        & > .header--good { color: $success; }
        & > .header--busy { color: $warning; }
        & > .header--bad { color: $error; text-style: bold; }
        & > .header--quiet { color: $text-muted; }
    }
    """

    session: reactive[str] = reactive("")
    summary: reactive[RunSummary | None] = reactive(None)

    def render_line(self, y: int) -> Strip:
        left = [Segment(" rnnlab", self._style("name")), Segment(f"  {visible(self.session)}", self._style("quiet"))]
        right = self._right()
        room = self.size.width - sum(cell_len(part.text) for part in right)
        used = sum(cell_len(part.text) for part in left)
        gap = Segment(" " * max(1, room - used), self.rich_style)
        return Strip([*left, gap, *right]).adjust_cell_length(self.size.width, self.rich_style)

    def _right(self) -> Sequence[Segment]:
        summary = self.summary
        if summary is None:
            return [Segment("no run yet ", self._style("quiet"))]
        mark, word, tone = state_of(summary)
        said = ending(summary) if tone == "bad" else word
        parts = [
            Segment(f"{mark} ", self._style(tone)),
            Segment(visible(summary.id), self.rich_style),
            Segment(f"  {visible(said)}", self._style(tone)),
        ]
        if summary.device and tone != "bad":
            parts.append(Segment(f"  {visible(summary.device)}", self._style("quiet")))
        if summary.live and summary.tokens_per_s is not None:
            parts.append(Segment(f"{rate(summary.tokens_per_s):>{_RATE_WIDTH}} tok/s", self.rich_style))
        return [*_shortened(parts, self.size.width - _LEFT_ROOM), Segment(" ", self.rich_style)]

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"header--{name}")


class Condition(Static):
    """A line that is there only while something lasting is not well."""

    DEFAULT_CSS = """
    Condition { display: none; height: auto; max-height: 3; padding: 0 1; color: $warning; text-style: bold; }
    """

    text: reactive[str] = reactive("")

    def watch_text(self, text: str) -> None:
        self.display = bool(text)
        self.update(plain(text))


def _shortened(parts: Sequence[Segment], width: int) -> list[Segment]:
    """The parts that fit; the last one that is begun is cut, and what comes after it left out."""
    kept, room = [], max(0, width)
    for part in parts:
        length = cell_len(part.text)
        if length > room:
            if room > _WORTH_CUTTING:
                kept.append(Segment(set_cell_size(part.text, room - 1) + "…", part.style))
            break
        kept.append(part)
        room -= length
    return kept
