"""What the whole screen looks like, as text that can be reviewed: nothing in it depends on a clock or a machine."""

from __future__ import annotations

import time

import pytest

from rnnlab.dialogue import Turn
from rnnlab.hosts.values import Session
from rnnlab.tui.app import RnnlabApp
from tests.tui.desks import SMALL, WIDE, DeskHost, bench, bench_app, ready, recording, until
from tests.tui.runs import screen_text, settled

SIZES = pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])


@pytest.fixture(autouse=True)
def universal_time(monkeypatch):
    """The log shows local times."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def host_with_runs() -> DeskHost:
    host = DeskHost([recording("gru-256-calm-otter", made=2.0), recording("rnn-64-old-newt", state="finished")])
    host.remember("demo", Turn(prefix="The tide", text=" rose over the mole.", run="gru-256-calm-otter", step=600))
    return host


async def picture(app: RnnlabApp, size: tuple[int, int], keys: str = "", ends_with: str = "") -> str:
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: bench(pilot).heard and (bench(pilot).report or bench(pilot).trouble))
        if bench(pilot).checked.spec:
            await ready(pilot)
        await pilot.press(*keys.split())
        await settled(pilot)
        await until(pilot, lambda: ends_with in screen_text(app))
        return screen_text(app)


@SIZES
async def test_the_first_time(size, snapshot):
    assert await picture(bench_app(DeskHost()), size) == snapshot


@SIZES
async def test_a_run_that_trains(size, snapshot):
    assert await picture(bench_app(host_with_runs()), size, "f4") == snapshot


@SIZES
async def test_a_corpus_of_a_thousand_characters(size, snapshot):
    session = Session(name="demo", draft={"data.corpus": "lyrics-zh"})
    assert await picture(bench_app(host_with_runs(), session), size, "f2 tab down down") == snapshot


async def test_the_text_of_a_corpus(snapshot):
    assert await picture(bench_app(DeskHost()), SMALL, "f2 z t tab down", "of 75,524") == snapshot


async def test_the_ids_of_a_corpus(snapshot):
    session = Session(name="demo", draft={"data.corpus": "lyrics-zh"})
    assert await picture(bench_app(DeskHost(), session), SMALL, "f2 i", "of 13,075") == snapshot


@SIZES
async def test_a_form_with_errors(size, snapshot):
    session = Session(name="demo", draft={"data.batch": "0", "train.lr": "fast", "model.cell": "transformer"})
    assert await picture(bench_app(DeskHost(), session), size, "enter") == snapshot


@SIZES
async def test_the_list_of_runs(size, snapshot):
    assert await picture(bench_app(host_with_runs()), size, "o down", "rnn-64-old-newt") == snapshot


async def test_the_question_before_a_run_is_deleted(snapshot):
    assert await picture(bench_app(host_with_runs()), SMALL, "o down d", "delete it") == snapshot


async def test_the_help(snapshot):
    assert await picture(bench_app(DeskHost()), SMALL, "question_mark", "Esc: close") == snapshot


@SIZES
async def test_a_worker_that_died(size, snapshot):
    dead = recording("gru-256-calm-otter", state="died", message="the system killed it, perhaps for its memory")
    assert await picture(bench_app(DeskHost([dead])), size, "f4") == snapshot


async def test_a_terminal_that_is_too_small(snapshot):
    assert await picture(bench_app(host_with_runs()), (60, 16), "f4") == snapshot
