"""Questions about a model's inside, through the console's process, of a run that has ended and of one that trains."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from rnnlab.dialogue import Answered, Answering, Found, JudgePairs, MeasureMemory, Prompt, RankUnits, Refused, ScoreText
from rnnlab.events import Saved
from rnnlab.findings import Judged, Memory, TextScore
from rnnlab.worker.limits import NICE

from .live import Live, answer, begun_by, ended_by, text_of

TEXT = "the tide turns"


def asked(live: Live, *questions) -> list:
    console = live.host.console(live.run)
    try:
        pieces = []
        for question in questions:
            console.ask(question)
            pieces.append(answer(console))
        return pieces
    finally:
        console.close()


def test_a_text_is_scored_and_the_same_process_writes_on(finished: Live) -> None:
    scored, written = asked(finished, ScoreText(text=TEXT), Prompt(prefix="the "))
    assert (begun_by(scored).run, ended_by(scored).cause) == (finished.run, "probed")
    totals = [piece.finding for piece in scored if isinstance(piece, Found) and isinstance(piece.finding, TextScore)]
    assert [total.tokens for total in totals] == [len(TEXT)]
    assert text_of(written)


def test_the_untrained_weights_can_be_asked_too_and_know_less(finished: Live) -> None:
    first, last = asked(finished, ScoreText(text=TEXT, at="0"), ScoreText(text=TEXT))
    assert (begun_by(first).step, begun_by(last).step > 0) == (0, True)
    assert first[-2].finding.nats > last[-2].finding.nats


def test_the_memory_is_measured_on_the_runs_own_text(finished: Live) -> None:
    (pieces,) = asked(finished, MeasureMemory(lags=5, contexts=(1, 3), positions=4))
    (memory,) = [piece.finding for piece in pieces if isinstance(piece, Found)]
    assert isinstance(memory, Memory)
    assert (len(memory.hidden), memory.text) == (5, "validation")


def test_a_run_that_trains_is_asked_by_its_newest_weights(training: Live) -> None:
    saved = training.asked("checkpoint", Saved)
    (pieces,) = asked(training, JudgePairs(pairs=((TEXT, "the edit snrut"),)))
    (judged,) = [piece.finding for piece in pieces if isinstance(piece, Found)]
    assert isinstance(judged, Judged)
    assert begun_by(pieces).step >= saved.step > 0
    assert training.host.run(training.run).live


def test_what_cannot_be_found_is_refused_in_a_sentence_and_the_process_goes_on(finished: Live) -> None:
    refused, scored = asked(finished, ScoreText(text="É"), ScoreText(text=TEXT))
    assert isinstance(refused[-1], Refused)
    assert "never saw" in refused[-1].message
    assert isinstance(scored[-1], Answered)
    assert isinstance(scored[0], Answering)


def test_copies_are_found_in_the_text_that_the_run_trained_on(finished: Live) -> None:
    found = finished.host.originality(finished.run, "QQQ" + "turns and the clock turns with it" + "QQQ")
    assert [(span.start, span.length) for span in found.spans] == [(3, 33)]


def test_a_regular_expression_that_would_take_centuries_is_refused_in_seconds(finished: Live) -> None:
    # The text has "turns and the clock turns with it; " over and over, which this one tries in every way.
    slow = RankUnits(hypothesis="match", pattern="([a-z ;]*)*X")
    (pieces, scored) = asked(finished, slow, ScoreText(text=TEXT))
    (refused,) = [piece for piece in pieces if isinstance(piece, Refused)]
    assert "takes too long to search for" in refused.message
    assert ended_by(scored).cause == "probed"


def test_who_looks_into_a_model_makes_way_for_a_training_and_who_writes_does_not(finished: Live) -> None:
    console = finished.host.console(finished.run)
    try:
        console.ask(Prompt(prefix="the "))
        answer(console)
        process = psutil.Process(console._process.pid)
        before = process.nice()
        console.ask(ScoreText(text=TEXT))
        answer(console)
        assert (before, process.nice()) == (os.getpriority(os.PRIO_PROCESS, 0), max(before, NICE))
        # Where Linux shares the processor among sessions first, the console's own makes way as a whole;
        # of others than root Linux takes that at most ten times a second.
        group = Path(f"/proc/{process.pid}/autogroup")
        assert os.geteuid() or not group.exists() or group.read_text().endswith(f" nice {NICE}\n")
    finally:
        console.close()
