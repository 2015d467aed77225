"""The microscope as a person meets it: keys, tabs, waiting and giving up."""

from __future__ import annotations

import asyncio
import gc
import re
import weakref

import pytest
from textual.widgets import TextArea

from rnnlab.dialogue import Refused, ScoreText
from rnnlab.findings import Guess, Surprise, TokenSurprise, score_of, sent
from rnnlab.tui.bench import BenchScreen
from rnnlab.tui.chart import Chart
from rnnlab.tui.dialog import Dialog
from rnnlab.tui.microscope.asking import NEWEST
from rnnlab.tui.microscope.part import Part
from tests.tui.desks import SMALL, WIDE, bench, bench_app, ready, until, widths
from tests.tui.microscope.looking import OTHER, RUN, ModelHost, answered, complaints, open_at, paste
from tests.tui.runs import screen_text


def model(run, question):
    """Knows vowels, and everything better the more it was trained."""
    if not isinstance(question, ScoreText):
        return [Refused(message="this model only scores")]
    hard = 3.0 if question.at == "0" else 2.0 if run == OTHER else 1.0
    tokens = tuple(TokenSurprise(c, 0.1 if c in "aeiou" else hard, 1, sent([Guess("e", 0.5)])) for c in question.text)
    return [Surprise(start=0, tokens=tokens), score_of(sum(t.nats for t in tokens), len(tokens), len(tokens))]


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["small", "wide"])
async def test_one_key_opens_it_on_held_out_text_and_escape_leads_back(size, snapshot) -> None:
    host = ModelHost(model)
    async with bench_app(host).run_test(size=size) as pilot:
        await open_at(pilot, 1)
        await until(pilot, lambda: "bits/char" in screen_text(pilot.app))
        await answered(pilot)
        assert f"{RUN} step 600" in screen_text(pilot.app)
        assert widths(pilot.app) == {size[0]}
        assert screen_text(pilot.app) == snapshot
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, BenchScreen))
        await until(pilot, lambda: host.closed == [RUN])


async def test_the_curves_behind_it_are_drawn_again_when_it_goes_and_not_before(monkeypatch) -> None:
    host, drawn = ModelHost(model), list[int]()
    draw = Chart.draw
    host.reveal(RUN, 30)
    async with bench_app(host).run_test(size=WIDE) as pilot:
        await open_at(pilot, 1)
        bench_screen = bench(pilot)
        monkeypatch.setattr(Chart, "draw", lambda chart, *size: (drawn.append(1), draw(chart, *size))[1])
        host.reveal(RUN, 60)
        await until(pilot, lambda: bench_screen.view and bench_screen.view.seq == 60)
        assert not drawn
        await pilot.press("question_mark")  # one looks through the help's edges at the microscope, not at the bench
        host.reveal(RUN, 70)
        await until(pilot, lambda: bench_screen.view and bench_screen.view.seq == 70)
        assert not drawn
        await pilot.press("escape", "escape")
        await until(pilot, lambda: drawn)
        steps = bench_screen.view.latest.step if bench_screen.view and bench_screen.view.latest else 0
        await until(pilot, lambda: f"{steps:,}" in screen_text(pilot.app))
        # A dialog leaves the rest of the bench in sight.
        await pilot.press("f4", "t")
        assert isinstance(pilot.app.screen, Dialog)
        drawn.clear()
        host.reveal(RUN, 80)
        await until(pilot, lambda: drawn)


async def test_a_text_of_ones_own_is_pasted_with_its_lines_and_scored() -> None:
    host = ModelHost(model)
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await open_at(pilot, 1)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.focused, TextArea))
        await paste(pilot, "two\nlines \x1b[31m")
        await until(pilot, lambda: "lines" in screen_text(pilot.app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "two↵" in screen_text(pilot.app))
        question = host.questions[-1][1]
        assert isinstance(question, ScoreText)
        assert question.text == "two\nlines [31m"


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["small", "wide"])
async def test_the_list_of_what_to_hold_it_against_says_how_far_each_is_and_on_which_corpus(size) -> None:
    async with bench_app(ModelHost(model)).run_test(size=size) as pilot:
        await open_at(pilot, 1)
        await pilot.press("v")
        await until(pilot, lambda: re.search(rf"{OTHER}, newest +[0-9,]+ steps, \S", screen_text(pilot.app)))
        assert re.search(rf"{OTHER}, untrained +[A-Za-z]", screen_text(pilot.app))


async def test_two_checkpoints_are_held_against_each_other() -> None:
    async with bench_app(ModelHost(model)).run_test(size=SMALL) as pilot:
        await open_at(pilot, 1)
        await pilot.press("v", "enter")
        await until(pilot, lambda: screen_text(pilot.app).count("bits/char") == 2)
        assert "first worse" in screen_text(pilot.app)
        await pilot.press("down", "d")
        await until(pilot, lambda: "under 1 bit" in screen_text(pilot.app))
        assert "rather" in screen_text(pilot.app)


