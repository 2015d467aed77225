"""The console's answers are held against the corpus when they have ended."""

from __future__ import annotations

from threading import Event

from textual.pilot import Pilot

from rnnlab.dialogue import Answered, Answering, AnyPiece, Prompt, Wrote
from rnnlab.errors import CorpusError
from rnnlab.text.report import Originality
from rnnlab.tui.answer import Asking
from rnnlab.tui.generate_pane import GeneratePane
from rnnlab.tui.microscope.asking import Subject
from rnnlab.tui.stream import TextStream
from tests.tui.desks import SMALL, DeskHost, bench, bench_app, ready, recording, until, widths
from tests.tui.runs import screen_text

RUN, OTHER = "gru-256-calm-otter", "rnn-64-old-newt"
COPY = "Fishermen coming round Gannet Point looked at the Sea Face"
END = Answered(tokens=20, seconds=0.01, cause="length")


def answer(text: str, run: str = RUN) -> tuple[AnyPiece, ...]:
    return (
        Answering(run=run, step=600, split="validation", perplexity=8.5, seed=42),
        *(Wrote(text=text[n : n + 7]) for n in range(0, len(text), 7)),
        END,
    )


class WatchedHost(DeskHost):
    """A FakeHost, whose originality is the real one: it tells what was asked and can be made to wait or refuse."""

    def __init__(self, **answers: str) -> None:
        runs = [recording(RUN, made=2.0), recording(OTHER, made=1.0)]
        super().__init__(runs, {prefix: answer(text) for prefix, text in answers.items()})
        self.checked: list[tuple[str, str]] = []
        self.free = Event()
        self.free.set()
        self.gone = False

    def originality(self, run: str, text: str) -> Originality:
        self.checked.append((run, text))
        assert self.free.wait(20)
        if self.gone:
            raise CorpusError("there is no such corpus any more")
        return super().originality(run, text)


async def ask(pilot: Pilot, prefix: str) -> None:
    await ready(pilot)
    bench(pilot).go_to("generate")
    await pilot.press(*prefix, "enter")


def underlined(stream: TextStream) -> str:
    rows = [stream.render_line(y) for y in range(stream.size.height)]
    return "".join(s.text for row in rows for s in row if s.style and s.style.underline)


def console(pilot: Pilot) -> GeneratePane:
    return bench(pilot).query_one(GeneratePane)


async def test_what_an_answer_copied_is_underlined_and_said_under_it():
    host = WatchedHost(x=f" rose. {COPY} qqq")
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: "86 % copied, in 1 span (F6, 6 shows where)" in screen_text(pilot.app))
        assert underlined(console(pilot).lane.stream).strip() == COPY
        assert host.checked == [(RUN, f" rose. {COPY} qqq")]
        assert widths(pilot.app) == {SMALL[0]}


async def test_nothing_is_said_where_nothing_is_copied_or_the_corpus_has_gone():
    host = WatchedHost(x=" rose over qqq the mole.", y=f" {COPY}")
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: len(host.checked) == 1)
        await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.group == "copies"])
        host.gone = True
        await pilot.press("y", "enter")
        await until(pilot, lambda: len(host.checked) == 2)
        await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.group == "copies"])
        await pilot.pause()
        assert "copied" not in screen_text(pilot.app)
        assert "no such corpus" not in screen_text(pilot.app)
        assert underlined(console(pilot).lane.stream) == ""


async def test_an_answer_is_shown_before_it_is_looked_up_and_nothing_is_looked_up_while_somebody_writes():
    host = WatchedHost(x=f" {COPY}")
    host.free.clear()
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ask(pilot, "x")
        await until(pilot, lambda: host.checked)
        pane = console(pilot)
        assert "seed 42" in screen_text(pilot.app)
        assert not pane.busy
        # Another answer begins while the first is looked up, and a third has ended before that one.
        pane.lane.begin(asking(), pane.texts)
        pane.lane.begin(asking(), pane.texts)
        pane.feed(answer(f" qqq {COPY}")[:-1])
        pane.feed((END,))
        pane.feed(answer(" goes on")[:2])
        host.free.set()
        await until(pilot, lambda: underlined(pane.lane.stream))
        await pilot.pause()
        assert pane.busy
        assert len(host.checked) == 1
        assert "copied" not in screen_text(pilot.app)
        pane.feed((END,))
        await until(pilot, lambda: len(host.checked) == 3)
        await until(pilot, lambda: underlined(pane.lane.stream).count("Gannet") == 2)


def asking() -> Asking:
    return Asking(question=Prompt(prefix="nobody answers this"), typed="z")


async def test_who_writes_beside_is_held_against_its_own_corpus():
    host = WatchedHost()
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ready(pilot)
        bench(pilot).go_to("generate")
        pane = console(pilot)
        await pane.put_beside([Subject(OTHER)])
        for lane in pane.lanes:
            lane.begin(asking(), pane.texts)
        pane.feed(answer(" writes for itself."), 0)
        pane.feed(answer(f" {COPY}", OTHER), 1)
        await until(pilot, lambda: underlined(pane.lanes[1].stream))
        assert dict(host.checked) == {RUN: " writes for itself.", OTHER: f" {COPY}"}
        assert underlined(pane.lane.stream) == ""
        assert "copied, in 1 span" in screen_text(pilot.app)
        assert "F6, 6" not in screen_text(pilot.app)
