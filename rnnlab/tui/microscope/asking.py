"""What the microscope asks and what has come of it: frozen values that cross from the thread that asks to the widgets.

It must not know widgets, hosts, or what is done with a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from rnnlab.dialogue import Answered, Answering, AnyPiece, Found, Question, Refused, Wrote
from rnnlab.findings import AnyFinding, Finding
from rnnlab.text.visible import visible
from rnnlab.tui.figures import count

F = TypeVar("F", bound=Finding)

NEWEST, BEST, UNTRAINED = "last", "best", "0"
_NAMES = {NEWEST: "newest", BEST: "best", UNTRAINED: "untrained"}


class Subject(msgspec.Struct, frozen=True):
    """What is looked at: a run's weights at one checkpoint."""

    run: str
    at: str = NEWEST
    """`last`, `best` or a step."""

    @property
    def name(self) -> str:
        """`gru-256-calm-otter, untrained`."""
        return f"{visible(self.run)}, {_NAMES.get(self.at, f'step {self.at}')}"


class Job(msgspec.Struct, frozen=True):
    """A question of one part to one run's model."""

    part: str
    run: str
    question: Question

    @property
    def subject(self) -> Subject:
        return Subject(self.run, self.question.at)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What has come of a job so far."""

    job: Job
    who: Answering | None = None
    findings: tuple[AnyFinding, ...] = ()
    text: str = ""
    """What the model wrote, where it was asked to."""
    trouble: str = ""
    """Why there is no answer, or nothing."""
    cause: str = ""
    """How it ended; nothing while it goes on."""

    @property
    def over(self) -> bool:
        return bool(self.cause)

    @property
    def label(self) -> str:
        """Whose answer it is: run and step."""
        if self.who is None:
            return self.job.subject.name
        return f"{visible(self.job.run)} step {count(self.who.step)}"

    def of(self, kind: type[F]) -> tuple[F, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if isinstance(finding, kind))


def take(answer: Answer, pieces: Iterable[AnyPiece]) -> Answer:
    """The answer with some more pieces."""
    who, findings, texts, trouble, cause = (
        answer.who,
        list(answer.findings),
        [answer.text],
        answer.trouble,
        answer.cause,
    )
    for piece in pieces:
        match piece:
            case Answering():
                who = piece
            case Found():
                findings.append(piece.finding)
            case Wrote():
                texts.append(piece.text)
            case Answered():
                cause = piece.cause
            case Refused():
                trouble, cause = piece.message, "refused"
    return Answer(job=answer.job, who=who, findings=tuple(findings), text="".join(texts), trouble=trouble, cause=cause)


def standing(jobs: tuple[Job, ...], answers: Mapping[Job, Answer]) -> str:
    """How far the asking is, or what went wrong; nothing where all is there."""
    troubles = [answers[job].trouble for job in jobs if job in answers and answers[job].trouble]
    over = sum(1 for job in jobs if job in answers and answers[job].over)
    if over < len(jobs):
        part = f" {over + 1} of {len(jobs)}" if len(jobs) > 1 else ""
        return f"looking{part}: {jobs[over].subject.name} … Esc stops"
    return visible(troubles[0]) if troubles else ""
