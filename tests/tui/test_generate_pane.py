from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult
from textual.events import Paste

from rnnlab.dialogue import (
    Answered,
    Answering,
    AnyPiece,
    Choice,
    Choices,
    Peek,
    Prompt,
    Question,
    Refused,
    Turn,
    Wrote,
)
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import RunSpec, SampleSpec
from rnnlab.tui import composing
from rnnlab.tui.generate_pane import GeneratePane
from rnnlab.tui.microscope.asking import Subject
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
        self.asked: list[Question] = []
        self.subjects: list[Subject] = []
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

    def on_composing_asked(self, event: GeneratePane.Asked) -> None:
        self.asked.append(event.question)
        self.subjects.append(event.subject)

    def on_generate_pane_stopped(self) -> None:
        self.stops += 1

    def on_composing_turned(self, event: GeneratePane.Turned) -> None:
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
        (turn,) = app.turned
        assert turn.id
        assert turn == Turn(
            prefix="time traveller",
            text=STORY,
            run=WHO.run,
            step=1900,
            split="validation",
            perplexity=4.88,
            seed=42,
            id=turn.id,
        )


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


async def test_what_was_sent_leaves_the_field_and_typing_begins_another_text():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("time"), "enter", *typed("sea"), "enter")
        assert app.asked == [Prompt(prefix="time"), Prompt(prefix="sea")]
        assert app.pane.entry.value == ""


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
        assert app.asked == [Prompt(prefix="sea", sample=SampleSpec(temperature=2.0))]


async def test_the_border_says_what_enter_would_do_with_what_is_typed():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("sea"), "enter")
        app.pane.feed(answer("x"))
        await settled(pilot)
        assert "Enter goes on" in str(app.pane.border_subtitle)
        await pilot.press("a")
        await settled(pilot)
        assert "Enter begins a new text" in str(app.pane.border_subtitle)


async def test_settings_that_were_spoilt_are_usual_again_with_one_key():
    spec = RunSpec().replace({"sample.temperature": 0.5})
    async with running(PaneApp(summary(spec=spec)), SIZE) as (app, pilot):
        await pilot.press("ctrl+t", *typed("-1"), "tab", "space", "tab", *typed("x"), "tab", "tab", *typed("9x"))
        await pilot.press("enter", *typed("sea"), "f7")
        await settled(pilot)
        assert "must be" not in screen_text(app)
        await pilot.press("enter")
        assert app.asked == [Prompt(prefix="sea", sample=SampleSpec(temperature=0.5))]
        app.pane.run = summary(id="another", spec=RunSpec().replace({"sample.length": 7}))
        assert app.pane.settings.sample() == SampleSpec(length=7)


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
        assert app.pane.entry.value == "time"
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


# The text stays: going on, stepping back, branches.


def tokens_of(text: str) -> tuple[int, ...]:
    return tuple(map(ord, text))


def replied(typed: str, text: str, *, seed: int = 42, step: int = 1900) -> tuple[AnyPiece, ...]:
    """An answer whose tokens are the code points of its characters."""
    who = Answering(run=WHO.run, step=step, split="", perplexity=None, seed=seed, read=tokens_of(typed))
    return (who, Wrote(text=text, tokens=tokens_of(text)), Answered(tokens=len(text), seconds=0.1, cause="length"))


async def sent(app: PaneApp, pilot, text: str, *pieces: AnyPiece) -> None:
    await pilot.press(*typed(text), "enter")
    app.pane.feed(pieces)
    await settled(pilot)


async def test_enter_with_nothing_typed_goes_on_with_the_tokens_and_the_draws():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "time", *replied("time", " held"))
        await sent(app, pilot, "", *replied("", " the"))
        assert app.asked[1] == Prompt(prefix="", after=tokens_of("time held"), written=5, sample=SampleSpec(seed=42))
        first, second = app.turned
        assert (second.parent, second.kept, second.written) == (first.id, 5, 5)
        assert "time held the " in screen_lines(app)[1]
        await sent(app, pilot, "", *replied("", " lamp"))
        prompt = app.asked[2]
        assert isinstance(prompt, Prompt)
        assert (prompt.after, prompt.written) == (tokens_of("time held the"), 9)
        assert "time held the lamp " in screen_lines(app)[1]


async def test_of_many_turns_the_newest_are_kept_and_one_goes_on_from_there(monkeypatch):
    monkeypatch.setattr(composing, "TURNS", 2)
    monkeypatch.setattr(composing, "SPARE", 1)
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "a", *replied("a", "b"))
        for _ in range(4):
            await sent(app, pilot, "", *replied("", "c"))
            assert len(app.pane.texts.turns) <= 3
        assert app.pane.place == app.pane.texts.end(app.turned[-1].id)
        assert app.pane.texts.text(app.pane.place) == "ccc"
        await sent(app, pilot, "d", *replied("d", "e"))
        assert len(app.turned) == 6


