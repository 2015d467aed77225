"""`RunView`: all that the panes paint of a run: the course that its journal tells, and what the host says of it.

It must not know hosts, widgets, or how anything is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rnnlab import course
from rnnlab.course import Course
from rnnlab.events import Record, Step
from rnnlab.hosts.values import RunSummary


class RunView(Course, frozen=True, kw_only=True):
    """A run as the panes see it."""

    summary: RunSummary | None = None

    @classmethod
    def empty(cls) -> RunView:
        return cls()

    @classmethod
    def of(cls, known: Course) -> RunView:
        """The view of a course, of which the host has said nothing yet."""
        return cls(**msgspec.structs.asdict(known))

    @property
    def latest(self) -> Step | None:
        return self.recent[-1] if self.recent else None

    @property
    def state(self) -> str:
        """What the host says of the run, else what the journal does; nothing where there is no run."""
        if self.summary:
            return self.summary.state
        if self.finished:
            return self.finished.cause
        return ("paused" if self.paused else "running") if self.started else ""

    @property
    def clipped(self) -> float | None:
        """Share of the steps whose gradient was clipped, over the recent training events."""
        return sum(step.clipped for step in self.recent) / len(self.recent) if self.recent else None

    @property
    def seconds_left(self) -> float | None:
        """At the pace of this attempt, pauses left out; None where there is no pace yet, or nothing goes on."""
        latest, pace, started = self.latest, self.pace, self.started
        if not latest or not pace or not started or self.finished or latest.step <= pace.step:
            return None
        each = (latest.elapsed_s - pace.elapsed_s) / (latest.step - pace.step)
        return max(0.0, each * (started.total_steps - latest.step))


def fold(view: RunView, records: Sequence[Record], summary: RunSummary | None) -> RunView:
    """The view after some more records of the same run, and what the host now says of it.

    A summary of another run begins that run's view.
    """
    if summary and view.summary and summary.id != view.summary.id:
        view = RunView.empty()
    view = course.fold(view, records)
    return view if summary in (None, view.summary) else msgspec.structs.replace(view, summary=summary)
