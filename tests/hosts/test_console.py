"""The console: a conversation with a run's model, also while it trains."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from rnnlab.dialogue import Answered, Prompt, Refused, Wrote
from rnnlab.errors import RunError
from rnnlab.events import Paused, Started, Unpaused
from rnnlab.hosts.generator import LocalConsole
from rnnlab.runs import checkpoints
from rnnlab.specs import SampleSpec

from .live import Live, answer, begun_by, ended_by, say, text_of, until

SEVEN = SampleSpec(seed=7, length=60)
ENDLESS = SampleSpec(seed=7, length=10**6)


@pytest.fixture(scope="module")
def console(finished: Live) -> Iterator[LocalConsole]:
    """A conversation with the finished run."""
    console = finished.host.console(finished.run)
    yield console
    console.close()


def test_the_same_seed_at_the_same_step_writes_the_same_text(console: LocalConsole, finished: Live) -> None:
    first = say(console, Prompt(prefix="the ", sample=SEVEN))
    second = say(console, Prompt(prefix="the ", sample=SEVEN))
    other = say(console, Prompt(prefix="the ", sample=SampleSpec(seed=8, length=60)))
    assert len(text_of(first)) == 60
    assert text_of(first) == text_of(second) != text_of(other)
    begin = begun_by(first)
    assert (begin.run, begin.step, begin.seed) == (finished.run, finished.host.run(finished.run).step, 7)
    assert (begin.split, begin.perplexity is not None) == ("validation", True)
    assert (ended_by(first).cause, ended_by(first).tokens) == ("length", 60)


def test_a_seed_that_was_drawn_can_be_typed_again(console: LocalConsole) -> None:
    drawn = say(console, Prompt(prefix="the ", sample=SampleSpec(length=40)))
    seed = begun_by(drawn).seed
    assert seed > 0
    again = say(console, Prompt(prefix="the ", sample=SampleSpec(length=40, seed=seed)))
    assert text_of(again) == text_of(drawn)


def test_an_answer_is_stopped_in_the_middle_and_the_next_one_comes(console: LocalConsole) -> None:
    stopped = say(console, Prompt(prefix="the ", sample=ENDLESS), stop_at_first=True)
    assert ended_by(stopped).cause == "stopped"
    assert 0 < ended_by(stopped).tokens < 10**6
    assert ended_by(say(console, Prompt(prefix="the ", sample=SEVEN))).cause == "length"


def test_a_new_question_stops_the_answer_before_it(console: LocalConsole) -> None:
    console.ask(Prompt(prefix="the ", sample=ENDLESS))
    console.ask(Prompt(prefix="tide", sample=SEVEN))
    pieces = answer(console, count=2)
    first = next(number for number, piece in enumerate(pieces) if isinstance(piece, Answered))
    assert ended_by(pieces[: first + 1]).cause == "stopped"
    second = pieces[first + 1 :]
    assert ended_by(second).cause == "length"
    assert text_of(second) == text_of(say(console, Prompt(prefix="tide", sample=SEVEN)))


def test_a_stop_while_the_generator_warms_up_is_obeyed_changes_no_later_answer_and_closing_ends_the_process(
    finished: Live, console: LocalConsole
) -> None:
    fresh = finished.host.console(finished.run)
    try:
        fresh.ask(Prompt(prefix="the ", sample=ENDLESS))
        fresh.stop()
        assert ended_by(answer(fresh)).cause == "stopped"
        after = say(fresh, Prompt(prefix="tide", sample=SEVEN))
        assert text_of(after) == text_of(say(console, Prompt(prefix="tide", sample=SEVEN)))
        fresh.ask(Prompt(prefix="the ", sample=ENDLESS))
        until(lambda: any(isinstance(piece, Wrote) for piece in fresh.read(0.05)), "it writes")
    finally:
        # In the middle of an answer, and twice.
        fresh.close()
        fresh.close()
    assert fresh._process.poll() is not None
    with pytest.raises(RunError, match="has ended"):
        fresh.ask(Prompt(prefix="the"))


def test_a_stop_where_nothing_is_being_written_stops_nothing(console: LocalConsole) -> None:
    console.stop()
    assert ended_by(say(console, Prompt(prefix="the ", sample=SEVEN))).cause == "length"


def test_a_stop_text_ends_the_answer_and_is_its_end(console: LocalConsole) -> None:
    sample = SampleSpec(seed=7, length=10_000, stop="e")
    pieces = say(console, Prompt(prefix="the ", sample=sample))
    assert text_of(pieces).endswith("e")
    assert text_of(pieces).count("e") == 1
    assert ended_by(pieces).cause == "stop"
    never = say(console, Prompt(prefix="the ", sample=SampleSpec(seed=7, length=30, stop="zebra")))
    assert ended_by(never).cause == "length"


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (Prompt(prefix="Ωmega"), "'Ω'"),
        (Prompt(prefix="\x1b]52;c;eA==\x07"), "never saw"),
        (Prompt(prefix="the", at="99999"), "it has 0, "),
        (Prompt(prefix="the", at="\u202enewest"), "it has 0, "),
        (Prompt(prefix="t" * 1_000_000), "take at most 20,000"),
        (Prompt(prefix="\ud800"), "half of a surrogate pair"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(console: LocalConsole, prompt: Prompt, words: str) -> None:
    pieces = say(console, prompt)
    (refusal,) = pieces
    assert isinstance(refusal, Refused)
    assert words in refusal.message
    assert "\n" not in refusal.message
    assert ended_by(say(console, Prompt(prefix="the ", sample=SEVEN))).cause == "length"


def test_an_empty_prefix_and_every_saved_step_can_write(console: LocalConsole, finished: Live) -> None:
    for step in checkpoints.steps(finished.paths):
        pieces = say(console, Prompt(prefix="", sample=SEVEN, at=str(step)))
        assert begun_by(pieces).step == step
        assert text_of(pieces)
    best = begun_by(say(console, Prompt(prefix="", sample=SEVEN, at="best")))
    assert best.step == checkpoints.best_step(finished.paths)


@pytest.fixture(scope="module")
def beside(endless: Live) -> Iterator[LocalConsole]:
    """A conversation with the run that trains."""
    console = endless.host.console(endless.run)
    yield console
    console.close()


def test_the_console_answers_while_the_run_trains_and_does_not_hinder_it(training: Live, beside: LocalConsole) -> None:
    before = training.events()[-1].step
    pieces = say(beside, Prompt(prefix="the tide ", sample=SEVEN))
    assert ended_by(pieces).cause == "length"
    training.reaches(before + 50)
    saved = checkpoints.steps(training.paths)[-1]
    training.host.request(training.run, "checkpoint")
    until(lambda: checkpoints.steps(training.paths)[-1] > saved, "a newer checkpoint is there")
    newer = begun_by(say(beside, Prompt(prefix="the tide ", sample=SEVEN)))
    assert newer.step > begun_by(pieces).step
    assert len(training.of(Started)) == 1


def test_a_damaged_last_checkpoint_is_passed_over_as_a_resume_would(training: Live, beside: LocalConsole) -> None:
    training.asked("pause", Paused)
    *_, older, newest = checkpoints.steps(training.paths)
    weights = training.paths.checkpoint(newest) / "weights.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1])
    try:
        passed = say(beside, Prompt(prefix="the ", sample=SEVEN))
        (refusal,) = say(beside, Prompt(prefix="the ", sample=SEVEN, at=str(newest)))
    finally:
        weights.write_bytes(whole)
        training.asked("unpause", Unpaused)
    assert begun_by(passed).step == older
    assert isinstance(refusal, Refused)
    assert "is damaged" in refusal.message


def test_a_run_that_has_saved_nothing_yet_says_so(finished: Live, console: LocalConsole) -> None:
    aside = finished.paths.checkpoints.with_name("aside")
    finished.paths.checkpoints.rename(aside)
    try:
        (refusal,) = say(console, Prompt(prefix="the"))
    finally:
        aside.rename(finished.paths.checkpoints)
    assert isinstance(refusal, Refused)
    assert "train it to its first checkpoint" in refusal.message
    assert ended_by(say(console, Prompt(prefix="the ", sample=SEVEN))).cause == "length"


def test_a_generator_that_is_killed_says_so_and_takes_no_more_questions(finished: Live) -> None:
    console = finished.host.console(finished.run)
    try:
        pid = console._process.pid
        os.kill(pid, signal.SIGKILL)
        (refusal,) = answer(console)
        assert isinstance(refusal, Refused)
        assert "ended with code -9" in refusal.message
        with pytest.raises(RunError, match="has ended"):
            console.ask(Prompt(prefix="the"))
        console.stop()
        assert isinstance(answer(console)[0], Refused)
    finally:
        console.close()


def test_no_piece_is_there_before_something_was_asked(console: LocalConsole) -> None:
    assert console.read(0.0) == ()
