"""The view of a run: what follows from its course, and what the host's word changes."""

import msgspec
import pytest

from rnnlab import course
from rnnlab.course import Course
from rnnlab.events import Finished, Paused, Unpaused
from rnnlab.tui.run_view import RunView, fold

from .runs import records, started, step, summary, training

EMPTY = RunView.empty()


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


def test_the_view_of_a_course_is_what_its_records_give():
    view = fold(EMPTY, training(300), None)
    assert RunView.of(course.fold(Course(), training(300))) == view


def test_nothing_new_is_the_same_view():
    view = fold(EMPTY, training(300), summary())
    assert fold(view, training(300), summary()) is view