async def test_steps_back_take_tokens_off_and_going_on_from_there_is_a_branch():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "time", *replied("time", " held"))
        await pilot.press("left", "backspace")
        await settled(pilot)
        assert screen_lines(app)[1].split("│")[1].rstrip() == " time he"
        assert "3 of 5" in screen_text(app)
        await pilot.press("right")
        await sent(app, pilot, "", *replied("", "per"))
        prompt = app.asked[1]
        assert isinstance(prompt, Prompt)
        assert (prompt.after, prompt.written) == (tokens_of("time hel"), 4)
        assert "time helper " in screen_lines(app)[1]
        assert (app.turned[1].parent, app.turned[1].kept) == (app.turned[0].id, 4)


async def test_stepping_back_before_everything_says_where_one_is():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "a", *replied("a", "b"))
        await pilot.press("left", "left", "left")
        await settled(pilot)
        assert "the text begins here" in screen_text(app)
        await pilot.press("right", "right")
        await settled(pilot)
        assert "the text ends here" in screen_text(app)
        assert len(app.asked) == 1


async def test_what_is_typed_can_be_added_to_the_text():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "time", *replied("time", " held"))
        await pilot.press(*typed(", said"), "ctrl+g")
        app.pane.feed(replied(", said", " he"))
        await settled(pilot)
        assert app.asked[1] == Prompt(prefix=", said", after=tokens_of("time held"))
        assert "time held, said he " in screen_lines(app)[1]
        assert app.pane.texts.text(app.pane.texts.end(app.turned[1].id)) == "time held, said he"


async def test_again_asks_for_another_text_from_the_same_place_with_a_new_seed():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press("ctrl+t", "tab", "tab", "tab", "4", "2", "enter")
        await sent(app, pilot, "time", *replied("time", " held"))
        await sent(app, pilot, "", *replied("", " the"))
        await pilot.press("ctrl+r")
        app.pane.feed(replied("", " it", seed=7))
        await settled(pilot)
        prompt = app.asked[2]
        assert isinstance(prompt, Prompt)
        assert (prompt.prefix, prompt.after, prompt.written) == ("", tokens_of("time held"), 0)
        assert prompt.sample.seed not in (0, 42)
        assert "time held it " in screen_lines(app)[1]
        assert app.turned[2].parent == app.turned[1].parent == app.turned[0].id


async def test_a_text_by_another_run_is_gone_on_with_from_its_characters():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "time", *replied("time", " held"))
        app.pane.run = summary(id="lstm-64-calm-heron")
        await sent(app, pilot, "", Answering(run="lstm-64-calm-heron", step=1, split="", perplexity=None, seed=9),
                   Wrote(text=" me", tokens=(1, 2, 3)), END)  # fmt: skip
        assert app.asked[1] == Prompt(prefix="time held")
        assert "time held me " in screen_lines(app)[1]
        await pilot.press("enter")
        assert app.asked[2] == Prompt(prefix="time held me")


async def test_a_blank_sheet_begins_from_nothing():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "time", *replied("time", " held"))
        await pilot.press("ctrl+l", "enter")
        assert app.asked[1] == Prompt(prefix="")


async def test_while_it_writes_nothing_else_is_done_with_the_text():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "time", *replied("time", " held"))
        await pilot.press("enter")
        for key in ("enter", "left", "ctrl+n", "ctrl+b"):
            await pilot.press(key)
            await settled(pilot)
            assert "it is still writing: Esc stops it" in screen_text(app), key
        assert len(app.asked) == 2


async def test_the_place_in_the_text_is_found_again():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "time", *replied("time", " held"))
        await pilot.press("left")
        console, turns = app.pane.console, tuple(app.turned)
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        app.pane.restore(console)
        assert app.pane.console == console
        app.pane.load(turns)
        await settled(pilot)
        assert app.pane.console == console
        await pilot.press("enter")
        prompt = app.asked[0]
        assert isinstance(prompt, Prompt)
        assert (prompt.after, prompt.written, prompt.sample.seed) == (tokens_of("time hel"), 4, 42)


# Choosing token by token.


def choices(typed: str, tokens: str) -> tuple[AnyPiece, ...]:
    who = Answering(run=WHO.run, step=1900, split="", perplexity=None, seed=0, read=tokens_of(typed))
    likely = tuple(Choice(ord(c), c, c, 0.5 / n) for n, c in enumerate(tokens, 1))
    return (who, Choices(choices=likely), Answered(tokens=0, seconds=0.0, cause="probed"))


