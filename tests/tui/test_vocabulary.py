"""Sorting and filtering the vocabulary, and the table that shows it."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from rnnlab.text.corpus import Corpus
from rnnlab.text.report import TokenRow
from rnnlab.text.statistics import report
from rnnlab.tui.table import Table
from rnnlab.tui.vocabulary import VocabularyView, matching, ordered
from tests.tui.desks import type_text, until
from tests.tui.runs import screen_text

ROWS = report(Corpus.from_text("a tab\t, a line\n, an é, 红 and 红 again\n" * 3 + "z")).vocabulary


class Alone(App[None]):
    def compose(self) -> ComposeResult:
        yield VocabularyView()

    def on_mount(self) -> None:
        view = self.query_one(VocabularyView)
        view.rows = ROWS
        view.query_one(Table).focus()


def shown(table: Table) -> list[str]:
    return [row.token for row in table.rows]


def tokens(rows) -> str:
    return "".join(row.token for row in rows)


def test_the_commonest_come_first_and_equals_by_id():
    rows = ordered(ROWS, "count", False)
    assert [(row.count, -row.id) for row in rows] == sorted(((row.count, -row.id) for row in ROWS), reverse=True)


def test_the_order_turns_around():
    assert tokens(ordered(ROWS, "token", True)) == tokens(ordered(ROWS, "token", False))[::-1]


@pytest.mark.parametrize(
    ("text", "found"),
    [("é", "é"), ("U+00e9", "é"), ("acute", "é"), ("␣", " "), ("↵", "\n"), ("cjk", "红"), ("nothing like it", "")],
)
def test_a_filter_finds_tokens_by_themselves_their_code_points_and_their_names(text, found):
    assert tokens(matching(ROWS, text)) == found


async def test_keys_sort_turn_and_filter():
    async with Alone().run_test(size=(100, 20)) as pilot:
        table = pilot.app.query_one(Table)
        await until(pilot, lambda: len(table.rows) == len(ROWS))
        first = shown(table)[0]
        await pilot.press("r")
        assert shown(table)[-1] == first
        await pilot.press("r")
        assert shown(table)[0] == first
        await pilot.press("s")
        assert shown(table) == sorted(row.token for row in ROWS)
        await pilot.press("slash")
        await type_text(pilot, "cjk")
        assert shown(table) == ["红"]
        await pilot.press("escape")
        assert len(table.rows) == len(ROWS)
        assert table.has_focus


async def test_a_click_on_a_title_sorts_by_it_and_a_second_turns_around():
    async with Alone().run_test(size=(100, 20)) as pilot:
        table = pilot.app.query_one(Table)
        await until(pilot, lambda: len(table.rows) == len(ROWS))
        await pilot.click(table, offset=(10, 0))
        assert "token▴" in screen_text(pilot.app)
        await pilot.click(table, offset=(10, 0))
        assert "token▾" in screen_text(pilot.app)


async def test_rare_tokens_are_marked_in_words():
    async with Alone().run_test(size=(100, 20)) as pilot:
        await until(pilot, lambda: "LATIN SMALL LETTER Z" in screen_text(pilot.app))
        line = next(line for line in screen_text(pilot.app).splitlines() if "LETTER Z" in line)
        assert line.endswith("rare")


async def test_ten_thousand_tokens_cost_no_more_to_paint_than_ten():
    made = []

    class Counting(VocabularyView):
        def _cells(self, row: TokenRow) -> list[str]:
            made.append(row)
            return super()._cells(row)

    class Large(App[None]):
        def compose(self) -> ComposeResult:
            yield Counting()

    async with Large().run_test(size=(80, 24)) as pilot:
        view = pilot.app.query_one(Counting)
        view.rows = tuple(
            TokenRow(id=i, token=chr(0x4E00 + i), codepoint="U+", name="", count=1, share=0.0, rare=False)
            for i in range(10_000)
        )
        await pilot.pause()
        view.query_one(Table).focus()
        made.clear()
        await pilot.press("end")
        assert view.query_one(Table).cursor == 9_999
        assert 0 < len(made) <= 60
