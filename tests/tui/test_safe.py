"""Hostile text in every pane: nothing reaches the terminal that it would obey, and nothing is parsed."""

from __future__ import annotations

import re

import msgspec
import pytest
from rich.segment import ControlType, Segment
from rich.style import Style
from rich.text import Text
from textual.app import App, ComposeResult
from textual.color import Color
from textual.content import Content
from textual.widgets import DataTable, Input, Label, Log, RichLog, Static, TextArea

from rnnlab.dialogue import Answered, Answering, Turn, Wrote
from rnnlab.errors import RunError
from rnnlab.events import Record, Sampled
from rnnlab.hosts.recording import Recording
from rnnlab.hosts.values import Session
from rnnlab.tui.safe import Backstop, plain
from tests.tui.desks import SMALL, WIDE, DeskHost, bench, bench_app, recording, type_text, until
from tests.tui.runs import screen_text

HOSTILE = "[/x][@click=app.bell]\x1b]52;c;aGk=\x07\x9b31m\x00\u202e\u200b\x7f[b]\ud800"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def test_plain_text_is_never_parsed_and_always_seen():
    assert plain("[b]a\x1bb[/b]").plain == "[b]a␛b[/b]"
    assert not plain("[b]bold[/b]").spans


def test_the_backstop_deletes_and_leaves_the_terminals_own_controls():
    control = Segment("", None, [(ControlType.BELL,)])
    segments = [Segment(f"a{HOSTILE}b", Style(bold=True)), control, Segment("harmless")]
    cleaned = Backstop().apply(segments, Color(0, 0, 0))
    assert not OBEYED.search(cleaned[0].text)
    assert cleaned[0].text.startswith("a[/x]")
    assert cleaned[0].style == Style(bold=True)
    assert cleaned[1] is control
    assert cleaned[2].text == "harmless"


class Careless(App[None]):
    """Widgets that were given hostile text as it is, behind the backstop."""

    def __init__(self) -> None:
        super().__init__()
        self._filters.append(Backstop())

    def compose(self) -> ComposeResult:
        text = HOSTILE.replace("\ud800", "")
        yield Static(Content(text))
        yield Label(Content(text))
        yield Static(text, markup=False)
        yield Input(text)
        yield TextArea(text)
        yield Log()
        yield RichLog()
        yield DataTable()

    def on_mount(self) -> None:
        text = HOSTILE.replace("\ud800", "")
        self.query_one(Log).write_line(text)
        self.query_one(RichLog).write(Content(text).plain)
        table = self.query_one(DataTable)
        table.add_column(Text(text))
        table.add_row(Text(text))


async def test_the_backstop_stands_behind_every_kind_of_widget():
    """Pins what it leans on: `App._filters`, through which Textual paints every line."""
    async with Careless().run_test(size=(100, 60)) as pilot:
        await pilot.pause()
        text = screen_text(pilot.app)
        assert text.count("@click") >= 7
        assert not OBEYED.search(text)


class HostileHost(DeskHost):
    """Everything that it says is hostile."""

    def start(self, spec, session, init="", at="last"):
        raise RunError(HOSTILE)

    def log(self, run: str, lines: int = 20) -> tuple[str, ...]:
        return (HOSTILE,) * 3


def hostile_host() -> HostileHost:
    harmless = recording("gru-256-calm-otter", state="failed", message=HOSTILE, device=HOSTILE, corpus=HOSTILE)
    sample = Record(seq=99, at=1.0, event=Sampled(step=60, epoch=2, prefix=HOSTILE, text=HOSTILE))
    summary = msgspec.structs.replace(harmless.summary, id=HOSTILE)
    answer = (
        Answering(run=HOSTILE, step=60, split=HOSTILE, perplexity=8.5, seed=42, unknown=(HOSTILE,)),
        Wrote(text=HOSTILE),
        Answered(tokens=20, seconds=0.01, cause="length"),
    )
    host = HostileHost(
        [Recording(summary=summary, records=(*harmless.records, sample))], {"x": answer}, session=HOSTILE
    )
    host.remember("", Turn(prefix=HOSTILE, text=HOSTILE, run=HOSTILE, step=1))
    return host


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
async def test_hostile_text_from_every_side_is_shown_and_obeyed_by_nobody(size, tmp_path):
    corpus = tmp_path / "[b]mine\u202e.txt"
    corpus.write_text(HOSTILE.replace("\ud800", "").replace("\0", "") * 100, encoding="utf-8")
    draft = {"data.corpus": str(corpus), "model.cell": HOSTILE, "model.hidden": HOSTILE, "train.prefixes": HOSTILE}
    session = Session(
        name=HOSTILE,
        draft=draft,
        corpora=(str(corpus), HOSTILE),
        desk={"console": {"prefix": HOSTILE}, "pane": HOSTILE},
    )
    seen = ""
    async with bench_app(hostile_host(), session).run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: bench(pilot).summary and bench(pilot).report)
        for key in ("f2", "t", "i", "v", "tab", "f3", "m", "enter", "f4", "f5", "f3", "escape", "o", "d", "n"):
            await pilot.press(key)
            seen += screen_text(pilot.app)
        await pilot.press("escape", "f5")
        await type_text(pilot, "x")
        await pilot.press("enter")
        await until(pilot, lambda: len(bench(pilot).host.transcript("")) == 2)
        seen += screen_text(pilot.app)
    assert not OBEYED.search(seen)
    assert "[/x]" in seen
