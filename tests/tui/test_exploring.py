"""A closer look at a corpus, and a suggestion, by keyboard."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from rnnlab.errors import CorpusError
from rnnlab.hosts.preflight import preflight
from rnnlab.hosts.values import CorpusEntry, Measured, Preflight, Session, Work
from rnnlab.specs import DataSpec, RunSpec
from rnnlab.text.baselines import baselines
from rnnlab.text.comparing import compare
from rnnlab.text.corpus import Corpus
from rnnlab.text.detail import detail
from rnnlab.text.windows import batch
from rnnlab.tui.corpus_pane import CorpusPane
from rnnlab.tui.glyphs import FINE
from rnnlab.tui.looks import batch_lines, comparison_lines, detail_lines
from rnnlab.tui.model_pane import ModelPane
from tests.tui.desks import SMALL, WIDE, DeskHost, bench, bench_app, corpus_read, ready, screen_text, until, widths

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SCRIPTS = {
    "Hebrew": "בראשית ברא אלהים את השמים ואת הארץ\n",
    "Arabic": "في البدء خلق الله السماوات والأرض، لآ\n",
    "emoji": "👩‍👩‍👧‍👦 flags 🇫🇷🇯🇵 skin 👍🏽 heart ❤️ end\n",
    "combining": "e\u0301 a\u0308\u0304 "
    + "z\u0300" * 3
    + " Z\u0351\u036b\u0343\u036a\u0302\u0327\u0318\u0326\u0310\u0334\u0335\n",
    "Chinese": "　　第一回　甄士隐梦幻识通灵　贾雨村风尘怀闺秀\n",
    "hostile": "\x1b]52;c;x\x07\x9b31m \u202eevil\u2066 [/x] [@click=app.bell]no[/]\n",
}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("kind", ["char", "word", "byte"])
@pytest.mark.parametrize("width", [30, 76])
def test_no_line_is_wider_than_its_room_nor_obeyed_by_a_terminal(script: str, kind: str, width: int) -> None:
    data = DataSpec(tokens=kind, batch=2, steps=12)
    corpus = Corpus.from_text(SCRIPTS[script] * 20, data)
    for content in (
        detail_lines(detail(corpus), baselines(corpus), width, FINE),
        batch_lines(batch(corpus, data), width),
        comparison_lines(compare(corpus, Corpus.open("gazette", data)), width),
    ):
        for line in content.plain.split("\n"):
            assert cell_len(line) <= width
            assert not OBEYED.search(line)


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_each_closer_look_comes_at_its_key(size: tuple[int, int]) -> None:
    async with bench_app(DeskHost()).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("f2")
        for key, words in (("d", "5-gram"), ("b", "Y is X one token later"), ("c", "and press c there")):
            await pilot.press(key)
            await until(pilot, lambda words=words: words in screen_text(pilot.app))
        await pilot.press("down", "down", "c")
        await until(
            pilot, lambda: "tokens in both" in screen_text(pilot.app) or "token in both" in screen_text(pilot.app)
        )
        assert widths(pilot.app) == {size[0]}


@pytest.mark.parametrize("script", SCRIPTS)
async def test_every_script_leaves_the_layout_whole_in_every_look(script: str, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(SCRIPTS[script] * 200)
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        screen = bench(pilot)
        screen.draft = screen.draft.changed("data.corpus", str(tmp_path / "text.txt"))
        await until(pilot, lambda: screen.report and screen.report.source == str(tmp_path / "text.txt"))
        await pilot.press("f2")
        for key in "vtidb":
            await pilot.press(key)
            await until(pilot, lambda: "looking closer" not in screen_text(pilot.app))
            assert widths(pilot.app) == {SMALL[0]}
            assert not OBEYED.search(screen_text(pilot.app).replace("\n", ""))


async def test_a_look_that_waits_for_a_field_to_be_mended_says_so() -> None:
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        bench(pilot).query_one(ModelPane).form.focus_field("model.hidden")
        await pilot.press("ctrl+u", "x", "escape", "f2", "d")
        await until(pilot, lambda: "mend the fields of Model (F3)" in screen_text(pilot.app))
        await pilot.press("f3")
        bench(pilot).query_one(ModelPane).form.focus_field("model.hidden")
        await pilot.press("ctrl+u", "8")
        await until(pilot, lambda: "5-gram" in screen_text(pilot.app))


async def test_a_text_too_short_to_train_on_is_said_where_one_would_start_it(tmp_path: Path) -> None:
    text = tmp_path / "two.txt"
    text.write_text("ab")
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        bench(pilot).draft = bench(pilot).draft.changed("data.corpus", str(text))
        await pilot.press("f3")
        await until(pilot, lambda: "✕ the text leaves 2 tokens to train on" in screen_text(pilot.app))
        assert "Enter trains" not in screen_text(pilot.app)
        bench(pilot).pane("model").focus()
        await pilot.press("enter")
        await until(pilot, lambda: bench(pilot).query_one(CorpusPane).has_focus_within)
        await until(pilot, lambda: any("take a longer one" in note.message for note in pilot.app._notifications))


@pytest.fixture
def old(tmp_path: Path) -> str:
    """A file that is not UTF-8."""
    text = tmp_path / "old.txt"
    text.write_bytes(("nächster Halt: die Flut\n" * 200).encode("latin-1"))
    return str(text)


async def asks_for_enter(pilot: Pilot) -> None:
    await until(pilot, lambda: "Enter again reads it as latin-1" in " ".join(screen_text(pilot.app).split()))


async def test_a_file_in_another_encoding_is_read_in_it_at_a_second_enter_and_no_other_is(old: str) -> None:
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("f2", "end", "enter", *old, "enter")
        await asks_for_enter(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: corpus_read(pilot) == old)
        report = bench(pilot).report
        assert report is not None
        assert report.encoding == "iso8859-1"
        assert "ä" in [row.token for row in report.vocabulary]
        await pilot.press("home", "c")  # held against a text that is UTF-8
        await until(pilot, lambda: "in both" in screen_text(pilot.app))
        assert bench(pilot).encoding_of("lyrics-zh") == ""
        await pilot.press("enter")
        await until(pilot, lambda: corpus_read(pilot) == "the-tide-clock")
        assert bench(pilot).draft.text("data.encoding") == ""
        await pilot.press("end", "up", "enter")
        await until(pilot, lambda: corpus_read(pilot) == old)
        assert bench(pilot).draft.text("data.encoding") == "latin-1"


async def test_a_file_of_another_visit_is_read_at_a_second_enter_too(old: str) -> None:
    async with bench_app(DeskHost(), Session(name="demo", corpora=(old,))).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("f2", "end", "up", "enter")
        await asks_for_enter(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: corpus_read(pilot) == old)
        assert bench(pilot).draft.text("data.encoding") == "latin-1"


async def test_what_was_guessed_is_forgotten_when_one_asks_for_the_file_no_more(old: str) -> None:
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("f2", "end", "enter", *old, "enter")
        await asks_for_enter(pilot)
        await pilot.press("escape")
        Path(old).write_text("nächster Halt: die Flut\n" * 200)
        await pilot.press("end", "enter", *old, "enter")
        await until(pilot, lambda: corpus_read(pilot) == old)
        assert bench(pilot).draft.text("data.encoding") == ""


async def test_a_suggestion_is_filled_in_with_its_reasons() -> None:
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        screen = bench(pilot)
        await pilot.press("f3", "u")
        await until(pilot, lambda: screen.reasons)
        assert screen.checked.spec is not None
        assert screen.checked.spec.model.hidden == 256
        assert "weights for" in screen.reasons["model.hidden"]
        await until(pilot, lambda: screen.checked.plan is not None)


class TimingHost(DeskHost):
    """Says what a training would take."""

    def preflight(self, spec: RunSpec, measured: bool = True) -> Preflight:
        pace = Measured(tokens_per_s=71_234.0, step_s=0.0157)
        corpus = Corpus.open(spec.data.corpus, spec.data)
        found = preflight(Path(), spec, corpus, available=10**10, measured=False)
        return msgspec.structs.replace(found, measured=pace, seconds=3725.0)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_what_a_suggested_training_takes_stands_whole_under_the_form(size: tuple[int, int]) -> None:
    async with bench_app(TimingHost()).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("f3", "u")
        await until(pilot, lambda: "steps, ~1:02:05, 71,200 tokens/s" in screen_text(pilot.app))


class FetchingHost(DeskHost):
    """Has a text that is still on its server, and fetches it when it is told to go on."""

    def __init__(self, refusal: str = "") -> None:
        super().__init__()
        self.why_not = refusal
        self.goes_on = threading.Event()

    def corpora(self) -> tuple[CorpusEntry, ...]:
        here = self.goes_on.is_set() and not self.why_not
        far = CorpusEntry(name="lyrics-zh", title="", about="", characters=0, distinct=0, here=here, bytes=1_115_394)
        return (*(entry for entry in super().corpora() if entry.name != far.name), far)

    def fetch(self, name: str) -> CorpusEntry:
        assert self.goes_on.wait(20)
        if self.why_not:
            raise CorpusError(self.why_not)
        return self.corpora()[-1]

    def work(self) -> tuple[Work, ...]:
        return () if self.goes_on.is_set() else (Work(corpus="lyrics-zh", stage="fetching", done=1, total=4),)

    def cancel_work(self) -> None:
        self.goes_on.set()


async def test_a_text_of_the_catalogue_is_fetched_where_it_stands_and_then_chosen() -> None:
    host = FetchingHost()
    async with bench_app(host).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await until(pilot, lambda: re.search(r"lyrics-zh +to fetch +1.1 MB", screen_text(pilot.app)))
        await pilot.press("f2", "end", "up", "enter")
        await until(pilot, lambda: "fetching 25% of 4 bytes; Esc stops it" in screen_text(pilot.app))
        host.goes_on.set()
        await until(pilot, lambda: corpus_read(pilot) == "lyrics-zh")
        assert "to fetch" not in screen_text(pilot.app)


async def test_a_text_that_is_fetched_is_not_read_in_the_encoding_of_the_one_before(old: str) -> None:
    host = FetchingHost()
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("f2", "end", "enter", *old, "enter")
        await asks_for_enter(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: corpus_read(pilot) == old)
        host.goes_on.set()
        bench(pilot).post_message(CorpusPane.FetchWanted("lyrics-zh"))
        await until(pilot, lambda: corpus_read(pilot) == "lyrics-zh")
        assert bench(pilot).draft.text("data.encoding") == ""


async def test_fetching_can_be_stopped_and_says_so() -> None:
    async with bench_app(FetchingHost("lyrics-zh was given up half way")).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("f2", "end", "up", "enter")
        await until(pilot, lambda: "fetching 25%" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "was given up half way" in screen_text(pilot.app))
        assert corpus_read(pilot) != "lyrics-zh"
        assert not bench(pilot).busy


class SlowHost(DeskHost):
    """Reads a file until it is told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped = threading.Event()

    def corpus(self, data: DataSpec):
        if data.corpus != "slow.txt":
            return super().corpus(data)
        self.stopped.wait(20)
        raise CorpusError("slow.txt was given up half way, as asked: nothing of it was kept")

    def work(self) -> tuple[Work, ...]:
        return (Work(corpus="slow.txt", stage="encoding", done=420_000_000, total=1_000_000_000),)

    def cancel_work(self) -> None:
        self.stopped.set()


async def test_a_long_reading_shows_how_far_it_is_and_can_be_stopped() -> None:
    async with bench_app(SlowHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        screen = bench(pilot)
        await pilot.press("f2")
        screen.draft = screen.draft.changed("data.corpus", "slow.txt")
        await until(pilot, lambda: "encoding 42%" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "was given up half way" in screen_text(pilot.app))
        assert not screen.busy
