"""What a model can be held against."""

from __future__ import annotations

import msgspec
import pytest

from rnnlab.tui.microscope.asking import BEST, NEWEST, UNTRAINED, Subject
from rnnlab.tui.microscope.choosing import AgainstScreen, choices
from tests.tui.desks import SMALL, DeskHost, bench_app, ready, recording, until
from tests.tui.runs import screen_text


@pytest.mark.parametrize(
    ("state", "total", "offered"),
    [("finished", 90, True), ("failed", 90, True), ("starting", 0, True), ("failed", 0, False), ("died", 0, False)],
)
def test_other_runs_are_offered_where_they_have_weights_or_will(state: str, total: int, offered: bool) -> None:
    other = msgspec.structs.replace(recording("gru-2", state=state).summary, total_steps=total)
    found = choices([recording("gru-1").summary, other], Subject("gru-1", BEST))
    theirs = tuple(Subject("gru-2", at) for at in (NEWEST, BEST, UNTRAINED)) if offered else ()
    assert found == (Subject("gru-1", UNTRAINED), Subject("gru-1", NEWEST), *theirs)


async def test_no_more_are_chosen_than_can_be_shown_and_that_is_said() -> None:
    runs = [recording(f"gru-{n}").summary for n in range(3)]
    subjects, gone = choices(runs, Subject("gru-0")), []
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        pilot.app.push_screen(AgainstScreen(subjects, (), runs, "Let up to 2 write beside it", 2), gone.append)
        await pilot.press("space", "down", "space", "down", "space")
        assert screen_text(pilot.app).count("●") == 2
        assert "2 are the most: Space takes a chosen one away" in screen_text(pilot.app)
        await pilot.press("enter")
        assert not gone
        await pilot.press("up", "space", "down", "enter")
        await until(pilot, lambda: gone)
    assert gone == [(subjects[0], subjects[2])]
