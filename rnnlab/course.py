"""`Course`: how a run went, folded from its journal; bounded, however long the run.

`fold` is pure: a course and some records give the next one, and folding in pieces gives what folding at once gives.
When an attempt starts, or a training goes back, what came after that step is dropped: it is trained again. It must
not know journals, hosts, or how anything is drawn.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from rnnlab.events import (
    AnyEvent,
    Changed,
    Diverged,
    Evaluated,
    Exploded,
    Finished,
    Paused,
    Record,
    Rewound,
    Sampled,
    Saved,
    Spiked,
    Started,
    Step,
    Unpaused,
    counts_until,
)
from rnnlab.series import Point, Series

RECENT = 120
"""The newest training events that are kept whole, for sparklines and the share of clipped steps."""
LOG = 500
"""The newest records that the event log can show."""
SAMPLES = (100, 900)
"""The first and the newest samples that are kept; a very long run loses those between."""
MARKS = 100
TEXT = 4000
"""Characters kept of a sample or of a batch that diverged."""
STEP_LINE_SECONDS = 10.0
"""Training events closer together than this share one line of the log, the newest."""
LARGEST = 2**53
"""A journal with a larger whole number than this is damaged or hostile; such a record is left out."""
QUIET_SAVES = ("begin", "interval")
"""Checkpoints that nobody asked for; the log leaves them out."""


class Mark(msgspec.Struct, frozen=True):
    """A step at which something happened that a chart points out."""

    step: int
    kind: str
    """resumed, changed or diverged, which an explosion is drawn as, too."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a run's events."""

    started: Started | None = None
    """The newest attempt's first event."""
    finished: Finished | None = None
    """The newest attempt's last event, once it is there."""
    paused: bool = False
    perplexity: Series = Series()
    """Training perplexity by step."""
    validation: Series = Series()
    """Validation perplexity by step."""
    epochs: Series = Series()
    """Training perplexity over whole epochs, by the step that ended them."""
    recent: tuple[Step, ...] = ()
    """The newest training events of this and earlier attempts, oldest first."""
    pace: Step | None = None
    """The newest attempt's first training event: the time left is reckoned from there."""
    marks: tuple[Mark, ...] = ()
    samples: tuple[Sampled, ...] = ()
    log: tuple[Record, ...] = ()
    """What the event log shows, oldest first."""
    seq: int = 0
    """The newest record that was folded."""


C = TypeVar("C", bound=Course)
E = TypeVar("E", bound=AnyEvent)


def fold(course: C, records: Sequence[Record]) -> C:
    """The course after some more records of the same run; those that were folded before are left out."""
    if not any(record.seq > course.seq for record in records):
        return course
    folding = _Folding(course)
    for record in records:
        if record.seq > folding.seq:
            folding.take(record)
    return folding.course()


def sound(course: Course) -> bool:
    """Whether folding may have given it: a course that comes from outside can be anything of its type."""
    alone = [event for event in (course.started, course.finished, course.pace) if event]
    events = [*alone, *course.recent, *course.samples, *(record.event for record in course.log)]
    return (
        all(map(_sane, events))
        and all(_bounded(event) is event for event in (*course.samples, *(record.event for record in course.log)))
        and all(0 <= mark.step <= LARGEST for mark in course.marks)
        and all(series.sound() for series in (course.perplexity, course.validation, course.epochs))
        and len(course.recent) <= RECENT
        and len(course.marks) <= MARKS
        and len(course.samples) <= sum(SAMPLES)
        and len(course.log) <= LOG
    )


