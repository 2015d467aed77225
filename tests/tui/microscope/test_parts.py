"""The microscope's other parts as a person meets them."""

from __future__ import annotations

import math
from threading import Event

import msgspec

from rnnlab.dialogue import JudgePairs, MeasureMemory, Prompt, RankUnits, Refused, Turn, WatchUnit, Wrote
from rnnlab.errors import CorpusError
from rnnlab.findings import Activations, ContextPoint, Judged, Memory, Ranking, UnitScore
from rnnlab.hosts.values import Work
from rnnlab.text.report import Copied, Originality
from rnnlab.tui.microscope.samples import SamplesPart
from tests.tui.desks import SMALL, WIDE, bench_app, until, widths
from tests.tui.microscope.looking import OTHER, RUN, ModelHost, answered, complaints, open_at, paste
from tests.tui.runs import screen_text


def model(run, question):
    """Remembers by its name's length, and agrees where the first text is the shorter one."""
    if isinstance(question, MeasureMemory):
        fall = 0.1 if question.at == "0" else 0.9
        points = tuple(ContextPoint(k, math.log(9 / k**0.2), 9 / k**0.2) for k in question.contexts)
        norms = tuple(fall**k for k in range(1, question.lags + 1))
        return [
            Memory(weights="", step=600, hidden=norms, cell=norms[:1], context=points, positions=1, text="validation")
        ]
    if isinstance(question, JudgePairs):
        return [Judged(start=0, margins=tuple(float(len(bad) - len(good)) or -1.0 for good, bad in question.pairs))]
    if isinstance(question, WatchUnit):
        values = tuple((-1.0) ** n * (question.unit + 1) / 256 for n in range(len(question.text)))
        return [
            Activations(part=question.part, layer=0, unit=question.unit, tokens=tuple(question.text), values=values)
        ]
    if isinstance(question, RankUnits):
        gate = UnitScore(part="update", layer=0, unit=7, score=0.9, sign=1, fitted=0.91, low=0.1, high=0.8)
        units = (gate, msgspec.structs.replace(gate, part="hidden", unit=9, fitted=0.8))
        return [Ranking(hypothesis="match e", measure="auc", share=0.1, tokens=9, text="train", step=1, units=units)]
    if isinstance(question, Prompt):
        return [Wrote(text="the tide held" if question.clamp else "the tide rose")]
    return [Refused(message="not asked here")]


async def test_the_arrow_keys_go_through_the_samples_from_the_untrained_one(snapshot) -> None:
    async with bench_app(ModelHost(model)).run_test(size=SMALL) as pilot:
        screen = await open_at(pilot, 2)
        await until(pilot, lambda: "5 of 5" in screen_text(pilot.app))
        await pilot.press("left")
        assert "4 of 5" in screen_text(pilot.app)
        await pilot.press("home")
        assert "step 0, untrained" in screen_text(pilot.app)
        await pilot.press("right")
        assert "new since step 0" in screen_text(pilot.app)
        assert screen_text(pilot.app) == snapshot
        await pilot.press("end")
        assert screen.query_one(SamplesPart).at is None
        assert widths(pilot.app) == {SMALL[0]}


async def test_memory_is_measured_for_this_model_untrained_and_another_run(snapshot) -> None:
    host = ModelHost(model)
    async with bench_app(host).run_test(size=WIDE) as pilot:
        await open_at(pilot, 3)
        await until(pilot, lambda: "A hears" in screen_text(pilot.app))
        assert [(run, question.at) for run, question in host.questions[-2:]] == [(RUN, "last"), (RUN, "0")]
        await pilot.press("v", "down", "down", "enter")
        await until(pilot, lambda: f"C {OTHER} step 600" in screen_text(pilot.app))
        await answered(pilot)
        # What was known already is not measured again.
        assert host.questions[-1] == (OTHER, MeasureMemory())
        assert sum(isinstance(question, MeasureMemory) for _, question in host.questions) == 3
        assert screen_text(pilot.app) == snapshot
        await pilot.press("c")
        await until(pilot, lambda: "reaching the memory cells" in screen_text(pilot.app))


async def test_agreement_is_charted_for_runs_and_for_pairs_of_ones_own(tmp_path, snapshot) -> None:
    (tmp_path / "own.txt").write_text("the cat is | the cat was ill\nlonger than | this\n")
    async with bench_app(ModelHost(model)).run_test(size=SMALL) as pilot:
        await open_at(pilot, 4)
        await until(pilot, lambda: "of 300" in screen_text(pilot.app))
        await pilot.press("v", "down", "down", "space", "escape")
        await until(pilot, lambda: f"B {OTHER} step 600" in screen_text(pilot.app))
        await answered(pilot)
        assert screen_text(pilot.app) == snapshot
        await pilot.press("d")
        await until(pilot, lambda: screen_text(pilot.app).count("attractors") >= 1)
        await pilot.press("f")
        await paste(pilot, str(tmp_path / "own.txt"))
        await pilot.press("enter")
        await until(pilot, lambda: "✓" in screen_text(pilot.app))
        assert "50% of 2" in screen_text(pilot.app)
        assert "✕" in screen_text(pilot.app)
        await pilot.press("g")
        await until(pilot, lambda: "of 300" in screen_text(pilot.app))


