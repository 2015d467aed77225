from typing import ClassVar

from textual.app import App, ComposeResult
from textual.geometry import Region

from rnnlab.tui.canvas import Canvas
from rnnlab.tui.grid import Grid

from .runs import screen_lines, settled


class Words(Canvas):
    """Shows a word a row, and remembers what it asked to have painted."""

    PREFIX = "words"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"words--loud"}
    DEFAULT_CSS = "Words { height: 3; & > .words--loud { color: #ff5f5f; } }"

    def __init__(self) -> None:
        super().__init__()
        self.words = ["tide", "clock", "lamp"]
        self.asked: list[tuple[Region, ...]] = []

    def draw(self, width: int, height: int) -> Grid:
        grid = Grid(width, height)
        for y, word in enumerate(self.words):
            grid.put(0, y, word, "loud" if y == 0 else "")
        return grid

    def refresh(self, *regions: Region, **options: bool):
        if self.is_mounted:
            self.asked.append(regions)
        return super().refresh(*regions, **options)


class WordsApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Words()


async def test_only_the_cells_that_changed_are_painted():
    async with WordsApp().run_test(size=(20, 3)) as pilot:
        words = pilot.app.query_one(Words)
        words.asked.clear()
        words.words[1] = "click"
        words.redraw()
        await settled(pilot)
        assert words.asked == [(Region(2, 1, 1, 1),)]
        assert screen_lines(pilot.app) == ["tide", "click", "lamp"]


async def test_what_looks_the_same_is_not_painted():
    async with WordsApp().run_test(size=(20, 3)) as pilot:
        words = pilot.app.query_one(Words)
        words.asked.clear()
        words.redraw()
        assert words.asked == []


async def test_roles_have_their_colours():
    async with WordsApp().run_test(size=(20, 3)) as pilot:
        segments = list(pilot.app.query_one(Words).render_line(0))
        assert segments[0].style is not None
        assert segments[0].style.color is not None
        assert segments[0].style.color.triplet is not None
        assert segments[0].style.color.triplet.hex == "#ff5f5f"


async def test_it_is_drawn_anew_in_another_size():
    async with WordsApp().run_test(size=(20, 3)) as pilot:
        await pilot.resize_terminal(3, 3)
        assert screen_lines(pilot.app) == ["tid", "clo", "lam"]


async def test_no_picture_is_kept_that_nobody_sees_and_it_is_there_again_when_it_is_seen():
    async with WordsApp().run_test(size=(20, 3)) as pilot:
        words = pilot.app.query_one(Words)
        words.display = False
        await settled(pilot)
        assert (words._grid.width, words._grid.height) == (0, 0)
        words.words[1] = "click"
        words.display = True
        await settled(pilot)
        assert screen_lines(pilot.app) == ["tide", "click", "lamp"]
