"""What stands in front of the bench: its own keys in the last line, help and the way out as everywhere."""

from __future__ import annotations

import pytest

from rnnlab.specs import RunSpec
from rnnlab.tui.dialog import Dialog
from rnnlab.tui.help import HelpScreen
from tests.tui.desks import SMALL, DeskHost, bench, bench_app, ready, recording, until
from tests.tui.runs import screen_text

RUN = "gru-256-calm-otter"
LIST, KNOBS = ("o",), ("f4", "t")


@pytest.mark.parametrize(("opened", "key", "heading"), [(LIST, "question_mark", "The list of runs"), (KNOBS, "f1", "")])
async def test_help_opens_before_a_dialog_at_its_place_and_closes_to_it(opened, key, heading):
    async with bench_app(DeskHost([recording(RUN)])).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press(*opened)
        await until(pilot, lambda: isinstance(pilot.app.screen, Dialog))
        dialog = pilot.app.screen
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await until(pilot, lambda: heading in screen_text(pilot.app).splitlines()[1])
        await pilot.press("escape")
        assert pilot.app.screen is dialog


@pytest.mark.parametrize(("opened", "key"), [(LIST, "q"), (LIST, "ctrl+q"), (KNOBS, "ctrl+q")])
async def test_the_program_is_left_from_a_dialog_too(opened, key):
    app = bench_app(DeskHost([recording(RUN)]))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press(*opened)
        await until(pilot, lambda: isinstance(app.screen, Dialog))
        await pilot.press(key)
        await until(pilot, lambda: app._exit)


async def test_the_last_line_has_the_dialogs_keys_and_not_those_behind_it():
    async with bench_app(DeskHost([recording(RUN)])).run_test(size=SMALL) as pilot:
        await ready(pilot)
        assert "start training" in screen_text(pilot.app).splitlines()[-1]
        await pilot.press(*LIST)
        await until(pilot, lambda: "d delete  Esc close  ? help  q leave" in screen_text(pilot.app).splitlines()[-1])
        assert "start training" not in screen_text(pilot.app).splitlines()[-1]
        await pilot.press("escape")
        await until(pilot, lambda: "start training" in screen_text(pilot.app).splitlines()[-1])


@pytest.mark.parametrize(("state", "word"), [("running", "Space pause "), ("paused", "Space go on ")])
async def test_the_last_line_says_what_a_key_does_now(state, word):
    async with bench_app(DeskHost([recording(RUN, state=state)])).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("f4")
        await until(pilot, lambda: word in screen_text(pilot.app).splitlines()[-1])


async def test_the_list_of_runs_goes_on_behind_the_help():
    host = DeskHost([recording(RUN)])
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("o", "f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        host.start(RunSpec(), "demo")
        bench(pilot)._feed.wake()
        await until(pilot, lambda: len(bench(pilot).runs) == 2)
        await pilot.press("escape")
        await until(pilot, lambda: "number-1" in screen_text(pilot.app))
