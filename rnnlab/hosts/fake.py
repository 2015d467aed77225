"""`FakeHost`: a host without disk or processes, which replays what was recorded.

For `rnnlab demo`, tests of the faces, and pictures. It holds the same promises as a real host; what a recording cannot
do (train, write text) it refuses in a sentence. It must not know run directories.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence

from rnnlab.dialogue import AnyPiece, AnyProbe, Prompt, Question, Refused, Turn
from rnnlab.errors import BadInput, NotFound, RunError
from rnnlab.hosts.base import ACTIONS
from rnnlab.hosts.copies import Copies
from rnnlab.hosts.recording import Recording
from rnnlab.hosts.selection import choose
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
from rnnlab.specs.knobs import turned
from rnnlab.text import bundled
from rnnlab.text.baselines import baselines
from rnnlab.text.comparing import compare
from rnnlab.text.corpus import Corpus
from rnnlab.text.detail import detail
from rnnlab.text.report import Baselines, Batch, Comparison, CorpusDetail, CorpusReport, Originality, Passage
from rnnlab.text.statistics import passage, report
from rnnlab.text.windows import batch

Found = Mapping[AnyProbe, Sequence[AnyPiece]]
"""What a run's model answered, by what it was asked."""


class FakeConsole:
    """A conversation in which the answers were recorded: each prefix has its pieces, and each probe."""

    def __init__(self, answers: Mapping[str, Sequence[AnyPiece]], found: Found | None = None) -> None:
        self._answers = answers
        self._found = found or {}
        self._pieces: deque[AnyPiece] = deque()

    def ask(self, question: Question) -> None:
        if isinstance(question, Prompt):
            pieces = self._answers.get(question.prefix, _refused("a recorded run has no weights to write with"))
        elif self._found:
            nothing = _refused("of a recorded run there is only what the microscope asks first")
            pieces = self._found.get(question, nothing)
        else:
            pieces = self._answers.get("", _refused("a recorded run has no weights to look into"))
        self._pieces = deque(pieces)

    def read(self, timeout: float) -> tuple[AnyPiece, ...]:
        return (self._pieces.popleft(),) if self._pieces else ()

    def stop(self) -> None:
        self._pieces = deque(piece for piece in self._pieces if piece is self._pieces[-1])

    def close(self) -> None:
        self._pieces.clear()


def _refused(why: str) -> tuple[AnyPiece, ...]:
    return (Refused(message=f"{why}: start one of your own with Enter in the Model pane"),)


