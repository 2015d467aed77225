"""The bench by keyboard alone, as its person uses it."""

from __future__ import annotations

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from rnnlab.errors import CorpusError, SpecError, StorageError
from rnnlab.hosts.values import Session
from rnnlab.tui.corpus_pane import CorpusPane
from rnnlab.tui.desk import PANES
from rnnlab.tui.entry import Entry
from rnnlab.tui.fields import TypedField
from rnnlab.tui.form import Form
from rnnlab.tui.help import HelpScreen
from rnnlab.tui.question import Question
from rnnlab.tui.runs_screen import RunsScreen
from tests.tui.desks import (
    SMALL,
    WIDE,
    DeskHost,
    bench,
    bench_app,
    corpus_read,
    ready,
    recording,
    selected_run,
    type_text,
    until,
    widths,
)
from tests.tui.runs import screen_text


def editing(pilot: Pilot) -> str:
    """The field that has the focus, or nothing."""
    field = bench(pilot).query_one(Form).focused_field
    return field.path if field else ""


def parameters(pilot: Pilot) -> int:
    """How many weights the draft comes to, or none."""
    plan = bench(pilot).checked.plan
    return plan.parameters if plan else 0


SIZES = pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])


@SIZES
async def test_one_key_starts_a_training_from_a_fresh_desk(size):
    host = DeskHost()
    async with bench_app(host).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: bench(pilot).summary)
        assert [spec.data.corpus for spec in host.started] == ["the-tide-clock"]
        assert bench(pilot).selected == "gru-256-number-1"
        assert bench(pilot).current == "training"
        assert "gru-256-number-1" in screen_text(pilot.app)


@SIZES
async def test_a_corpus_is_chosen_with_the_arrow_keys(size):
    async with bench_app(DeskHost()).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("f2", "down", "enter")
        await until(pilot, lambda: corpus_read(pilot) == "lyrics-zh")
        assert bench(pilot).draft.text("data.corpus") == "lyrics-zh"
        text = screen_text(pilot.app)
        assert "● lyrics-zh" in text
        assert "1,090 kinds" in text


async def test_a_wrong_value_shows_its_sentence_under_the_field_and_starts_nothing():
    host = DeskHost()
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ready(pilot)
        bench(pilot).query_one(Form).focus_field("data.batch")
        await pilot.press("0", "enter")
        await pilot.pause()
        lines = screen_text(pilot.app).splitlines()
        at = next(number for number, line in enumerate(lines) if "batch  " in line)
        assert "✕ batch must be at least 1" in lines[at + 1]
        assert "1 field to mend" in screen_text(pilot.app)
        assert host.started == []
        await pilot.press("backspace", "1", "6")
        await until(pilot, lambda: bench(pilot).checked.plan)
        assert "✕" not in screen_text(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: host.started)
        assert host.started[0].data.batch == 16


async def test_enter_goes_to_the_wrong_field_even_where_it_is_folded_away():
    host = DeskHost()
    async with bench_app(host, Session(name="demo", draft={"train.patience": "-3"})).run_test(size=SMALL) as pilot:
        await until(pilot, lambda: bench(pilot).report)
        await pilot.press("enter")
        await until(pilot, lambda: bench(pilot).query_one(Form).focused_field)
        assert editing(pilot) == "train.patience"
        assert "✕ patience must be at least 0" in screen_text(pilot.app)
        assert host.started == []


async def test_what_the_host_refuses_is_said_at_its_field_until_something_changes():
    host = DeskHost()
    host.refusal = SpecError("train.lr", "learning rate is not to the host's liking")
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "not to the host's liking" in screen_text(pilot.app))
        assert editing(pilot) == "train.lr"
        await pilot.press("1")
        await until(pilot, lambda: "not to the host's liking" not in screen_text(pilot.app))


async def test_what_has_no_field_is_said_in_passing_and_never_parsed_as_markup():
    host = DeskHost()
    host.refusal = CorpusError("the file [/x] has gone\x1b]52;c;aGk=\x07")
    async with bench_app(host).run_test(size=WIDE, notifications=True) as pilot:
        await ready(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "the file [/x] has gone" in screen_text(pilot.app))
        assert "\x1b" not in screen_text(pilot.app)


