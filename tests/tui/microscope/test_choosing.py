"""What a model can be held against."""

from __future__ import annotations

import msgspec
import pytest

from rnnlab.tui.microscope.asking import BEST, NEWEST, UNTRAINED, Subject
from rnnlab.tui.microscope.choosing import choices
from tests.tui.desks import recording


@pytest.mark.parametrize(
    ("state", "total", "offered"),
    [("finished", 90, True), ("failed", 90, True), ("starting", 0, True), ("failed", 0, False), ("died", 0, False)],
)
def test_other_runs_are_offered_where_they_have_weights_or_will(state: str, total: int, offered: bool) -> None:
    other = msgspec.structs.replace(recording("gru-2", state=state).summary, total_steps=total)
    found = choices([recording("gru-1").summary, other], Subject("gru-1", BEST))
    theirs = tuple(Subject("gru-2", at) for at in (NEWEST, BEST, UNTRAINED)) if offered else ()
    assert found == (Subject("gru-1", UNTRAINED), Subject("gru-1", NEWEST), *theirs)