async def test_tokens_are_chosen_by_digit_undone_typed_and_left_to_the_model(snapshot):
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("The "), "ctrl+n")
        app.pane.feed(choices("The ", "tcsabdefgh"))
        await settled(pilot)
        assert screen_text(app) == snapshot
        for key, after in (("2", "The c"), ("1", "The ct"), ("left", "The c")):
            await pilot.press(key)
            question = app.asked[-1]
            assert isinstance(question, Peek)
            assert question.after == tokens_of(after)
            app.pane.feed(choices("", "tcsabdefgh"))
            await settled(pilot)
        await pilot.press(*typed("lock"), "enter")
        assert app.asked[-1] == Peek(prefix="lock", after=tokens_of("The c"))
        app.pane.feed(choices("lock", " ."))
        await settled(pilot)
        assert "The clock " in screen_lines(app)[1]
        await pilot.press("enter")
        assert app.asked[-1] == Prompt(prefix="", after=tokens_of("The clock"))
        app.pane.feed(replied("", " struck"))
        await settled(pilot)
        assert app.turned[0].prefix == "The clock"
        assert app.pane.texts.tokens(app.pane.texts.end(app.turned[0].id)) == tokens_of("The clock struck")
        assert app.asked[-1] == Peek(after=tokens_of("The clock struck"))


async def test_what_was_chosen_stays_as_a_branch_when_one_is_done():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await sent(app, pilot, "time", *replied("time", " held"))
        await pilot.press("ctrl+n")
        app.pane.feed(choices("", "xyz"))
        await settled(pilot)
        await pilot.press("3")
        app.pane.feed(choices("", "abc"))
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert app.pane.picking is None
        chosen = app.turned[-1]
        assert (chosen.prefix, chosen.text, chosen.cause, chosen.kept) == ("z", "", "chosen", 5)
        assert "chosen by hand" in screen_text(app)
        await pilot.press("enter")
        prompt = app.asked[-1]
        assert isinstance(prompt, Prompt)
        assert (prompt.after, prompt.written) == (tokens_of("time heldz"), 0)


async def test_a_text_that_the_model_cannot_read_is_given_back_where_one_chooses():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press("é", "ctrl+n")
        app.pane.feed((Refused(message="the model never saw 'é' in its text: leave it out"),))
        await settled(pilot)
        assert "the model never saw 'é'" in screen_text(app)
        assert app.pane.entry.value == "é"
        assert app.turned == []


# Side by side.


async def test_models_side_by_side_get_one_beginning_and_one_seed_and_go_on_each_with_its_own():
    async with running(PaneApp(summary()), (110, 24)) as (app, pilot):
        await app.pane.put_beside((Subject("lstm-64-calm-heron"), Subject(WHO.run, "0")))
        await pilot.press(*typed("time"), "enter")
        assert app.subjects == [Subject(WHO.run), Subject("lstm-64-calm-heron"), Subject(WHO.run, "0")]
        prompts = [question for question in app.asked if isinstance(question, Prompt)]
        assert len({prompt.sample.seed for prompt in prompts}) == 1
        assert prompts[0].sample.seed > 0
        assert [prompt.at for prompt in prompts] == ["last", "last", "0"]
        other = Answering(run="lstm-64-calm-heron", step=8, split="", perplexity=None, seed=3, read=(1, 2, 3, 4))
        app.pane.feed(replied("time", " held"), 0)
        app.pane.feed((other, Wrote(text=" sank", tokens=(9, 8, 7, 6, 5)), END), 1)
        app.pane.feed(replied("time", " xqzv", step=0), 2)
        await settled(pilot)
        assert all(text in screen_lines(app)[2] for text in ("time held", "time sank", "time xqzv"))
        await pilot.press("enter")
        assert [question.after for question in app.asked[3:] if isinstance(question, Prompt)] == [
            tokens_of("time held"), (1, 2, 3, 4, 9, 8, 7, 6, 5), tokens_of("time xqzv"),
        ]  # fmt: skip
        assert len(app.turned) == 3


# What is typed and pasted.


async def test_a_new_line_is_typed_and_the_field_grows():
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        await pilot.press(*typed("one"), "ctrl+j", *typed("two"))
        await settled(pilot)
        assert app.pane.entry.size.height == 2
        await pilot.press("enter")
        assert app.asked == [Prompt(prefix="one\ntwo")]
        app.pane.feed(replied("one\ntwo", " three"))
        await pilot.press("up")
        assert app.pane.entry.value == "one\ntwo"


@pytest.mark.parametrize(
    ("pasted", "kept", "words"),
    [
        ("a" * 1_000_000, "", "1,000,000 characters were pasted: a beginning has at most 20,000"),
        ("\x1b]52;c;eA==\x07x\r\ny\x00", "]52;c;eA==x\ny", "3 control characters of what was pasted were left out"),
        ("\u0301\u0302", "\u0301\u0302", ""),
    ],
)
async def test_a_paste_is_taken_whole_or_it_is_said_what_was_not(pasted, kept, words):
    async with running(PaneApp(summary()), SIZE) as (app, pilot):
        app.pane.entry.post_message(Paste(pasted))
        await settled(pilot)
        assert app.pane.entry.value == kept
        assert words in screen_text(app)
