"""The form: made from the spec, and never in a quarrel with the draft that it shows."""

from __future__ import annotations

import textwrap

import pytest
from textual.message import Message

from rnnlab.hosts.values import Session
from rnnlab.specs import FIELDS, Field
from rnnlab.tui.fields import Edited, TypedField, make_field
from rnnlab.tui.form import ELSEWHERE, Form, common, rarer
from rnnlab.tui.model_pane import HELP_LINES, _help
from tests.tui.desks import SMALL, WIDE, DeskHost, bench, bench_app, ready, until
from tests.tui.runs import screen_text


def test_every_field_of_the_spec_is_in_the_form_or_asked_for_by_another_pane():
    shown = {field.path for field in common()} | {field.path for fields in rarer().values() for field in fields}
    assert shown == set(FIELDS) - set(ELSEWHERE)


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.path)
def test_help_fits_its_lines_in_the_narrowest_pane(field: Field):
    """46 columns is the pane of the whole bench at 120x36."""
    assert len(textwrap.wrap(_help(field, ""), 46)) <= HELP_LINES


def test_what_is_empty_says_none():
    assert getattr(make_field(FIELDS["data.clean"], ""), "placeholder") == "none"  # noqa: B009 - one kind of field
    assert getattr(make_field(FIELDS["data.limit"], ""), "placeholder") == ""  # noqa: B009


async def test_a_restored_draft_is_shown_and_not_taken_for_typing():
    """Fields that answered what was put into them once sent a draft and its form round and round for ever."""
    edited: list[Message] = []
    session = Session(name="demo", draft={"model.hidden": "12x", "train.lr": "0.5", "model.cell": "lstm"})
    app = bench_app(DeskHost(), session)
    async with app.run_test(size=SMALL, message_hook=edited.append) as pilot:
        await until(pilot, lambda: "12x" in screen_text(app) and "lstm" in screen_text(app))
        for _ in range(10):
            await pilot.pause(0.02)
        assert not [message for message in edited if isinstance(message, Edited)]
        assert bench(pilot).draft.texts == session.draft


async def test_the_default_comes_back_with_one_key():
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        bench(pilot).query_one(Form).focus_field("model.hidden")
        await pilot.press("9", "9")
        await until(pilot, lambda: bench(pilot).draft.texts == {"model.hidden": "99"})
        await pilot.press("ctrl+r")
        await until(pilot, lambda: bench(pilot).draft.texts == {})
        assert bench(pilot).query_one(Form).query(TypedField).first().text == "256"


async def test_arrow_keys_walk_through_every_line():
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("m")
        form = bench(pilot).query_one(Form)
        await until(pilot, lambda: form.query("#rarer"))
        seen: list[str] = []
        last = [field.path for fields in rarer().values() for field in fields]
        while not seen or seen[-1] != last[-1]:
            await pilot.press("down")
            assert form.focused_field
            assert form.focused_field.path not in seen
            seen.append(form.focused_field.path)
        assert seen[-len(last) :] == last
        await pilot.press("up")
        assert form.focused_field
        assert form.focused_field.path == last[-2]


@pytest.mark.parametrize(("key", "value"), [("right", "lstm"), ("left", "rnn"), ("space", "lstm")])
async def test_a_choice_is_stepped_through(key, value):
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("down", key)
        await until(pilot, lambda: bench(pilot).draft.text("model.cell") == value)
        assert f"◂ {value} ▸" in screen_text(pilot.app)


async def test_the_focused_field_says_what_it_does_and_takes():
    async with bench_app(DeskHost()).run_test(size=SMALL) as pilot:
        await ready(pilot)
        bench(pilot).query_one(Form).focus_field("train.clip_at")
        await until(pilot, lambda: "the θ of clipping; more than 0 and at most" in screen_text(pilot.app))


async def test_what_is_wrong_in_the_last_field_is_scrolled_into_sight():
    """Its sentence stands under it, below what is seen."""
    async with bench_app(DeskHost()).run_test(size=WIDE) as pilot:
        await ready(pilot)
        last = next(field for field in reversed(list(rarer().values())) if field)[-1]
        bench(pilot).query_one(Form).focus_field(last.path)
        await until(pilot, lambda: bench(pilot).query_one(Form).focused_field is last)
        await pilot.press("x")
        await until(pilot, lambda: f"✕ {last.about.label}" in screen_text(pilot.app))