@SIZES
async def test_function_keys_and_digits_go_to_panes_but_not_while_typing(size):
    async with bench_app(DeskHost()).run_test(size=size) as pilot:
        await ready(pilot)
        for key, pane in (("f2", "corpus"), ("4", "training"), ("3", "model"), ("f5", "generate")):
            await pilot.press(key)
            assert bench(pilot).current == pane
            assert bench(pilot).pane(pane).region.height > 5
        await pilot.press("2")
        assert bench(pilot).current == "generate"
        assert bench(pilot).query_one("#generate Entry", Entry).value == "2"


async def test_escape_leaves_the_field_and_then_the_zoom():
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("z")
        assert bench(pilot).pane("model").region.width == WIDE[0]
        assert not bench(pilot).pane("corpus").region
        await pilot.press("down", "escape")
        assert bench(pilot).focused is bench(pilot).pane("model")
        assert bench(pilot).zoomed
        await pilot.press("escape")
        assert not bench(pilot).zoomed
        assert bench(pilot).pane("corpus").region


@SIZES
async def test_a_desk_is_found_again_as_it_was_left(size):
    host = DeskHost([recording("gru-256-calm-otter", made=2.0), recording("rnn-64-old-newt", made=1.0)])
    async with bench_app(host).run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("f3", "m", "down", "right")
        bench(pilot).query_one(Form).focus_field("model.hidden")
        await type_text(pilot, "12x")
        await pilot.press("f2", "t", "o", "down", "enter", "f5")
        await type_text(pilot, "Once upon")
        await pilot.press("f2", "z", "q")
    async with bench_app(host).run_test(size=size) as pilot:
        await until(pilot, lambda: bench(pilot).summary and bench(pilot).report)
        screen = bench(pilot)
        assert screen.draft.text("model.cell") == "lstm"
        assert screen.draft.text("model.hidden") == "12x"
        assert "model.hidden" in screen.checked.errors
        assert screen.selected == "rnn-64-old-newt"
        assert (screen.current, screen.zoomed) == ("corpus", True)
        assert screen.query_one(CorpusPane).look == "text"
        assert screen.query_one(Form).unfolded
        assert screen.query_one("#generate Entry", Entry).value == "Once upon"
        assert screen.query_one("#model").query(TypedField).first().text == "12x"


async def test_the_key_of_the_look_that_is_there_goes_into_it_where_its_own_keys_work() -> None:
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("f2", "t", "v")
        # Another look is only shown: one goes on through the corpora, and sees the same of each.
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "corpora"
        # What is made anew by its key is as well: one compares with corpus after corpus.
        await pilot.press("c", "c", "b", "b", "v")
        assert pilot.app.focused.id == "corpora"
        await pilot.press("v", "slash", *"zq")
        assert isinstance(pilot.app.focused, Input)
        assert pilot.app.focused.value == "zq"


async def test_the_desk_is_saved_by_itself_shortly_after_a_change():
    host = DeskHost()
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("down", "right")
        await until(pilot, lambda: host.session().draft == {"model.cell": "lstm"})


async def test_leaving_asks_nothing_and_ends_with_zero():
    app = bench_app(DeskHost([recording("gru-256-calm-otter")]))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("q")
    assert app.return_code == 0


async def test_another_run_is_chosen_from_the_list():
    host = DeskHost([recording("gru-256-calm-otter", made=2.0), recording("rnn-64-old-newt", made=1.0)])
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await until(pilot, lambda: bench(pilot).summary)
        await pilot.press("o")
        assert isinstance(pilot.app.screen, RunsScreen)
        await until(pilot, lambda: "rnn-64-old-newt" in screen_text(pilot.app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: selected_run(pilot) == "rnn-64-old-newt")


async def test_a_reader_of_the_future_is_marked_in_the_list():
    plain = recording("rnn-64-old-newt")
    reader = msgspec.structs.replace(plain.summary, spec=plain.summary.spec.replace({"model.bidirectional": True}))
    host = DeskHost(
        [msgspec.structs.replace(plain, summary=msgspec.structs.replace(reader, id="gru-8-new-owl")), plain]
    )
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await until(pilot, lambda: bench(pilot).summary)
        await pilot.press("o")
        await until(pilot, lambda: "* bidirectional: it reads the future" in screen_text(pilot.app))
        (marked,) = (line for line in screen_text(pilot.app).splitlines() if "5.80*" in line)
        assert "gru-8-new-owl" in marked


async def test_deleting_a_run_asks_one_question_and_no_is_the_answer_of_every_other_key():
    host = DeskHost([recording("gru-256-calm-otter", state="finished", made=2.0), recording("rnn-64-old-newt")])
    async with bench_app(host).run_test(size=SMALL) as pilot:
        await until(pilot, lambda: bench(pilot).summary)
        await pilot.press("o", "d")
        assert isinstance(pilot.app.screen, Question)
        await pilot.press("enter")
        assert len(host.runs()) == 2
        await pilot.press("d", "y")
        await until(pilot, lambda: len(host.runs()) == 1)
        await until(pilot, lambda: bench(pilot).selected == "rnn-64-old-newt")


async def test_a_live_run_is_not_deleted_and_the_reason_is_said():
    host = DeskHost([recording("gru-256-calm-otter")])
    async with bench_app(host).run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: bench(pilot).summary)
        await pilot.press("o", "d", "y")
        await until(pilot, lambda: "still training: stop it first" in screen_text(pilot.app))
        assert len(host.runs()) == 1


