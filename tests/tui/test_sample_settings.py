import pytest
from textual.app import App, ComposeResult

from rnnlab.errors import SpecError
from rnnlab.specs import SampleSpec
from rnnlab.tui.fields import ChoiceField, TypedField
from rnnlab.tui.sample_settings import SETTINGS, SampleSettings

from .runs import running, screen_lines, screen_text, settled


class SettingsApp(App[None]):
    AUTO_FOCUS = None

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, bool]] = []
        self.left = 0

    def compose(self) -> ComposeResult:
        yield SampleSettings()

    @property
    def settings(self) -> SampleSettings:
        return self.query_one(SampleSettings)

    def on_sample_settings_said(self, event: SampleSettings.Said) -> None:
        self.said.append((event.text, event.wrong))

    def on_sample_settings_left(self) -> None:
        self.left += 1


async def test_every_field_of_a_sample_is_there_with_its_default():
    async with running(SettingsApp(), (80, 6)) as (app, _):
        assert set(app.settings.values) == set(SETTINGS)
        assert app.settings.sample() == SampleSpec()


async def test_the_common_fields_are_always_seen_and_the_rarer_while_one_is_there():
    async with running(SettingsApp(), (80, 6)) as (app, pilot):
        assert screen_lines(app)[0].split() == [
            "temperature",
            "0.8",
            "greedy",
            "no",
            "length",
            "400",
            "seed",
            "0",
        ]
        assert "top k" not in screen_text(app)
        app.settings.go_to("sample.temperature")
        await settled(pilot)
        assert "top k" in screen_text(app)


async def test_a_rarer_field_that_was_changed_stays_in_sight():
    async with running(SettingsApp(), (80, 6)) as (app, pilot):
        app.settings.values = {"sample.top_k": "5"}
        await settled(pilot)
        assert "top k 5" in screen_text(app)
        assert app.settings.sample() == SampleSpec(top_k=5)


async def test_fields_are_set_with_the_keyboard_alone():
    async with running(SettingsApp(), (80, 6)) as (app, pilot):
        app.settings.go_to("sample.temperature")
        await pilot.press("1", ".", "2", "tab", "space", "tab", "5", "0", "enter")
        await settled(pilot)
        assert app.settings.sample() == SampleSpec(temperature=1.2, greedy=True, length=50)
        assert app.settings.touched
        assert app.left == 1


async def test_a_field_says_what_it_does_and_what_is_wrong_with_it():
    async with running(SettingsApp(), (80, 6)) as (app, pilot):
        app.settings.go_to("sample.temperature")
        await settled(pilot)
        assert app.said[-1] == (SETTINGS["sample.temperature"].about.help, False)
        await pilot.press("x")
        await settled(pilot)
        assert app.said[-1] == ("temperature must be a number, not 'x'", True)
        with pytest.raises(SpecError, match="must be a number") as raised:
            app.settings.sample()
        assert raised.value.field == "sample.temperature"
        assert app.query(TypedField).first().has_class("-wrong")
        await pilot.press("backspace", "2")
        await settled(pilot)
        assert app.said[-1][1] is False


async def test_settings_that_a_program_puts_in_say_nothing():
    async with running(SettingsApp(), (80, 6)) as (app, pilot):
        app.settings.values = {"sample.temperature": "0.5", "sample.unheard_of": "1"}
        await settled(pilot)
        assert app.said == []
        assert not app.settings.touched
        assert app.settings.sample().temperature == 0.5


async def test_all_rarer_fields_are_on_a_screen_of_80_columns():
    async with running(SettingsApp(), (80, 8)) as (app, pilot):
        app.settings.go_to("sample.top_k")
        await settled(pilot)
        shown = screen_text(app)
        for setting in SETTINGS.values():
            assert setting.about.label in shown


async def test_up_and_down_go_from_line_to_line_and_below_the_last_one_is_done():
    async with running(SettingsApp(), (80, 6)) as (app, pilot):
        app.settings.go_to("sample.greedy")
        await settled(pilot)
        seen = []
        for key in ("up", "down", "down", "up", "up"):
            await pilot.press(key)
            await settled(pilot)
            assert isinstance(app.focused, TypedField | ChoiceField)
            seen.append(app.focused.path)
        assert seen == [f"sample.{name}" for name in ("greedy", "top_p", "repetition", "top_p", "greedy")]
        await pilot.press(*["down"] * 4)
        await settled(pilot)
        assert app.left == 1


async def test_tab_visits_every_field_in_the_order_in_which_they_stand():
    async with running(SettingsApp(), (80, 6)) as (app, pilot):
        app.settings.go_to("sample.temperature")
        await settled(pilot)
        seen = []
        for _ in SETTINGS:
            assert isinstance(app.focused, TypedField | ChoiceField)
            seen.append(app.focused.path)
            await pilot.press("tab")
            await settled(pilot)
        assert sorted(seen) == sorted(SETTINGS)
