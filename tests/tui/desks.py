"""What the tests of the bench share: a host that can start runs, and ways to look and to wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len
from textual.app import App
from textual.events import Paste
from textual.pilot import Pilot

from rnnlab.dialogue import Answered, Answering, AnyPiece, Wrote
from rnnlab.errors import RnnlabError
from rnnlab.hosts.fake import FakeHost
from rnnlab.hosts.recording import Recording
from rnnlab.hosts.values import CorpusEntry, RunSummary, Session
from rnnlab.specs import RunSpec
from rnnlab.tui.app import RnnlabApp
from rnnlab.tui.bench import BenchScreen
from tests.tui.runs import screen_text, summary, training

WIDE, SMALL = (120, 36), (80, 24)
STEPS = 600
SHELF = ("the-tide-clock", "lyrics-zh", "gazette", "the-glass-orchard")

ANSWER: tuple[AnyPiece, ...] = (
    Answering(run="gru-256-calm-otter", step=600, split="validation", perplexity=8.5, seed=42),
    Wrote(text=" rose over"),
    Wrote(text=" the mole."),
    Answered(tokens=20, seconds=0.01, cause="length"),
)


def recording(run: str, *, state: str = "running", made: float = 1.0, **changes: object) -> Recording:
    """A run as a recording; `changes` override what is said of it."""
    told: dict[str, object] = {
        "session": "demo",
        "corpus": "the-tide-clock",
        "step": STEPS,
        "total_steps": 7500,
        "epoch": 5,
        "perplexity": 5.8,
        "validation": 6.4,
        "tokens_per_s": 30117.0,
        "elapsed_s": 40.8,
        "device": "cpu",
    }
    return Recording(
        summary=summary(state, id=run, created_at=made, **(told | changes)),
        records=training(STEPS),
    )


class DeskHost(FakeHost):
    """Recordings, to which a start adds another; and trouble on demand."""

    def __init__(
        self,
        recordings: Sequence[Recording] = (),
        answers: Mapping[str, Sequence[AnyPiece]] | None = None,
        *,
        session: str = "demo",
    ) -> None:
        super().__init__(recordings, answers or {"The tide": ANSWER}, session=session)
        self.trouble: RnnlabError | None = None
        """What listing the runs raises."""
        self.refusal: RnnlabError | None = None
        """What starting a run raises."""

    def corpora(self) -> tuple[CorpusEntry, ...]:
        """Some of the bundled ones, so that a new one does not change the pictures."""
        return tuple(entry for entry in super().corpora() if entry.name in SHELF)

    def start(self, spec: RunSpec, session: str, init: str = "", at: str = "last") -> str:
        self.started.append(spec)
        if self.refusal:
            raise self.refusal
        run = f"{spec.model.cell}-{spec.model.hidden}-number-{len(self.started)}"
        self._recordings[run] = recording(run, spec=spec, made=100.0 + len(self.started))
        return run

    def runs(self, session: str = "") -> tuple[RunSummary, ...]:
        if self.trouble:
            raise self.trouble
        return super().runs(session)


def bench_app(host: FakeHost, session: Session | None = None, keymap: Mapping[str, str] | None = None) -> RnnlabApp:
    return RnnlabApp(host, session or host.session(), keymap)


def bench(pilot: Pilot) -> BenchScreen:
    assert isinstance(pilot.app, RnnlabApp)
    return pilot.app.bench


def selected_run(pilot: Pilot) -> str:
    """The id of the run whose summary is shown, or nothing."""
    shown = bench(pilot).summary
    return shown.id if shown else ""


def corpus_read(pilot: Pilot) -> str:
    """The name or path of the corpus that is shown, or nothing."""
    report = bench(pilot).report
    return report.source if report else ""


async def until(pilot: Pilot, holds: Callable[[], object], seconds: float = 20.0) -> None:
    """Let the app run until something holds."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise AssertionError(f"it never held; the screen:\n{screen_text(pilot.app)}")


async def ready(pilot: Pilot) -> None:
    """Let the bench read its corpus, hear from the host and come to rest."""
    screen = bench(pilot)
    await until(pilot, lambda: screen.checked.plan and screen.heard)
    await until(pilot, lambda: not screen.runs or (screen.view and screen.view.started))


async def type_text(pilot: Pilot, text: str) -> None:
    """Put text into the focused field, as a terminal's paste does."""
    focused = pilot.app.focused
    assert focused is not None
    focused.post_message(Paste(text))
    await pilot.pause()


def widths(app: App) -> set[int]:
    """The cells that each painted line takes."""
    return {cell_len(strip.text) for strip in app.screen._compositor.render_strips()}
