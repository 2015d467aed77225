from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.events import AnyEvent, Changed, Diverged, Finished, Paused, Rewound, Sampled, Saved, Unpaused
from rnnlab.tui.run_view import LOG, MARKS, RECENT, SAMPLES, TEXT, Mark, RunView, fold

from .runs import evaluated, records, sampled, started, step, summary, training

EMPTY = RunView.empty()
numbers = st.integers(0, 400)
events: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(step, numbers, st.floats(0.1, 100)),
    st.builds(step, numbers, st.floats(0.1, 100)),
    st.builds(started, numbers, st.integers(1, 3)),
    st.builds(evaluated, numbers, st.floats(0.1, 100), st.sampled_from(["train", "validation"])),
    st.builds(sampled, numbers),
    st.builds(lambda n: Diverged(step=n, epoch=1, loss=None, grad_norm=None, text="x" * 9000), numbers),
    st.builds(lambda n: Changed(step=n, epoch=1, changes={"train.lr": "0.1"}), numbers),
    st.builds(lambda n, reason: Saved(step=n, epoch=1, reason=reason), numbers, st.sampled_from(["best", "interval"])),
    st.builds(lambda n: Paused(step=n, epoch=1), numbers),
    st.builds(lambda n: Unpaused(step=n, epoch=1), numbers),
    st.builds(lambda n: Finished(step=n, epoch=1, cause="stopped"), numbers),
)


@given(st.lists(events, max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_folding_in_pieces_is_folding_at_once(happened, cuts):
    journal = records(happened, seconds=3.0)
    edges = [0, *sorted(min(cut, len(journal)) for cut in cuts), len(journal)]
    view = EMPTY
    for start, end in pairwise(edges):
        view = fold(view, journal[start:end], None)
    assert view == fold(EMPTY, journal, None)


def test_folding_the_same_records_again_changes_nothing():
    journal = training(300)
    view = fold(EMPTY, journal, None)
    assert fold(view, journal, None) is view


def test_a_long_run_takes_a_bounded_size():
    view = fold(EMPTY, training(30_000), None)
    assert len(view.recent) == RECENT
    assert len(view.log) <= LOG
    assert len(view.perplexity.points()) <= 4 * 512
    assert view.latest is not None
    assert view.latest.step == 30_000


def test_of_very_many_samples_the_first_and_the_newest_stay():
    view = fold(EMPTY, records([started(), *(sampled(n) for n in range(3000))]), None)
    steps = [record.event.step for record in view.samples]
    assert steps == [*range(SAMPLES[0]), *range(3000 - SAMPLES[1], 3000)]


def test_a_later_attempt_drops_what_came_after_its_step():
    first = [started(), *(step(n) for n in range(10, 101, 10)), evaluated(50, 9.0), evaluated(100, 4.0), sampled(100)]
    again = [started(50, attempt=2), step(60, 7.5)]
    view = fold(EMPTY, records([*first, *again]), None)
    assert [point[0] for point in view.perplexity.points()] == [10, 20, 30, 40, 50, 60]
    assert view.perplexity.last == (60, 7.5)
    assert view.validation.lowest == (50, 9.0)
    assert view.samples == ()
    assert [event.step for event in view.recent] == [10, 20, 30, 40, 50, 60]
    assert view.marks == (Mark(50, "resumed"),)


def test_what_happened_stays_in_the_log_when_it_is_trained_again():
    view = fold(EMPTY, records([started(), evaluated(100, 4.0), started(50, attempt=2)]), None)
    assert [record.event.step for record in view.log] == [0, 100, 50]


def test_training_events_close_together_share_a_line_and_others_keep_theirs():
    happened = [started(), *(step(n) for n in range(1, 31)), evaluated(30, 5.0), step(31), step(32), step(33)]
    view = fold(EMPTY, records(happened, seconds=1.0), None)
    lines = [(type(record.event).__name__, record.event.step) for record in view.log]
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
    view = fold(EMPTY, records([Saved(step=1, epoch=1, reason=reason) for reason in reasons]), None)
    kept = [record.event.reason for record in view.log if isinstance(record.event, Saved)]
    assert kept == ["best", "request", "stop", "end"]


def test_the_time_left_is_reckoned_from_this_attempts_own_pace():
    slow = [started(total_steps=1000), step(10, elapsed_s=100.0), step(20, elapsed_s=200.0)]
    quick = [started(20, attempt=2, total_steps=1000), step(30, elapsed_s=205.0), step(40, elapsed_s=210.0)]
    assert fold(EMPTY, records(slow), None).seconds_left == pytest.approx(980 * 10.0)
    assert fold(EMPTY, records([*slow, *quick]), None).seconds_left == pytest.approx(960 * 0.5)


def test_there_is_no_time_left_before_a_pace_or_after_the_end():
    assert fold(EMPTY, records([started(), step(10)]), None).seconds_left is None
    ended = [started(), step(10), step(20), Finished(step=20, epoch=1, cause="stopped")]
    assert fold(EMPTY, records(ended), None).seconds_left is None


def test_clipping_is_the_share_over_the_recent_steps():
    view = fold(EMPTY, records([started(), step(10, clipped=0.5), step(20, clipped=0.1)]), None)
    assert view.clipped == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        ([], ""),
        ([started()], "running"),
        ([started(), Paused(step=1, epoch=1)], "paused"),
        ([started(), Paused(step=1, epoch=1), Unpaused(step=1, epoch=1)], "running"),
        ([started(), Finished(step=1, epoch=1, cause="failed")], "failed"),
        ([started(), Finished(step=1, epoch=1, cause="failed"), started(1, 2)], "running"),
    ],
)
def test_without_a_summary_the_journal_says_the_state(happened, state):
    assert fold(EMPTY, records(happened), None).state == state