async def test_other_weights_of_the_run_are_a_key_away() -> None:
    host = ModelHost(model)
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await open_at(pilot, 1)
        await pilot.press("w", "w")
        await until(pilot, lambda: "otter step 0" in screen_text(pilot.app))
        assert host.questions[-1][1].at == "0"


async def test_escape_gives_up_waiting_and_r_looks_again() -> None:
    host = ModelHost(model)
    host.held = True
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await open_at(pilot, 1)
        await until(pilot, lambda: "Esc stops" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "stopped: r looks again" in screen_text(pilot.app))
        # A model that does not stop is ended, not waited for.
        await until(pilot, lambda: host.closed == [RUN])
        host.held = False
        await pilot.press("r")
        await until(pilot, lambda: "bits/char" in screen_text(pilot.app))


async def test_what_a_model_refuses_and_what_cannot_start_is_said() -> None:
    host = ModelHost(lambda run, question: [Refused(message="a bidirectional model sees the token")])
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await open_at(pilot, 1)
        await until(pilot, lambda: "a bidirectional model sees" in screen_text(pilot.app))
        host.broken = True
        await pilot.press("v", "down", "down", "enter")
        await until(pilot, lambda: "there is no memory left" in screen_text(pilot.app) or host.questions[-1][0] == RUN)


async def test_a_run_without_weights_yet_is_refused_in_a_sentence() -> None:
    host = ModelHost(model)
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ready(pilot)
        bench(pilot).selected = ""
        await bench(pilot).action_microscope()
        await until(pilot, lambda: "no run yet" in complaints(pilot))
        assert isinstance(pilot.app.screen, BenchScreen)


async def test_what_a_part_consists_of_is_made_when_one_goes_there_and_stays() -> None:
    async with bench_app(ModelHost(model)).run_test(size=SMALL) as pilot:
        screen = await open_at(pilot, 1)
        assert not screen.query("#gradients, #ranking")
        await pilot.press("3", "5", "3")
        assert screen.part.NAME == "memory"
        assert screen.focused is screen.part.entry
        assert len(screen.query(Part)) == 3
        assert screen.query("#ranking")


async def test_a_click_and_a_key_to_the_same_new_part_at_once_bring_it_once() -> None:
    async with bench_app(ModelHost(model)).run_test(size=SMALL) as pilot:
        screen = await open_at(pilot, 1)
        await asyncio.gather(screen.go_to("neurons"), screen.go_to("neurons"), screen.go_to("samples"))
        assert screen.part.NAME == "samples"
        assert screen.focused is screen.part.entry
        assert len(screen.query(Part)) == 3


async def test_who_leaves_while_a_part_is_being_made_leaves_when_it_is_made() -> None:
    app = bench_app(ModelHost(model))
    async with app.run_test(size=SMALL) as pilot:
        screen = await open_at(pilot, 1)
        await asyncio.gather(screen.go_to("neurons"), screen.action_back())
        await screen.action_back()
        await until(pilot, lambda: isinstance(app.screen, BenchScreen))


@pytest.mark.parametrize("part", ["samples", "memory", "agreement", "neurons", "originality"])
async def test_a_program_that_ends_while_a_part_is_being_made_ends_clean(part: str) -> None:
    app = bench_app(ModelHost(model))
    async with app.run_test(size=SMALL) as pilot:
        going = asyncio.create_task((await open_at(pilot, 1)).go_to(part))
        await asyncio.sleep(0)
        app.exit()
        await going


@pytest.mark.parametrize("thinking", [False, True], ids=["answered", "thinking"])
async def test_a_closed_microscope_is_gone_at_once_though_its_models_process_takes_long_to_end(thinking: bool) -> None:
    host = ModelHost(model)
    host.held = thinking
    host.may_end.clear()
    app = bench_app(host)
    async with app.run_test(size=SMALL) as pilot:
        gone = weakref.ref(await open_at(pilot, 1))
        await until(pilot, lambda: host.questions)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: host.closed == [RUN])

        def is_gone() -> bool:
            app.tidy()
            gc.collect()
            return gone() is None

        await until(pilot, is_gone, 1)
        host.may_end.set()


@pytest.mark.parametrize("part", [2, 6], ids=["samples", "originality"])
async def test_keys_of_other_weights_are_not_offered_where_only_what_was_written_is_looked_at(part: int) -> None:
    async with bench_app(ModelHost(model)).run_test(size=WIDE) as pilot:
        screen = await open_at(pilot, part)
        assert "weights" not in screen_text(pilot.app).splitlines()[-1]
        await pilot.press("w", "v")
        assert pilot.app.screen is screen
        assert screen.subject
        assert screen.subject.at == NEWEST
        await pilot.press("1", "w")
        await until(pilot, lambda: screen.subject and screen.subject.at != NEWEST)
