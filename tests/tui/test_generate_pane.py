from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult

from rnnlab.dialogue import Answered, Answering, AnyPiece, Prompt, Refused, Turn, Wrote
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import RunSpec, SampleSpec
from rnnlab.tui.generate_pane import GeneratePane
from rnnlab.tui.stream import TextStream
from rnnlab.tui.theme import THEME

from .runs import running, screen_lines, screen_text, settled, summary

SIZE = (80, 21)
WHO = Answering(run="gru-256-brave-otter", step=1900, split="validation", perplexity=4.88, seed=42)
END = Answered(tokens=37, seconds=0.05, cause="length")
STORY = " held the lamp and the tide went out with him, and for a while no one in the clock-house spoke."


class PaneApp(App[None]):
    def __init__(self, run: RunSummary | None = None) -> None:
        super().__init__()
        self.register_theme(THEME)
        self.theme = THEME.name
        self.asked: list[Prompt] = []
        self.turned: list[Turn] = []
        self.stops = 0
        self._run = run

    def compose(self) -> ComposeResult:
        yield GeneratePane(id="generate")

    def on_mount(self) -> None:
        self.pane.run = self._run
        self.pane.entry.focus()

    @property
    def pane(self) -> GeneratePane:
        return self.query_one(GeneratePane)

    def on_generate_pane_asked(self, event: GeneratePane.Asked) -> None:
        self.asked.append(event.prompt)
        self.pane.begin(event.prompt)

    def on_generate_pane_stopped(self) -> None:
        self.stops += 1

    def on_generate_pane_turned(self, event: GeneratePane.Turned) -> None:
        self.turned.append(event.turn)


def typed(text: str) -> Sequence[str]:
    return ["space" if character == " " else character for character in text]


def answer(*texts: str, who: Answering = WHO, end: Answered = END) -> tuple[AnyPiece, ...]:
    return (who, *(Wrote(text=text) for text in texts), end)


@pytest.mark.parametrize("size", [SIZE, (72, 13)], ids=["80x21", "72x13"])
async def test_a_prefix_is_written_on_and_stamped(size, snapshot):
    async with running(PaneApp(summary()), size) as (app, pilot):
        await pilot.press(*typed("time traveller"), "enter")
        assert app.asked == [Prompt(prefix="time traveller")]
        app.pane.feed(answer(STORY[:40], STORY[40:]))
        await settled(pilot)
        assert screen_text(app) == snapshot
        assert app.turned == [
            Turn(
                prefix="time traveller",
                text=STORY,
                run=WHO.run,
                step=1900,
                split="validation",
                perplexity=4.88,
                seed=42,
            )
        ]


async def test_while_it_writes_a_cursor_stands_at_the_end_and_esc_stops():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("time"), "enter")
        assert "waiting for the model" in screen_text(app)
        app.pane.feed((WHO, Wrote(text=" held the")))
        await settled(pilot)
        assert screen_lines(app)[1].startswith(("│ time held the▌", "┃ time held the▌"))
        await pilot.press("escape")
        assert app.stops == 1
        app.pane.feed((Answered(tokens=9, seconds=0.1, cause="stopped"),))
        await settled(pilot)
        assert "▌" not in screen_text(app)
        assert "stopped" in screen_text(app)
        assert app.turned[0].cause == "stopped"
        await pilot.press("escape")
        assert app.stops == 1


async def test_enter_again_asks_the_same_and_typing_begins_anew():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("time"), "enter", "enter", *typed("sea"), "enter")
        assert [prompt.prefix for prompt in app.asked] == ["time", "time", "sea"]


async def test_arrows_bring_back_what_was_asked():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("one"), "enter", *typed("two"), "enter", *typed("thr"))
        prompt = app.pane.entry
        for key, value in (("up", "two"), ("up", "one"), ("up", "one"), ("down", "two"), ("down", "thr")):
            await pilot.press(key)
            assert prompt.value == value


async def test_settings_are_reached_changed_and_asked_with():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press("ctrl+t", *typed("1.5"), "tab", "tab", "9", "enter", *typed("sea"), "enter")
        assert app.asked == [Prompt(prefix="sea", sample=SampleSpec(temperature=1.5, length=9))]


async def test_a_wrong_setting_is_told_and_nothing_is_asked():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press("ctrl+t", *typed("-1"), "enter", *typed("sea"), "enter")
        await settled(pilot)
        assert app.asked == []
        assert "temperature must be more than 0 and at most 100, not -1.0" in screen_text(app)
        await pilot.press("2", "enter", "enter")
        assert [prompt.sample.temperature for prompt in app.asked] == [2.0]


async def test_without_a_run_enter_says_how_to_get_one():
    async with running(PaneApp(), SIZE) as (app, pilot):
        await pilot.press(*typed("sea"), "enter")
        await settled(pilot)
        assert app.asked == []
        assert "no run yet: Enter in Model (F3) trains one" in screen_text(app)


async def test_characters_that_the_model_never_saw_are_named():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("caf"), "é", "enter")
        who = Answering(run="otter", step=10, split="", perplexity=None, seed=1, unknown=("é", "\x1b"))
        app.pane.feed((who,))
        await settled(pilot)
        assert screen_text(app).count("the model never saw: é ␛ (read as unknown)") == 1
        app.pane.feed((Wrote(text=" ok"), END))
        await settled(pilot)
        assert "the model never saw: é ␛" in screen_lines(app)[2]


