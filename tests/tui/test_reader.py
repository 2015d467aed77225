"""Reading a long text through a small window."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from rnnlab.specs import DataSpec
from rnnlab.text.corpus import Corpus
from rnnlab.text.statistics import passage
from rnnlab.tui.reader import IdsReader, Reader, TextReader
from tests.tui.desks import until
from tests.tui.runs import screen_text

CORPUS = Corpus.open("the-tide-clock", DataSpec())


class Library(App[None]):
    """Answers what its reader wants from a corpus."""

    def __init__(self, reader: type[Reader], corpus: Corpus = CORPUS) -> None:
        super().__init__()
        self._kind = reader
        self._corpus = corpus
        self.asked: list[tuple[int, int]] = []

    def compose(self) -> ComposeResult:
        yield self._kind()

    def on_mount(self) -> None:
        self.reader.focus()

    @property
    def reader(self) -> Reader:
        return self.query_one(Reader)

    def on_reader_wanted(self, event: Reader.Wanted) -> None:
        self.asked.append((event.start, event.length))
        self.reader.show(passage(self._corpus, event.start, event.length))


def read(app: Library) -> str:
    return "\n".join(screen_text(app).splitlines()[:-1])


async def test_the_text_is_read_from_its_beginning_with_its_own_lines():
    app = Library(TextReader)
    async with app.run_test(size=(72, 20)) as pilot:
        await until(pilot, lambda: read(app).strip())
        assert read(app).splitlines()[0] == CORPUS.text.splitlines()[0]


@pytest.mark.parametrize("kind", [TextReader, IdsReader])
async def test_a_whole_text_is_paged_through_and_back_holding_only_a_little_of_it(kind):
    corpus = Corpus.from_text(CORPUS.text[:9000])
    app = Library(kind, corpus)
    async with app.run_test(size=(60, 16)) as pilot:
        await until(pilot, lambda: read(app).strip())
        downwards = [app.reader.position]
        for _ in range(200):
            app.reader.action_pages(1)
            await pilot.pause()
            if app.reader.position == downwards[-1]:
                break
            downwards.append(app.reader.position)
        assert len(downwards) > 5
        assert "of 9,000" in screen_text(app)
        assert screen_text(app).rstrip().endswith("9,000 of 9,000")
        for _ in range(200):
            if app.reader.position == 0:
                break
            app.reader.action_pages(-1)
            await pilot.pause()
        assert app.reader.position == 0
    assert max(length for _, length in app.asked) < 9000


@pytest.mark.parametrize("kind", [TextReader, IdsReader])
async def test_home_and_end_go_there_at_once(kind):
    app = Library(kind)
    async with app.run_test(size=(60, 16)) as pilot:
        await until(pilot, lambda: read(app).strip())
        begin = read(app)
        await pilot.press("end")
        await until(pilot, lambda: f"–{len(CORPUS.ids):,} of" in screen_text(app))
        await pilot.press("home")
        await until(pilot, lambda: read(app) == begin)


async def test_ids_stand_under_their_tokens():
    app = Library(IdsReader)
    async with app.run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: read(app).strip())
        tokens, ids = read(app).splitlines()[:2]
        assert [int(number) for number in ids.split()] == [int(number) for number in CORPUS.ids[:10]]
        assert tokens.split() == [{" ": "␣", "\n": "↵"}.get(character, character) for character in CORPUS.text[:10]]


async def test_a_window_that_grows_stays_filled():
    app = Library(TextReader)
    async with app.run_test(size=(40, 8)) as pilot:
        await until(pilot, lambda: read(app).strip())
        await pilot.press("pagedown")
        await pilot.resize_terminal(150, 60)
        await until(pilot, lambda: len([line for line in read(app).splitlines() if line]) > 25)
