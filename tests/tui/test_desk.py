"""The desk in a session, and back."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.hosts.values import Session
from rnnlab.tui.desk import Desk, of_session, to_session
from rnnlab.tui.draft import Draft

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=5)


def test_a_desk_comes_back_as_it_was():
    desk = Desk(
        draft=Draft({"model.hidden": "12x"}),
        files=("/a/text.txt",),
        selected="gru-256-calm-otter",
        pane="generate",
        zoomed=True,
        look="ids",
        unfolded=True,
        console={"prefix": "Once"},
    )
    kept = msgspec.json.decode(msgspec.json.encode(to_session(desk, "main")), type=Session)
    assert of_session(kept) == desk


@given(st.dictionaries(st.sampled_from(["pane", "zoomed", "look", "unfolded", "console", "more"]), JSON))
def test_a_desk_that_was_damaged_by_hand_is_read_as_far_as_it_makes_sense(kept):
    desk = of_session(Session(name="main", desk=kept))
    assert desk.pane in ("corpus", "model", "training", "generate")
    assert of_session(to_session(desk, "main")) == desk