async def test_a_refusal_is_shown_and_the_next_question_is_free():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("time"), "enter")
        app.pane.feed((Refused(message="there is no checkpoint yet: wait for the first"),))
        await settled(pilot)
        assert "there is no checkpoint yet: wait for the first" in screen_text(app)
        assert app.turned == []
        await pilot.press("enter")
        app.pane.feed(answer(" held"))
        await settled(pilot)
        assert "time held" in screen_text(app)


async def test_a_question_during_an_answer_waits_until_that_one_has_ended():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("time"), "enter")
        app.pane.feed((WHO, Wrote(text=" held")))
        await pilot.press(*typed("sea"), "enter")
        app.pane.feed((Wrote(text=" the"), Answered(tokens=2, seconds=0.1, cause="stopped"), *answer(" rose")))
        await settled(pilot)
        text = screen_text(app)
        assert text.index("time held the") < text.index("stopped") < text.index("sea rose")
        assert [(turn.prefix, turn.text) for turn in app.turned] == [("time", " held the"), ("sea", " rose")]


async def test_another_run_ends_the_answer_and_keeps_what_is_there():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("time"), "enter")
        app.pane.feed((WHO, Wrote(text=" held")))
        app.pane.run = summary(id="lstm-64-calm-heron")
        await settled(pilot)
        assert [(turn.text, turn.cause) for turn in app.turned] == [(" held", "stopped")]
        assert "lstm-64-calm-heron" in screen_lines(app)[0]
        app.pane.feed((Wrote(text=" late"), END))
        await settled(pilot)
        assert "late" not in screen_text(app)


async def test_news_of_the_same_run_disturbs_nothing():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press("ctrl+t", *typed("1.5"), "enter", *typed("time"), "enter")
        app.pane.feed((WHO, Wrote(text=" held")))
        app.pane.run = summary(step=2000)
        app.pane.feed((Wrote(text=" the lamp"),))
        await settled(pilot)
        assert "time held the lamp▌" in screen_text(app)
        assert app.pane.console["settings"]["sample.temperature"] == "1.5"


async def test_a_run_says_how_it_wants_to_be_drawn_from_unless_a_person_did():
    spec = RunSpec().replace({"sample.temperature": 0.5})
    async with running(PaneApp(summary(spec=spec)), SIZE) as (app, pilot):
        assert app.pane.console["settings"]["sample.temperature"] == "0.5"
        await pilot.press("ctrl+t", "2", "enter")
        app.pane.run = summary(id="another", spec=spec)
        assert app.pane.console["settings"]["sample.temperature"] == "2"


async def test_a_transcript_is_found_again_with_its_end_in_sight():
    turns = [Turn(prefix=f"prefix {n}", text=" went on", run="otter", step=n) for n in range(50)]
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        app.pane.load(turns)
        await settled(pilot)
        assert "prefix 49 went on" in screen_text(app)
        assert "prefix 1 went on" not in screen_text(app)
        await pilot.press("up", "up")
        assert app.pane.entry.value == "prefix 48"
        await pilot.press("enter")
        app.pane.feed(answer(" again"))
        await settled(pilot)
        assert "prefix 48 again" in screen_text(app)


async def test_prompt_and_settings_are_found_again():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("time"), "ctrl+t", *typed("1.5"))
        console = app.pane.console
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        app.pane.restore(console)
        assert app.pane.console == console
        app.pane.run = summary(id="another")
        assert app.pane.console == console


@pytest.mark.parametrize(
    "console", [{}, {"prefix": 5, "settings": 7}, {"prefix": "a\x1b", "settings": {"sample.length": None, "x": "y"}}]
)
async def test_a_damaged_desk_is_no_harm(console):
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        app.pane.restore(console)
        await pilot.press(*typed("sea"), "enter")
        assert app.asked == [Prompt(prefix="sea")]


async def test_many_pieces_are_painted_at_once(monkeypatch):
    written: list[str] = []
    plain = TextStream.write

    def write(self: TextStream, text: str, role: str) -> None:
        written.append(text)
        plain(self, text, role)

    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("time"), "enter")
        monkeypatch.setattr(TextStream, "write", write)
        app.pane.feed((WHO, *(Wrote(text=character) for character in STORY)))
        assert written == [STORY]


async def test_hostile_text_reaches_the_screen_only_as_symbols():
    async with running(PaneApp(summary(id="[/x]\x1b[2J")), SIZE) as (app, pilot):
        await pilot.press(*typed("time"), "enter")
        who = Answering(run="[/b]\x1b\n", step=1, split="\x07", perplexity=1.0, seed=1)
        app.pane.feed((who, Wrote(text="\x1b]52;c;eA==\x07 [/b] \u202e"), END))
        app.pane.feed((Refused(message="\x1bc"),))
        await settled(pilot)
        painted = screen_text(app)
        assert not set(painted) & set("\x1b\x07\u202e")
        assert "␛]52;c;eA==␇ [/b] <U+202E>" in painted


async def test_the_pane_itself_can_be_left_and_entered():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        app.pane.focus()
        await pilot.press("up", "down")
        assert app.pane.entry.value == ""


async def test_the_transcript_is_paged_from_the_prompt():
    turns = [Turn(prefix=f"prefix {n}", text=" went on", run="otter", step=n) for n in range(50)]
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        app.pane.load(turns)
        await pilot.press("pageup", "pageup")
        await settled(pilot)
        assert "prefix 49" not in screen_text(app)
        assert app.pane.entry.has_focus
        await pilot.press("pagedown", "pagedown")
        await settled(pilot)
        assert "prefix 49" in screen_text(app)