def test_the_hosts_word_on_the_state_counts_more():
    view = fold(EMPTY, training(100), summary("died"))
    assert view.state == "died"
    assert fold(view, (), None).state == "died"


def test_a_summary_of_another_run_begins_its_view():
    view = fold(EMPTY, training(100), summary())
    other = fold(view, records([started()]), msgspec.structs.replace(summary(), id="lstm-64-calm-heron"))
    assert other.latest is None
    assert len(other.log) == 1


def test_what_came_after_the_step_that_a_training_went_back_to_is_dropped():
    before = [started(), *(step(n) for n in range(10, 60, 10)), evaluated(50, 4.0), sampled(50)]
    before.append(Diverged(step=51, epoch=1, loss=None, grad_norm=None, text=""))
    view = fold(EMPTY, records([*before, Rewound(step=30, epoch=1, from_step=54, lr=0.002), step(40, 9.0)]), None)
    assert [event.step for event in view.recent] == [10, 20, 30, 40]
    assert view.recent[-1].perplexity == 9.0
    assert view.validation.last is None
    assert view.samples == ()
    assert [(mark.step, mark.kind) for mark in view.marks] == [(30, "diverged")]


def test_an_attempt_that_begins_at_step_0_again_looks_at_the_untrained_model_again():
    lost = [started(), evaluated(0, 28.0), sampled(0), step(10), Changed(step=0, epoch=1, changes={"train.lr": "1"})]
    view = fold(EMPTY, records([*lost, started(0, attempt=2), evaluated(0, 28.0), sampled(0)]), None)
    assert len(view.samples) == 1
    assert view.validation.points() == [(0, 28.0)]
    assert view.recent == ()
    assert [(mark.step, mark.kind) for mark in view.marks] == [(0, "resumed")]


def test_marks_are_bounded_and_not_repeated():
    diverged = [Diverged(step=n // 2, epoch=1, loss=None, grad_norm=None, text="") for n in range(1000)]
    view = fold(EMPTY, records([started(), *diverged]), None)
    assert len(view.marks) == MARKS
    assert len(set(view.marks)) == MARKS


def test_long_foreign_text_is_cut():
    view = fold(EMPTY, records([sampled(1, "x" * 10**6)]), None)
    for record in (*view.samples, *view.log):
        assert isinstance(record.event, Sampled)
        assert len(record.event.text) == TEXT


@pytest.mark.parametrize(
    "hostile", [step(10**30, 5.0), started(total_steps=10**400), started(vocabulary=-5), step(-1, 5.0)]
)
def test_numbers_that_no_run_has_are_left_out(hostile):
    view = fold(EMPTY, records([started(), step(10), hostile]), None)
    assert view.started == started()
    assert view.perplexity.last is not None
    assert view.perplexity.last[0] == 10