class FakeHost:
    """Recorded runs in one session.

    `reveal` shows the beginning of a run only; with a `speed`, runs unfold by the clock, beginning now. `answers` are
    every run's, by prefix; `found` has those to probes, by run.
    """

    def __init__(
        self,
        recordings: Sequence[Recording] = (),
        answers: Mapping[str, Sequence[AnyPiece]] | None = None,
        *,
        session: str = "demo",
        speed: float = 0.0,
        found: Mapping[str, Found] | None = None,
    ) -> None:
        self._recordings = {recording.summary.id: recording for recording in recordings}
        self._answers = answers or {}
        self._found = found or {}
        self._session = Session(name=session, selected=next(iter(self._recordings), ""))
        self._turns: list[Turn] = []
        self._revealed: dict[str, int] = {}
        self._speed = speed
        self._begun = time.monotonic()
        self._copies = Copies()
        self.requests: list[tuple[str, str]] = []
        """Every (run, action) that was asked for, in order."""
        self.started: list[RunSpec] = []
        """Every spec that was to be started."""

    def reveal(self, run: str, records: int) -> None:
        """Let readers see only the first so many records of a run."""
        self._revealed[run] = records

    def machine(self) -> Machine:
        return Machine(label="demo", cores=1, memory_bytes=8 << 30, available_bytes=4 << 30, accelerator="")

    def corpora(self) -> tuple[CorpusEntry, ...]:
        return tuple(
            CorpusEntry(name=e.name, title=e.title, about=e.about, characters=e.characters, distinct=e.distinct)
            for e in bundled.entries()
        )

    def corpus(self, data: DataSpec) -> CorpusReport:
        return report(Corpus.open(data.corpus, data))

    def passage(self, data: DataSpec, start: int, length: int) -> Passage:
        return passage(Corpus.open(data.corpus, data), start, length)

    def corpus_detail(self, data: DataSpec) -> CorpusDetail:
        return detail(Corpus.open(data.corpus, data))

    def baselines(self, data: DataSpec) -> Baselines:
        return baselines(Corpus.open(data.corpus, data))

    def compare(self, one: DataSpec, other: DataSpec) -> Comparison:
        return compare(Corpus.open(one.corpus, one), Corpus.open(other.corpus, other))

    def batch(self, spec: RunSpec, number: int = 1, epoch: int = 1) -> Batch:
        corpus = Corpus.open(spec.data.corpus, spec.data)
        return batch(corpus, spec.data, number=number, epoch=epoch, seed=spec.train.seed)

    def preflight(self, spec: RunSpec, measured: bool = True) -> Preflight:
        raise RunError("a recording cannot train, nor measure how fast that would be: start `rnnlab`")

    def fetch(self, name: str) -> CorpusEntry:
        raise RunError("a recording fetches nothing: start `rnnlab`")

    def adopt(self, name: str, path: str) -> CorpusEntry:
        raise RunError("a recording keeps nothing: start `rnnlab`")

    def work(self) -> tuple[Work, ...]:
        return ()

    def cancel_work(self) -> None:
        pass

    def sessions(self) -> tuple[SessionSummary, ...]:
        live = sum(self.run(run).live for run in self._recordings)
        return (SessionSummary(name=self._session.name, runs=len(self._recordings), live=live, used_at=0.0),)

    def session(self, name: str = "") -> Session:
        if name and name != self._session.name:
            raise BadInput(f"a recording has one session, {self._session.name}")
        return self._session

    def save_session(self, session: Session) -> None:
        self._session = session

    def transcript(self, session: str, run: str = "") -> tuple[Turn, ...]:
        return tuple(turn for turn in self._turns if run in ("", turn.run))

    def remember(self, session: str, turn: Turn) -> None:
        self._turns.append(turn)

    def keep_text(self, session: str, name: str, text: str) -> str:
        raise RunError("a recording keeps no files: start `rnnlab`")

    def start(self, spec: RunSpec, session: str, init: str = "", at: str = "last") -> str:
        self.started.append(spec)
        raise RunError("a recording cannot train: leave it with q and start `rnnlab`")

    def fork(self, run: str, at: str, changes: dict[str, Value]) -> str:
        raise RunError("a recording cannot train: leave it with q and start `rnnlab`")

    def export_run(self, run: str, at: str, *, whole: bool) -> bytes:
        raise RunError("a recording has no weights to export: leave it with q and start `rnnlab`")

    def import_run(self, file: bytes, session: str, corpus: str = "") -> str:
        raise RunError("a recording takes no runs: leave it with q and start `rnnlab`")

    def runs(self, session: str = "") -> tuple[RunSummary, ...]:
        return tuple(sorted((self.run(run) for run in self._recordings), key=lambda run: -run.created_at))

    def find(self, reference: str, session: str = "") -> str:
        return choose(reference, self.runs(session)).id

    def run(self, run: str) -> RunSummary:
        return self._now(run).summary

    def beginning(self, run: str) -> Beginning:
        return Beginning()

    def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
        records = self._now(run).records
        chunk = records[cursor : cursor + limit]
        end = cursor + len(chunk)
        return Reading(records=chunk, cursor=end, more=end < len(records), damaged=0)

    def log(self, run: str, lines: int = 20) -> tuple[str, ...]:
        return ()

    def request(self, run: str, action: str) -> None:
        if action not in ACTIONS:
            raise BadInput(f"a run can be asked to {', '.join(ACTIONS)}, not {action[:40]!a}")
        self._ask(run, action)

    def _ask(self, run: str, action: str) -> None:
        summary = self.run(run)
        if not summary.live:
            raise RunError(f"{run} is {summary.state}: there is no worker to {action}")
        self.requests.append((run, action))

    def change(self, run: str, changes: dict[str, Value]) -> None:
        turned(self.run(run).spec, changes)
        self._ask(run, "change")

    def resume(self, run: str) -> None:
        self.request(run, "unpause")

    def delete(self, run: str) -> None:
        if self.run(run).live:
            raise RunError(f"{run} is still training: stop it first")
        del self._recordings[run]

    def originality(self, run: str, text: str) -> Originality:
        data = self.run(run).spec.data
        return self._copies.check(data, lambda: Corpus.open(data.corpus, data), text)

    def console(self, run: str) -> FakeConsole:
        self._recording(run)
        return FakeConsole(self._answers, self._found.get(run))

    def _now(self, run: str) -> Recording:
        recording = self._recording(run)
        if run in self._revealed:
            return recording.first(self._revealed[run])
        if self._speed:
            return recording.until((time.monotonic() - self._begun) * self._speed)
        return recording

    def _recording(self, run: str) -> Recording:
        if run not in self._recordings:
            raise NotFound(f"there is no run {run}: `rnnlab runs` lists those there are")
        return self._recordings[run]
