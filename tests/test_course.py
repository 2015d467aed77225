"""The course of a run: what folding its journal keeps, and what it drops."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.course import LOG, MARKS, RECENT, SAMPLES, TEXT, Course, Mark, fold, sound
from rnnlab.events import AnyEvent, Changed, Diverged, Finished, Paused, Rewound, Sampled, Saved, Spiked, Unpaused
from rnnlab.series import Series
from tests.tui.runs import evaluated, records, sampled, started, step, training

EMPTY = Course()
numbers = st.integers(0, 400)
events: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(step, numbers, st.floats(0.1, 100)),
    st.builds(step, numbers, st.floats(0.1, 100)),
    st.builds(started, numbers, st.integers(1, 3)),
    st.builds(evaluated, numbers, st.floats(0.1, 100), st.sampled_from(["train", "validation"])),
    st.builds(sampled, numbers),
    st.builds(lambda n: Diverged(step=n, epoch=1, loss=None, grad_norm=None, text="x" * 9000), numbers),
    st.builds(lambda n: Spiked(step=n, epoch=1, loss=1.0, grad_norm=9.0, usual_norm=0.5, text="x" * 9000), numbers),
    st.builds(lambda n: Changed(step=n, epoch=1, changes={"train.lr": "0.1"}), numbers),
    st.builds(lambda n, reason: Saved(step=n, epoch=1, reason=reason), numbers, st.sampled_from(["best", "interval"])),
    st.builds(lambda n: Paused(step=n, epoch=1), numbers),
    st.builds(lambda n: Unpaused(step=n, epoch=1), numbers),
    st.builds(lambda n: Finished(step=n, epoch=1, cause="stopped"), numbers),
    st.builds(lambda n: Rewound(step=n, epoch=1, from_step=n + 9, lr=0.001), numbers),
)


@given(st.lists(events, max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_folding_in_pieces_is_folding_at_once(happened, cuts):
    journal = records(happened, seconds=3.0)
    edges = [0, *sorted(min(cut, len(journal)) for cut in cuts), len(journal)]
    course = EMPTY
    for start, end in pairwise(edges):
        course = fold(course, journal[start:end])
    assert course == fold(EMPTY, journal)


def test_folding_the_same_records_again_changes_nothing():
    journal = training(300)
    course = fold(EMPTY, journal)
    assert fold(course, journal) is course


def test_a_long_run_takes_a_bounded_size():
    course = fold(EMPTY, training(30_000))
    assert len(course.recent) == RECENT
    assert len(course.log) <= LOG
    assert len(list(course.perplexity.points())) <= 4 * 512
    assert course.recent[-1].step == 30_000


def test_of_very_many_samples_the_first_and_the_newest_stay():
    course = fold(EMPTY, records([started(), *(sampled(n) for n in range(3000))]))
    steps = [sample.step for sample in course.samples]
    assert steps == [*range(SAMPLES[0]), *range(3000 - SAMPLES[1], 3000)]


def test_a_later_attempt_drops_what_came_after_its_step():
    first = [started(), *(step(n) for n in range(10, 101, 10)), evaluated(50, 9.0), evaluated(100, 4.0), sampled(100)]
    again = [started(50, attempt=2), step(60, 7.5)]
    course = fold(EMPTY, records([*first, *again]))
    assert [point[0] for point in course.perplexity.points()] == [10, 20, 30, 40, 50, 60]
    assert course.perplexity.last == (60, 7.5)
    assert course.validation.lowest == (50, 9.0)
    assert course.samples == ()
    assert [event.step for event in course.recent] == [10, 20, 30, 40, 50, 60]
    assert course.marks == (Mark(50, "resumed"),)


def test_what_happened_stays_in_the_log_when_it_is_trained_again():
    course = fold(EMPTY, records([started(), evaluated(100, 4.0), started(50, attempt=2)]))
    assert [record.event.step for record in course.log] == [0, 100, 50]


def test_training_events_close_together_share_a_line_and_others_keep_theirs():
    happened = [started(), *(step(n) for n in range(1, 31)), evaluated(30, 5.0), step(31), step(32), step(33)]
    course = fold(EMPTY, records(happened, seconds=1.0))
    lines = [(type(record.event).__name__, record.event.step) for record in course.log]
    # One line each ten seconds, and the newest.
    assert lines == [
        ("Started", 0),
        *(("Step", n) for n in (1, 11, 21, 30)),
        ("Evaluated", 30),
        ("Step", 31),
        ("Step", 33),
    ]


def test_only_saves_that_mean_something_are_logged():
    reasons = ("begin", "interval", "best", "request", "stop", "end")
    course = fold(EMPTY, records([Saved(step=1, epoch=1, reason=reason) for reason in reasons]))
    kept = [record.event.reason for record in course.log if isinstance(record.event, Saved)]
    assert kept == ["best", "request", "stop", "end"]


def test_what_came_after_the_step_that_a_training_went_back_to_is_dropped():
    before = [started(), *(step(n) for n in range(10, 60, 10)), evaluated(50, 4.0), sampled(50)]
    before.append(Diverged(step=51, epoch=1, loss=None, grad_norm=None, text=""))
    course = fold(EMPTY, records([*before, Rewound(step=30, epoch=1, from_step=54, lr=0.002), step(40, 9.0)]))
    assert [event.step for event in course.recent] == [10, 20, 30, 40]
    assert course.recent[-1].perplexity == 9.0
    assert course.validation.last is None
    assert course.samples == ()
    assert [(mark.step, mark.kind) for mark in course.marks] == [(30, "diverged")]


def test_an_attempt_that_begins_at_step_0_again_looks_at_the_untrained_model_again():
    lost = [started(), evaluated(0, 28.0), sampled(0), step(10), Changed(step=0, epoch=1, changes={"train.lr": "1"})]
    course = fold(EMPTY, records([*lost, started(0, attempt=2), evaluated(0, 28.0), sampled(0)]))
    assert len(course.samples) == 1
    assert list(course.validation.points()) == [(0, 28.0)]
    assert course.recent == ()
    assert [(mark.step, mark.kind) for mark in course.marks] == [(0, "resumed")]


def test_marks_are_bounded_and_not_repeated():
    diverged = [Diverged(step=n // 2, epoch=1, loss=None, grad_norm=None, text="") for n in range(1000)]
    course = fold(EMPTY, records([started(), *diverged]))
    assert len(course.marks) == MARKS
    assert len(set(course.marks)) == MARKS


def test_a_spike_that_was_tamed_is_a_line_of_the_log_and_no_mark():
    spike = Spiked(step=10, epoch=1, loss=1.0, grad_norm=9.0, usual_norm=0.5, text="x" * 9000)
    course = fold(EMPTY, records([started(), spike]))
    assert course.marks == ()
    assert [record.event.text for record in course.log if isinstance(record.event, Spiked)] == ["x" * TEXT]


def test_long_foreign_text_is_cut():
    course = fold(EMPTY, records([sampled(1, "x" * 10**6)]))
    for event in (*course.samples, *(record.event for record in course.log)):
        assert isinstance(event, Sampled)
        assert len(event.text) == TEXT


@pytest.mark.parametrize(
    "hostile", [step(10**30, 5.0), started(total_steps=10**400), started(vocabulary=-5), step(-1, 5.0)]
)
def test_numbers_that_no_run_has_are_left_out(hostile):
    course = fold(EMPTY, records([started(), step(10), hostile]))
    assert course.started == started()
    assert course.perplexity.last is not None
    assert course.perplexity.last[0] == 10


@given(st.lists(events, max_size=60))
def test_whatever_was_folded_is_sound(happened):
    assert sound(fold(EMPTY, records(happened, seconds=3.0)))


SOUND = fold(EMPTY, training(30_000))
LIES = {
    "a sample of a megabyte": {"samples": (sampled(1, "x" * 10**6),)},
    "a log without end": {"log": SOUND.log * 9},
    "an event that no run has": {"log": records([step(10**30, 5.0)])},
    "a start that no run has": {"started": started(vocabulary=-5)},
    "training events without end": {"recent": SOUND.recent * 2},
    "marks without end": {"marks": tuple(Mark(n, "resumed") for n in range(200))},
    "a mark before the first step": {"marks": (Mark(-1, "resumed"),)},
    "a curve of buckets without end": {"validation": Series(1, SOUND.perplexity.packed * 9)},
    "a curve without a width": {"perplexity": Series(0, SOUND.perplexity.packed)},
}


@pytest.mark.parametrize("lie", [*LIES])
def test_what_folding_cannot_give_is_not_sound(lie):
    assert sound(SOUND)
    assert not sound(msgspec.structs.replace(SOUND, **LIES[lie]))
