"""Sheets: widgets beside their labels, and what is wrong with one under its line."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.geometry import Region
from textual.widgets import Static

from rnnlab.tui.sheet import Cell, Line, Sheet
from tests.tui.runs import screen_text

A, B, C = "first", "second", "third"


def cells(width: int | None = None) -> dict[str, Cell]:
    return {name: Cell(Static(name.upper()), name, 7, width) for name in (A, B, C)}


class Shown(App[None]):
    """Lines of a sheet on a screen of their own."""

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self.sheet = Sheet(lines)

    def compose(self):
        yield self.sheet


def text(app: App[None]) -> list[str]:
    return [line.rstrip() for line in screen_text(app).rstrip().splitlines()]


async def test_each_widget_stands_after_its_label_and_the_last_has_what_is_left():
    cell = cells()
    app = Shown([[Cell(cell[A].widget, A, 7, width=8), cell[B]], "heading", [cell[C]]])
    async with app.run_test(size=(40, 10)):
        assert text(app) == ["first  FIRST    second SECOND", "", "heading", "third  THIRD"]
        assert cell[A].widget.region == Region(7, 0, 8, 1)
        assert cell[B].widget.region == Region(23, 0, 17, 1)
        assert app.sheet.size == (40, 4)


@pytest.mark.parametrize("width", [1, 3, 8, 12, 20])
async def test_what_does_not_fit_is_cut_at_the_edge(width):
    cell = cells(width=8)
    app = Shown([list(cell.values())])
    async with app.run_test(size=(width, 5)):
        assert app.sheet.size == (width, 1)
        assert all(one.widget.region.right <= width for one in cell.values())
        assert text(app)[0] == "first  FIRST    second SECOND"[:width].rstrip()


async def test_a_complaint_stands_under_the_line_of_its_widget_as_long_as_there_is_one():
    cell = cells()
    app = Shown([[Cell(cell[A].widget, A, 7, width=8), cell[B]], [cell[C]]])
    async with app.run_test(size=(32, 10)) as pilot:
        app.sheet.complain({cell[B].widget: "two", cell[A].widget: "one that is much too long for a line"})
        await pilot.pause()
        wrong = ["✕ one that is much too long for", "a line", "✕ two"]
        assert text(app) == ["first  FIRST    second SECOND", *wrong, "third  THIRD"]
        assert app.sheet.complaint(cell[A].widget) == Region(0, 1, 32, 2)
        assert app.sheet.complaint(cell[B].widget) == Region(0, 3, 32, 1)
        assert app.sheet.complaint(cell[C].widget) is None
        app.sheet.complain({})
        await pilot.pause()
        assert text(app) == ["first  FIRST    second SECOND", "third  THIRD"]


async def test_a_widget_gets_other_room_when_the_lines_change():
    cell = cells(width=8)
    app = Shown([[cell[A], cell[B]]])
    async with app.run_test(size=(40, 10)) as pilot:
        app.sheet.change([[Cell(cell[A].widget, A, 7, width=5), cell[B]]])
        await pilot.pause()
        assert text(app) == ["first  FIRST second SECOND"]


async def test_a_complaint_is_painted_as_text_and_keeps_its_columns():
    cell = cells()
    app = Shown([[cell[A]], [cell[B]]])
    async with app.run_test(size=(40, 10)) as pilot:
        app.sheet.complain({cell[A].widget: "[b]x[/b]\x1b[2J 时间\tend"})
        await pilot.pause()
        assert "[b]x[/b]" in text(app)[1]
        assert "\x1b" not in screen_text(app)
        assert text(app)[2] == "second SECOND"
