"""The microscope in `rnnlab demo`: each part has something to show, as its recorded model answered."""

from __future__ import annotations

from rnnlab.hosts.demo import demo_host
from tests.tui.desks import SMALL, bench_app, until
from tests.tui.microscope.looking import complaints, open_at
from tests.tui.runs import screen_text

SHOWN = {
    1: (("w", "w", "w", "n", "N"), "bits/char"),
    3: (("w", "w", "w"), "of context, perplexity"),
    4: (("w", "w", "w"), "of 300"),
    5: (("full_stop", "slash", *"quotes", "enter"), "tokens of validation text"),
}
"""By part: what is pressed there, newest, best and untrained weights among it, and what is then on the screen."""


async def test_every_part_shows_what_the_recorded_model_answered_and_refuses_what_it_was_not_asked() -> None:
    async with bench_app(demo_host(speed=1e9)).run_test(size=SMALL) as pilot:
        screen = await open_at(pilot, 1)
        for part, (keys, shown) in SHOWN.items():
            for key in (str(part), *keys):
                await pilot.press(key)
                await until(pilot, lambda: screen.part.asked and not screen.part.busy)
                assert not [answer.trouble for answer in screen.part.answers.values() if answer.trouble]
            await until(pilot, lambda shown=shown: shown in screen_text(pilot.app))
        assert not complaints(pilot)
        await pilot.press("slash", *"never", "enter")
        await until(pilot, lambda: "only what the microscope asks first" in screen_text(pilot.app))