async def test_a_file_that_is_no_list_of_pairs_is_refused_in_a_sentence(tmp_path) -> None:
    (tmp_path / "own.txt").write_text("only one side\n")
    async with bench_app(ModelHost(model)).run_test(size=SMALL) as pilot:
        await open_at(pilot, 4)
        await pilot.press("f")
        await paste(pilot, str(tmp_path / "own.txt"))
        await pilot.press("enter")
        await until(pilot, lambda: "line 1 is no pair" in complaints(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "of 300" in screen_text(pilot.app))


async def test_units_are_stepped_through_ranked_by_a_hypothesis_and_held(snapshot) -> None:
    host = ModelHost(model)
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await open_at(pilot, 5)
        await until(pilot, lambda: "hidden unit 0 of 256" in screen_text(pilot.app))
        await pilot.press("full_stop", "full_stop", "comma")
        await until(pilot, lambda: "hidden unit 1 of 256   from -0.01 to +0.01" in screen_text(pilot.app))
        await pilot.press("c")
        await until(pilot, lambda: "held at +0.01, its highest  the tide held" in screen_text(pilot.app))
        assert "free  the tide rose" in screen_text(pilot.app)
        await answered(pilot)
        assert screen_text(pilot.app) == snapshot
        await pilot.press("slash", "e", "enter")
        # The text is coloured by the best that can be held.
        await until(pilot, lambda: "hidden unit 9 of 256" in screen_text(pilot.app))
        assert "held at" not in screen_text(pilot.app)
        assert "▸ hidden 9" in screen_text(pilot.app)
        assert widths(pilot.app) == {SMALL[0]}
        # From there one goes on as one likes.
        await pilot.press("full_stop")
        await until(pilot, lambda: "hidden unit 10 of 256" in screen_text(pilot.app))
        await pilot.press("c")
        await until(pilot, lambda: "its highest" in screen_text(pilot.app))
        # A gate cannot be held, and what holding the other unit changed is gone.
        await pilot.press("up", "enter")
        await until(pilot, lambda: "update unit 7 of 256" in screen_text(pilot.app))
        assert "held at" not in screen_text(pilot.app)
        await until(pilot, lambda: "c clamp" not in screen_text(pilot.app))


class CopyingHost(ModelHost):
    """Whatever is asked of, its first twenty characters are copied."""

    def __init__(self) -> None:
        super().__init__(model)
        self.work_now: tuple[Work, ...] = ()
        self.indexed = Event()
        self.indexed.set()
        self.given_up = False
        self.checked: list[str] = []

    def originality(self, run: str, text: str) -> Originality:
        self.checked.append(text)
        self.indexed.wait(20)
        if self.given_up:
            raise CorpusError("the corpus was given up half way, as asked")
        if len(text) < 20:
            return Originality(characters=len(text), copied=0, shortest=20, spans=(), share=0.0)
        spans = (Copied(0, 20, 700, "What stands before. ", " What stands after.", 0.25),)
        return Originality(characters=len(text), copied=20, shortest=20, spans=spans, share=20 / len(text))

    def work(self) -> tuple[Work, ...]:
        return self.work_now

    def cancel_work(self) -> None:
        self.given_up = True
        self.indexed.set()


async def test_copies_are_underlined_charted_and_lead_to_their_place(snapshot) -> None:
    host = CopyingHost()
    host.remember("demo", Turn(prefix="The", text=" tide went out, and then some", run=RUN, step=600))
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await open_at(pilot, 6)
        await until(pilot, lambda: "700 (25 %)" in screen_text(pilot.app))
        assert "What stands before. " in screen_text(pilot.app)
        assert "copied, of each sample" in screen_text(pilot.app)
        assert screen_text(pilot.app) == snapshot
        await pilot.press("left")
        await until(pilot, lambda: "4 of 5" in screen_text(pilot.app))
        await pilot.press("p")
        await until(pilot, lambda: "step 600, 1 of 1: 69 % copied, in 1 span" in screen_text(pilot.app))
        assert "tide went out, and" in screen_text(pilot.app).split("700 (25 %)")[1]
        assert widths(pilot.app) == {SMALL[0]}


async def test_of_the_consoles_answers_only_those_that_one_looks_at_are_held_against_the_corpus() -> None:
    host = CopyingHost()
    for text in (" first of all", " second", " third"):
        host.remember("demo", Turn(prefix="The", text=text, run=RUN, step=600))
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await open_at(pilot, 6)
        await until(pilot, lambda: "5 of 5" in screen_text(pilot.app))
        await pilot.press("p")
        await until(pilot, lambda: "3 of 3: nothing" in screen_text(pilot.app))
        await pilot.press("left")
        await until(pilot, lambda: "2 of 3: nothing copied" in screen_text(pilot.app))
        assert [text for text in host.checked if text in (" first of all", " second", " third")] == [
            " third",
            " second",
        ]


async def test_a_long_corpus_is_indexed_with_progress_and_escape_ends_it() -> None:
    host = CopyingHost()
    host.indexed.clear()
    host.work_now = (Work(corpus="long", stage="sorting", done=3, total=10),)
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await open_at(pilot, 6)
        await until(pilot, lambda: "indexing the corpus, once: sorting 30 %, Esc stops" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "given up half way" in screen_text(pilot.app))
