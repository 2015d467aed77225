"""One side of the console: who writes there, and when that can be said."""

from __future__ import annotations

from rnnlab.tui.lane import Lane
from rnnlab.tui.microscope.asking import Subject
from tests.tui.runs import running, screen_lines, settled, summary
from tests.tui.test_generate_pane import PaneApp

ONE, OTHER = Subject("lstm-64-calm-heron"), Subject("rnn-32-plain-gull")


async def test_others_can_be_chosen_where_some_write_beside_already():
    async with running(PaneApp(summary()), (110, 24)) as (app, pilot):
        await app.pane.put_beside((ONE,))
        # What the first one's end tells arrives while the two that follow are on their way to the screen.
        await app.pane.put_beside((ONE, OTHER))
        await settled(pilot)
        assert all(subject.name in screen_lines(app)[1] for subject in (ONE, OTHER))


def test_a_side_is_titled_before_it_is_on_the_screen():
    Lane(1, ONE).title(ONE.name)


async def test_two_sides_of_one_run_are_told_apart_where_their_titles_are_cut():
    subjects = tuple(Subject(ONE.run, at) for at in ("last", "best", "0"))
    async with running(PaneApp(summary()), (80, 24)) as (app, pilot):
        await app.pane.put_beside(subjects)
        await settled(pilot)
        assert all(f"…, {at}" in screen_lines(app)[1] for at in ("newest", "best", "untrained"))
        await pilot.resize_terminal(160, 24)
        await settled(pilot)
        assert all(subject.name in screen_lines(app)[1] for subject in subjects)
