"""The values that cross between a face and a host: frozen, JSON-ready, no path, process or callback among them."""

from __future__ import annotations

from typing import Any

import msgspec

from rnnlab.course import Course
from rnnlab.events import Record, Started
from rnnlab.specs import RunSpec
from rnnlab.specs.arithmetic import Plan
from rnnlab.specs.suggesting import Suggestion

LIVE = ("starting", "running", "paused", "waiting", "suspended", "ending")
"""The states in which a worker holds the run; paused by request, suspended by another process, ending when it has said
its last word."""
BAD = ("failed", "diverged", "killed", "out of memory", "restarted", "died")
"""The states of runs that nobody ended; their message says what is known of the cause."""


class CorpusEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A corpus that can be chosen by name."""

    name: str
    """What `data.corpus` takes."""
    title: str
    about: str
    """One line on what it is for."""
    characters: int
    """0 where it was not counted."""
    distinct: int
    here: bool = True
    """Whether it can be opened; else it must be fetched first."""
    bytes: int = 0
    """0 where that is not known."""
    licence: str = ""
    url: str = ""
    """Where a text of the catalogue comes from."""
    sha256: str = ""
    """Empty where it is not known before the first download."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A long piece of work with a text, as far as it is done."""

    corpus: str
    """The reference that was asked for."""
    stage: str
    """reading, encoding, looking closer or fetching."""
    done: int
    """Bytes."""
    total: int
    """Bytes of this stage; 0 where that is not known."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a spec trained for a moment."""

    tokens_per_s: float = 0.0
    step_s: float = 0.0
    """Seconds a step took."""
    steps: int = 0
    """Steps that were measured."""
    threads: int = 0
    device: str = ""
    engine: str = ""
    memory_bytes: int = 0
    """What the training took above torch's own."""


class Preflight(msgspec.Struct, frozen=True, kw_only=True):
    """What a spec comes to on its corpus."""

    tokens: int
    vocabulary: int
    characters_per_token: float
    unknown_share: float
    plan: Plan
    tokens_per_weight: float
    """Training tokens for each number that training moves; below 1 the model can learn its text by heart."""
    memory_bytes: int
    """An estimate from above."""
    available_bytes: int
    measured: Measured | None
    """None where no probe was asked for."""
    seconds: float | None
    """The whole training at the measured speed, looking and saving left out."""
    suggestions: tuple[Suggestion, ...]


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A run at a glance; everything in it is cheap to know."""

    id: str
    session: str
    spec: RunSpec
    corpus: str
    """The corpus's own name, for people."""
    corpus_sha256: str
    created_at: float
    """Seconds since 1970, for display only."""
    state: str
    """One of LIVE, a cause of `Finished`, or, with none on record, restarted (the machine was) or died (unknown)."""
    message: str = ""
    """For BAD, waiting and suspended: one sentence with what is known."""
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    perplexity: float | None = None
    """Newest training perplexity."""
    validation: float | None = None
    """Best validation perplexity, where there is a split."""
    bits_per_character: float | None = None
    """Of the best validation perplexity, or, where there is no split, of the newest in training."""
    characters_per_token: float = 0.0
    """0 where that is not known."""
    unknown_share: float = 0.0
    """The share of the text that is `<unk>`, 0 to 1: a perplexity with many of them is not a small one without."""
    tokens_per_s: float | None = None
    elapsed_s: float = 0.0
    device: str = ""

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def began(self) -> bool:
        """Whether its training ever began: one that failed before has saved no weights, and nothing to resume from."""
        return self.total_steps > 0


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Some records of a run's journal, and where to read on."""

    records: tuple[Record, ...]
    cursor: int
    """Give it back to read what comes after; 0 is the beginning."""
    more: bool
    """Whether the budget ended the reading before the journal did."""
    damaged: int
    """Lines among these that could not be read and were left out."""


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a run's journal without reading it from its start."""

    course: Course = Course()
    cursor: int = 0
    """Where to read on."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A desk of runs as a person left it."""

    name: str
    draft: dict[str, str] = {}
    """The Model form's texts by dotted name, valid or not; what is missing has its default."""
    corpora: tuple[str, ...] = ()
    """Files that were opened by path, newest first."""
    selected: str = ""
    """The selected run's id."""
    desk: dict[str, Any] = {}
    """What the face wants to find again: focused pane, zoom, prompt, console settings."""


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A session in a list."""

    name: str
    runs: int
    live: int
    used_at: float
    """Seconds since 1970 of the last change, for display only."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What the host can say of itself without torch."""

    label: str
    """`local`, or the remote's name."""
    cores: int
    memory_bytes: int
    available_bytes: int
    accelerator: str
    """The GPU's name, or nothing where none is seen."""


def started_of(records: tuple[Record, ...]) -> Started | None:
    """The newest `Started` among records."""
    return next((r.event for r in reversed(records) if isinstance(r.event, Started)), None)


def last_words(summary: RunSummary, log: tuple[str, ...]) -> tuple[str, ...]:
    """What a worker printed last; nothing where that ends with what is said of its end anyway."""
    said = bool(summary.message) and bool(log) and log[-1].endswith(summary.message)
    return () if said else log
