"""What is said of the whole: states, and conditions that last."""

from __future__ import annotations

import msgspec
import pytest
from textual.geometry import Size

from rnnlab.hosts.values import LIVE
from rnnlab.tui.status import STATES, condition, state_of
from tests.tui.desks import recording

WIDE = Size(120, 36)


def test_every_live_state_has_a_word():
    assert set(LIVE) <= set(STATES)


def test_states_that_end_well_badly_or_not_yet_differ_without_colour():
    marks = {tone: {mark for mark, _, shown in STATES.values() if shown == tone} for _, _, tone in STATES.values()}
    assert not marks["good"] & marks["bad"]
    assert not marks["quiet"] & (marks["bad"] | marks["good"])


def test_a_state_of_another_version_is_shown_and_harmless():
    summary = recording("gru-1", state="sleeping\x1b").summary
    assert state_of(summary) == ("?", "sleeping␛", "quiet")


def test_all_well_says_nothing():
    assert condition("", recording("gru-1").summary, WIDE) == ""
    assert condition("", None, WIDE) == ""


@pytest.mark.parametrize("state", ["died", "failed", "diverged"])
def test_a_bad_end_says_the_cause_and_the_way_on(state):
    said = condition("", recording("gru-1", state=state, message="the loss was not finite.").summary, WIDE)
    assert "the loss was not finite. r in Training resumes" in said


def test_what_never_began_has_nothing_to_resume_from():
    never = msgspec.structs.replace(recording("gru-1", state="failed", message="no GPU").summary, total_steps=0)
    assert condition("", never, WIDE).endswith("no GPU. r in Training tries again.")


@pytest.mark.parametrize(("state", "way"), [("waiting", "It goes on when there is room."), ("suspended", "")])
def test_a_worker_that_lives_and_does_not_train_is_not_to_be_resumed(state, way):
    said = condition("", recording("gru-1", state=state, message="it has its reasons").summary, WIDE)
    assert said.endswith(f"{state}: it has its reasons. {way}".rstrip())


def test_trouble_with_the_host_comes_before_all_else():
    summary = recording("gru-1", state="died").summary
    assert condition("the disk is full", summary, Size(10, 10)) == "✕ the disk is full"


@pytest.mark.parametrize("size", [Size(79, 24), Size(80, 23)])
def test_a_small_terminal_is_told_what_shows_all(size):
    assert "80×24 shows all" in condition("", None, size)