class _Folding(Generic[C]):
    """A course taken apart to be added to; points wait in lists, since a series is cheaper to extend by many."""

    def __init__(self, course: C) -> None:
        self.seq = course.seq
        self._course = course
        self._recent = deque(course.recent, RECENT)
        self._marks = deque(course.marks, MARKS)
        self._samples = list(course.samples)
        self._log = deque(course.log, LOG)
        self._waiting: dict[str, list[Point]] = {"perplexity": [], "validation": [], "epochs": []}

    def take(self, record: Record) -> None:
        self.seq = record.seq
        if not _sane(record.event):
            return
        match record.event:
            case Step() as event:
                self._step(event)
            case Evaluated() as event:
                self._point("epochs" if event.split == "train" else "validation", event.step, event.perplexity)
            case Sampled() as event:
                # A run has few prefixes, and each sample came with one of its own.
                event = msgspec.structs.replace(_bounded(event), prefix=sys.intern(event.prefix))
                record = msgspec.structs.replace(record, event=event)
                self._samples.append(event)
                if len(self._samples) > sum(SAMPLES):
                    del self._samples[SAMPLES[0]]
            case Started() as event:
                self._start(event)
            case Rewound() as event:
                self._drop_after(counts_until(event))
                self._change(pace=None)
                self._mark(Mark(event.step, "diverged"))
            case Paused() | Unpaused() as event:
                self._change(paused=isinstance(event, Paused))
            case Finished() as event:
                self._change(finished=event, paused=False)
            case Diverged() | Exploded() | Changed() as event:
                record = msgspec.structs.replace(record, event=_bounded(event))
                self._mark(Mark(event.step, "changed" if isinstance(event, Changed) else "diverged"))
            case Spiked() as event:
                record = msgspec.structs.replace(record, event=_bounded(event))
        self._note(record)

    def course(self) -> C:
        self._flush()
        return msgspec.structs.replace(
            self._course,
            recent=tuple(self._recent),
            marks=tuple(self._marks),
            samples=tuple(self._samples),
            log=tuple(self._log),
            seq=self.seq,
        )

    def _step(self, event: Step) -> None:
        self._point("perplexity", event.step, event.perplexity)
        self._recent.append(event)
        if self._course.pace is None:
            self._change(pace=event)

    def _start(self, event: Started) -> None:
        self._drop_after(counts_until(event))
        self._change(started=event, finished=None, paused=False, pace=None)
        if event.attempt > 1:
            self._mark(Mark(event.step, "resumed"))

    def _drop_after(self, step: int) -> None:
        self._flush()
        self._change(**{name: getattr(self._course, name).until(step) for name in self._waiting})
        self._recent = deque((event for event in self._recent if event.step <= step), RECENT)
        self._samples = [sample for sample in self._samples if sample.step <= step]
        self._marks = deque((mark for mark in self._marks if mark.step <= step), MARKS)

    def _point(self, name: str, step: int, value: float | None) -> None:
        if value is not None:
            self._waiting[name].append((step, value))

    def _mark(self, mark: Mark) -> None:
        if not self._marks or self._marks[-1] != mark:
            self._marks.append(mark)

    def _note(self, record: Record) -> None:
        if isinstance(record.event, Saved) and record.event.reason in QUIET_SAVES:
            return
        if isinstance(record.event, Step) and _shares_line(self._log):
            self._log.pop()
        self._log.append(record)

    def _flush(self) -> None:
        waiting = {name: points for name, points in self._waiting.items() if points}
        self._change(**{name: getattr(self._course, name).extend(points) for name, points in waiting.items()})
        for points in waiting.values():
            points.clear()

    def _change(self, **changes: object) -> None:
        self._course = msgspec.structs.replace(self._course, **changes)


def _shares_line(log: deque[Record]) -> bool:
    """Whether the log's last line is a training event so soon after another that the next may take its place."""
    if len(log) < 2:
        return False
    last, before = log[-1], log[-2]
    steps = isinstance(last.event, Step) and isinstance(before.event, Step)
    return steps and 0 <= last.at - before.at < STEP_LINE_SECONDS


def _sane(event: AnyEvent) -> bool:
    if not (0 <= event.step <= LARGEST and 0 <= event.epoch <= LARGEST):
        return False
    if not isinstance(event, Started):
        return True
    return all(0 <= number <= LARGEST for number in msgspec.structs.astuple(event) if isinstance(number, int))


def _bounded(event: E) -> E:
    """A sample or a troubled batch with no more than TEXT characters of its text; any other event as it is."""
    if not isinstance(event, Sampled | Diverged | Exploded | Spiked) or len(event.text) <= TEXT:
        return event
    return msgspec.structs.replace(event, text=event.text[:TEXT])
