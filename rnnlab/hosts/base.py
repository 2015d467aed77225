"""`Host`: where corpora, sessions and runs live, as the faces see it.

The seam between the faces and everything that touches a disk or a process. Methods take and give values only, so that
a host may be this machine (`local`), a recording (`fake`) or, one day, another machine over ssh. Every method may take
a while and may raise RnnlabError: a screen calls them from a thread, never from its event loop.
"""

from __future__ import annotations

from typing import Protocol

from rnnlab.dialogue import AnyPiece, Question, Turn
from rnnlab.hosts.values import (
    Beginning,
    CorpusEntry,
    Machine,
    Preflight,
    Reading,
    RunSummary,
    Session,
    SessionSummary,
    Work,
)
from rnnlab.specs import DataSpec, RunSpec, Value
from rnnlab.text.report import Baselines, Batch, Comparison, CorpusDetail, CorpusReport, Originality, Passage

ACTIONS = ("pause", "unpause", "stop", "checkpoint")
"""What a live run can be asked."""


class Console(Protocol):
    """A conversation with one run's model. Its methods may be called from different threads."""

    def ask(self, question: Question) -> None:
        """Begin an answer; its pieces come from `read`. A question asked while one is being answered stops that one.

        Raises RunError where the console has ended by itself; another one can be opened.
        """
        ...

    def read(self, timeout: float) -> tuple[AnyPiece, ...]:
        """The pieces that are there, or come within `timeout` seconds; empty where none came."""
        ...

    def stop(self) -> None:
        """End the answer that is being written, keeping what is there; it ends with `Answered(cause="stopped")`."""
        ...

    def close(self) -> None:
        """Let go of the model and its process."""
        ...


class Host(Protocol):
    """Where runs live."""

    def machine(self) -> Machine: ...

    def corpora(self) -> tuple[CorpusEntry, ...]:
        """The corpora that have a name."""
        ...

    def corpus(self, data: DataSpec) -> CorpusReport:
        """What a corpus is, as these settings tokenize it; raises CorpusError."""
        ...

    def passage(self, data: DataSpec, start: int, length: int) -> Passage:
        """`length` tokens of the corpus from token `start`, as text, tokens and ids."""
        ...

    def corpus_detail(self, data: DataSpec) -> CorpusDetail:
        """A second look at a corpus, which may take long: rare tokens, lines, hidden characters; raises CorpusError."""
        ...

    def baselines(self, data: DataSpec) -> Baselines:
        """How hard the corpus is: what simple models and a compressor make of it; raises CorpusError."""
        ...

    def compare(self, one: DataSpec, other: DataSpec) -> Comparison:
        """Two corpora's vocabularies side by side; raises CorpusError."""
        ...

    def batch(self, spec: RunSpec, number: int = 1, epoch: int = 1) -> Batch:
        """A batch as a training of the spec sees it; raises BadInput where there is none of that number."""
        ...

    def preflight(self, spec: RunSpec, measured: bool = True) -> Preflight:
        """What a spec comes to on its corpus, the time from a short probe; raises SpecError where it does not fit."""
        ...

    def fetch(self, name: str) -> CorpusEntry:
        """Get a text of the catalogue from its server; raises CorpusError, NotFound."""
        ...

    def adopt(self, name: str, path: str) -> CorpusEntry:
        """Take a file as a text of the catalogue; raises CorpusError where it is another text."""
        ...

    def work(self) -> tuple[Work, ...]:
        """The corpora that are being read or fetched at this moment, and how far that is."""
        ...

    def cancel_work(self) -> None:
        """End all reading and fetching; whoever waits for it gets a CorpusError that says so."""
        ...

    def sessions(self) -> tuple[SessionSummary, ...]:
        """Every session, the last used first."""
        ...

    def session(self, name: str = "") -> Session:
        """That session, or the last used, or a new one called `main`."""
        ...

    def save_session(self, session: Session) -> None: ...

    def transcript(self, session: str, run: str = "") -> tuple[Turn, ...]:
        """What was said in the session's console, oldest first; by one run, where one is named."""
        ...

    def remember(self, session: str, turn: Turn) -> None:
        """Add one turn to the transcript."""
        ...

    def keep_text(self, session: str, name: str, text: str) -> str:
        """Put a text where other programs find it, as `copied.txt` or `transcript.md`; gives the place, for people."""
        ...

    def start(self, spec: RunSpec, session: str, init: str = "", at: str = "last") -> str:
        """Check the spec against its corpus and this machine, make the run, start its worker; gives the run's id.

        With `init`, the id of a run of the same model, it begins with the weights of that run's checkpoint `at`
        (`last`, `best` or a step): rows of tokens that both have are kept, the others are drawn anew.
        """
        ...

    def fork(self, run: str, at: str, changes: dict[str, Value]) -> str:
        """A new run that goes on from a run's checkpoint (`last`, `best` or a step) with some fields changed; its id.

        It takes over what still fits: optimizer, data position and generators. Raises SpecError for a change that the
        weights do not allow, NotFound where there is no such checkpoint.
        """
        ...

    def export_run(self, run: str, at: str, *, whole: bool) -> bytes:
        """A run at a checkpoint as the bytes of one file; with `whole`, all that a resume needs is in it."""
        ...

    def import_run(self, file: bytes, session: str, corpus: str = "") -> str:
        """A run from the bytes of such a file, checked against bounds and proved by its self-test; gives its id.

        Nothing in the file is executed. `corpus` names the run's text where it is at hand, so that it can go on here.
        Raises BadInput, CheckpointError or RunError, and nothing is left behind, where the file is not what it says.
        """
        ...

    def runs(self, session: str = "") -> tuple[RunSummary, ...]:
        """The runs of a session, or of all, newest first."""
        ...

    def find(self, reference: str, session: str = "") -> str:
        """The id that a reference means: an id, a unique beginning of one, `last`, or `best`; raises NotFound.

        `last` is the run made last; `best` the one with the lowest validation (else training) perplexity among the
        runs on the same corpus and tokens as the last.
        """
        ...

    def run(self, run: str) -> RunSummary:
        """The run of that id; raises NotFound."""
        ...

    def beginning(self, run: str) -> Beginning:
        """The course of a long run up to some record, so that the rest can be read and folded on; of others, nothing.

        What is told of damage, and a record that was damaged later, may be missed by who does not `read` from 0.
        """
        ...

    def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
        """Records after the cursor, at most `limit`; an unfinished last line is left for the next reading."""
        ...

    def log(self, run: str, lines: int = 20) -> tuple[str, ...]:
        """The last lines that the worker printed; where a worker died, what it said."""
        ...

    def request(self, run: str, action: str) -> None:
        """Ask a live run for one of ACTIONS; raises RunError where it is not live."""
        ...

    def change(self, run: str, changes: dict[str, Value]) -> None:
        """Turn knobs of a live run from its next step on; raises SpecError, or RunError where it is not live."""
        ...

    def resume(self, run: str) -> None:
        """Go on: unpause a paused run, start a worker from the last checkpoint of an ended one."""
        ...

    def delete(self, run: str) -> None:
        """Remove an ended run and everything it saved; raises RunError where it is live."""
        ...

    def originality(self, run: str, text: str) -> Originality:
        """What of a text is copied from what the run is trained on; the first time for a corpus may take seconds."""
        ...

    def console(self, run: str) -> Console:
        """A new conversation with the run's model; its process is warm when this returns or soon after."""
        ...