async def test_keys_of_the_training_pane_ask_the_run():
    host = DeskHost([recording("gru-256-calm-otter")])
    async with bench_app(host).run_test(size=WIDE) as pilot:
        await until(pilot, lambda: bench(pilot).summary and bench(pilot).view)
        await pilot.press("f4", "space", "k", "s")
        await until(pilot, lambda: len(host.requests) == 3)
        assert [action for _, action in host.requests] == ["pause", "checkpoint", "stop"]


async def test_an_answer_streams_in_and_is_remembered():
    host = DeskHost([recording("gru-256-calm-otter")])
    async with bench_app(host).run_test(size=WIDE) as pilot:
        await until(pilot, lambda: bench(pilot).summary)
        await pilot.press("f5")
        await type_text(pilot, "The tide")
        await pilot.press("enter")
        await until(pilot, lambda: host.transcript("demo"))
        assert "The tide rose over the mole." in screen_text(pilot.app)
        assert host.transcript("demo")[0].text == " rose over the mole."
    async with bench_app(host).run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "The tide rose over the mole." in screen_text(pilot.app))


async def test_a_dead_worker_is_said_in_the_header_and_the_status_line_with_the_way_out():
    dead = recording("gru-256-calm-otter", state="died", message="the system killed it, perhaps for its memory")
    async with bench_app(DeskHost([dead])).run_test(size=WIDE) as pilot:
        await until(pilot, lambda: bench(pilot).summary)
        assert "✕ gru-256-calm-otter  died: the system killed it, perhaps" in screen_text(pilot.app).splitlines()[0]
        await pilot.resize_terminal(*SMALL)
        await until(
            pilot,
            lambda: "perhaps for its memory. r in Training resumes it" in " ".join(screen_text(pilot.app).split()),
        )
        await pilot.press("f4")
        await until(pilot, lambda: "r in Training resumes it" not in screen_text(pilot.app))


async def test_trouble_with_the_host_stays_on_the_status_line_until_it_is_over():
    host = DeskHost([recording("gru-256-calm-otter")])
    async with bench_app(host).run_test(size=WIDE) as pilot:
        await until(pilot, lambda: bench(pilot).summary)
        host.trouble = StorageError("the disk of /home/someone does not answer")
        await until(pilot, lambda: "does not answer" in screen_text(pilot.app))
        host.trouble = None
        await until(pilot, lambda: "does not answer" not in screen_text(pilot.app))
        assert selected_run(pilot) == "gru-256-calm-otter"


async def test_a_file_that_cannot_be_read_is_said_beneath_its_path_and_changes_nothing(tmp_path):
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("f2", "end", "enter")
        await type_text(pilot, str(tmp_path / "absent.txt"))
        await pilot.press("enter")
        await until(pilot, lambda: bench(pilot).trouble)
        assert bench(pilot).query_one(CorpusPane).has_class("-troubled")
        assert bench(pilot).draft.text("data.corpus") == "the-tide-clock"
        assert corpus_read(pilot) == "the-tide-clock"
        await pilot.press("escape")
        assert not bench(pilot).query_one(CorpusPane).has_class("-asking")
        assert not bench(pilot).trouble
        assert "absent" not in screen_text(pilot.app)


