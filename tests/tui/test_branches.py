"""The list of all that was written: found by words, stood at, copied, written to Markdown."""

from __future__ import annotations

from textual.app import App

from rnnlab.dialogue import Turn
from rnnlab.transcript import Place, Tree
from rnnlab.tui.branches import BranchesScreen
from rnnlab.tui.theme import THEME
from tests.tui.runs import running, screen_text, settled


def turn(name: str, prefix: str, text: str, parent: str = "", kept: int = 0) -> Turn:
    ids = tuple(range(len(text)))
    return Turn(
        prefix=prefix, text=text, run="gru-8-owl", step=7, seed=3, id=name, parent=parent, kept=kept, tokens=ids
    )


TREE = Tree.of(
    [
        turn("a", "The tide", " rose and fell"),
        turn("b", "", " and sank", "a", 5),
        turn("c", "Nan\x1b[2J", " sat [/x]"),
    ]
)


class ListApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.register_theme(THEME)
        self.theme = THEME.name
        self.kept: list[tuple[str, str]] = []
        self.places: list[Place | None] = []

    def show(self, tree: Tree, place: Place | None) -> None:
        screen = BranchesScreen(tree, place, "main", lambda name, text: self.kept.append((name, text)))
        self.push_screen(screen, self.places.append)


async def opened(app: ListApp, pilot, tree: Tree = TREE, place: Place | None = None) -> None:
    app.show(tree, place)
    await settled(pilot)


async def test_every_text_is_shown_what_goes_on_from_another_under_it_and_the_newest_is_read():
    async with running(ListApp(), (80, 24)) as (app, pilot):
        await opened(app, pilot)
        lines = screen_text(app).split("\n")
        rows = [line.strip("┃ ") for line in lines if "⟩" in line or "…" in line]
        assert [row.split("  ")[0] for row in rows[:3]] == [
            "The tide⟩ rose and fell",
            "└ … and sank",
            "▸ Nan␛[2J⟩ sat [/x]",
        ]
        assert "Nan␛[2J sat [/x]" in screen_text(app)


async def test_one_goes_on_at_the_end_of_the_chosen_text():
    async with running(ListApp(), (80, 24)) as (app, pilot):
        await opened(app, pilot, place=Place("a", 3))
        await pilot.press("down")
        await settled(pilot)
        assert "The tide rose and sank" in screen_text(app)
        await pilot.press("enter")
        assert app.places == [Place("b", 9)]


async def test_words_find_texts_and_escape_gives_all_of_them_back():
    async with running(ListApp(), (80, 24)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("slash", *"SANK", "enter")
        await settled(pilot)
        assert "Nan" not in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "Nan" in screen_text(app)
        await pilot.press("slash", *"zebra", "enter", "enter", "c", "escape", "escape")
        assert (app.places, app.kept) == ([None], [])


async def test_a_text_is_copied_whole_and_everything_goes_to_markdown():
    async with running(ListApp(), (80, 24)) as (app, pilot):
        await opened(app, pilot, place=Place("b", 0))
        await pilot.press("c", "m")
        (copied, text), (markdown, document) = app.kept
        assert (copied, text) == ("copied.txt", "The tide rose and sank")
        assert markdown == "transcript.md"
        assert document.startswith("# Transcript of main\n")


async def test_where_nothing_was_written_it_says_how_to_begin():
    async with running(ListApp(), (80, 24)) as (app, pilot):
        await opened(app, pilot, Tree())
        assert "Nothing was written yet" in screen_text(app)
        await pilot.press("enter", "c", "escape")
        assert app.places == [None]
