"""Knobs of a live run, turned in one line."""

from __future__ import annotations

import pytest

from rnnlab.errors import SpecError
from rnnlab.specs import RunSpec, Value
from rnnlab.tui.knobs import KnobsScreen, changes_of
from tests.tui.desks import SMALL, DeskHost, bench, bench_app, recording, until
from tests.tui.runs import screen_text


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("lr=0.001", {"train.lr": 0.001}),
        ("train.lr=0.001, clip_at=5 dropout=0.3", {"train.lr": 0.001, "train.clip_at": 5.0, "model.dropout": 0.3}),
        ("  ", {}),
    ],
)
def test_names_may_be_short_and_stand_side_by_side(text: str, changes: dict[str, Value]) -> None:
    assert changes_of(text, RunSpec()) == changes


@pytest.mark.parametrize("text", ["lr", "lr=-1", "model.hidden=3", "hidden=3", "lr=0.1 nonsense"])
def test_what_is_no_knob_or_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        changes_of(text, RunSpec())


class Turned(DeskHost):
    """A host that remembers what was turned."""

    turned: tuple[str, dict[str, Value]] | None = None

    def change(self, run: str, changes: dict[str, Value]) -> None:
        self.turned = (run, changes)


async def test_a_key_asks_says_what_is_wrong_and_turns() -> None:
    host = Turned([recording("gru-256-calm-otter")])
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await until(pilot, lambda: bench(pilot).summary)
        await pilot.press("f4", "t")
        await until(pilot, lambda: isinstance(pilot.app.screen, KnobsScreen))
        await pilot.press(*"lr=x", "enter")
        await until(pilot, lambda: "✕ learning rate must be a number" in screen_text(pilot.app))
        await pilot.press("backspace", *"0.5", "enter")
        await until(pilot, lambda: host.turned)
        assert host.turned == ("gru-256-calm-otter", {"train.lr": 0.5})