async def test_a_file_is_opened_by_path_and_joins_the_list(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("a text of mine, said again and again. " * 200)
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("f2", "end", "enter")
        await type_text(pilot, str(path))
        await pilot.press("enter")
        await until(pilot, lambda: corpus_read(pilot) == str(path))
        assert bench(pilot).draft.text("data.corpus") == str(path)
        assert bench(pilot).files == (str(path),)
        assert "● mine.txt" in screen_text(pilot.app)
        assert bench(pilot).focused is bench(pilot).query_one("#corpora")


async def test_the_model_follows_the_tokens_that_are_asked_for():
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        before = parameters(pilot)
        bench(pilot).query_one(Form).focus_field("data.tokens")
        await pilot.press("right")
        await until(pilot, lambda: parameters(pilot) > 2 * before)


async def test_help_lists_every_key_and_closes_with_escape():
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        assert pilot.app.screen is bench(pilot)


@pytest.mark.parametrize(
    ("pane", "sentence"), [("generate", "What the model writes after"), ("training", "Pause the run")]
)
async def test_help_opens_at_the_place_where_one_is(pane: str, sentence: str):
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        bench(pilot).go_to(pane)
        await pilot.press("f1")
        await until(pilot, lambda: sentence in screen_text(pilot.app))


async def test_help_takes_the_columns_that_a_terminal_has_now_and_stays_at_its_place():
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        bench(pilot).go_to("training")
        await pilot.press("f1")
        await until(pilot, lambda: "Train on from the last checkpoint. [resume]" in screen_text(pilot.app))
        await pilot.resize_terminal(60, 24)
        await until(pilot, lambda: "[resume]  " in screen_text(pilot.app))
        assert "Pause the run" in screen_text(pilot.app).splitlines()[2]
        await pilot.resize_terminal(*WIDE)
        await until(pilot, lambda: "Train on from the last checkpoint. [resume]" in screen_text(pilot.app))
        assert "Pause the run" in screen_text(pilot.app).splitlines()[2]


async def test_a_users_keymap_gives_a_key_another_name():
    async with bench_app(DeskHost(), keymap={"zoom": "f8"}).run_test(size=WIDE) as pilot:
        await ready(pilot)
        assert "F8 zoom" in screen_text(pilot.app)
        await pilot.press("z")
        assert not bench(pilot).zoomed
        await pilot.press("f8")
        assert bench(pilot).zoomed


async def test_the_palette_does_what_a_key_does():
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+p")
        await type_text(pilot, "bench: zoom")
        await pilot.press("enter")
        await until(pilot, lambda: bench(pilot).zoomed)


async def test_the_palette_finds_the_parts_of_the_microscope():
    async with bench_app(DeskHost([recording("gru-256-calm-otter")])).run_test(size=WIDE) as pilot:
        await until(pilot, lambda: bench(pilot).summary and bench(pilot).report)
        await pilot.press("ctrl+p")
        await type_text(pilot, "memory")
        await pilot.press("enter")
        await until(pilot, lambda: getattr(pilot.app.screen, "current", "") == "memory")


async def test_the_palette_looks_into_no_model_where_there_is_none():
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+p")
        await type_text(pilot, "neurons")
        await pilot.press("enter")
        await until(pilot, lambda: "no run yet" in screen_text(pilot.app))


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (79, 23), (119, 36), (300, 90)])
async def test_every_size_is_painted_to_its_edges_without_a_fault(size):
    host = DeskHost([recording("gru-256-calm-otter")])
    async with bench_app(host).run_test(size=size) as pilot:
        await until(pilot, lambda: bench(pilot).summary and bench(pilot).report)
        for key in ("f2", "t", "i", "f3", "m", "f5", "f1", "escape", "f4", "z", "o"):
            await pilot.press(key)
        assert widths(pilot.app) == {size[0]}


async def test_a_small_terminal_says_which_size_shows_all():
    async with bench_app(DeskHost()).run_test(size=(60, 20)) as pilot:
        await ready(pilot)
        assert "80×24 shows all" in screen_text(pilot.app)


async def test_panes_come_and_go_as_the_terminal_is_resized():
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        for size, shown in ((SMALL, 1), (WIDE, 4), (SMALL, 1)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda shown=shown: sum(bool(bench(pilot).pane(name).region) for name in PANES) == shown)
