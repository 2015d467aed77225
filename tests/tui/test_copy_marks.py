import msgspec
from textual.app import App, ComposeResult

from rnnlab.dialogue import Turn
from rnnlab.text.report import Copied, Originality
from rnnlab.tui import copy_marks
from rnnlab.tui.copied import turn_parts
from rnnlab.tui.copy_marks import CopyMarks
from rnnlab.tui.stream import TextStream

from .runs import running, settled

COPY = "the clock struck seven"
TEXT = f"\trose \x1b {COPY} and on"
START = TEXT.index(COPY)
TURN = Turn(id="a", prefix="It\n", text=TEXT, run="gru", step=1, tokens=tuple(range(len(TEXT))))
FOUND = Originality(characters=len(TEXT), copied=22, shortest=20, spans=(Copied(START, 22, 7),), share=0.5)
SAID = "50 % copied, in 1 span (F6, 6 shows where)"


class StreamApp(App[None]):
    def compose(self) -> ComposeResult:
        yield TextStream()


def told(stream: TextStream) -> list[list[tuple[str, str]]]:
    return [stream.parts(y) for y in range(stream.line_count)]


def written(stream: TextStream) -> CopyMarks:
    """An answer as it is when it has just ended."""
    marks, begin = CopyMarks(stream), stream.end
    stream.write(TURN.prefix, "prefix")
    for character in TURN.text:
        stream.write(character, "text")
    stream.write("\nsigned", "stamp")
    marks.answered(TURN, begin)
    return marks


async def test_copies_are_marked_in_what_stands_there_however_it_is_shown():
    async with running(StreamApp(), (80, 9)) as (app, pilot):
        stream = app.query_one(TextStream)
        written(stream).tell(TURN, FOUND)
        await settled(pilot)
        assert told(stream) == [
            [("It", "prefix")],
            [("    rose ␛ ", "text"), (COPY, "copied"), (" and on", "text")],
            [("signed", "stamp")],
            [(SAID, "stamp")],
        ]


async def test_where_the_text_went_on_meanwhile_it_is_marked_and_nothing_is_put_into_it():
    async with running(StreamApp(), (80, 9)) as (app, pilot):
        stream = app.query_one(TextStream)
        marks = written(stream)
        stream.write("\n\nanother", "text")
        marks.tell(TURN, FOUND)
        await settled(pilot)
        assert (COPY, "copied") in told(stream)[1]
        assert told(stream)[2:] == [[("signed", "stamp")], [], [("another", "text")]]


async def test_a_text_that_is_gone_or_of_which_nobody_can_tell_stays_as_it_is():
    async with running(StreamApp(), (80, 9)) as (app, pilot):
        stream = app.query_one(TextStream)
        marks = written(stream)
        before = told(stream)
        marks.tell(TURN, None)
        assert told(stream) == before
        marks = written(stream)
        stream.clear()
        stream.write("another text", "text")
        marks.tell(TURN, FOUND)
        await settled(pilot)
        assert told(stream) == [[("another text", "text")]]


async def test_a_turn_that_is_written_again_has_its_copies_and_says_so_only_where_it_is_whole():
    async with running(StreamApp(), (80, 9)) as (app, pilot):
        stream = app.query_one(TextStream)
        marks = written(stream)
        marks.tell(TURN, FOUND)
        stream.clear()
        marks.write(TURN, len(TEXT) - 1)
        marks.signed(TURN, len(TEXT) - 1)
        assert told(stream)[1:] == [[("    rose ␛ ", "text"), (COPY, "copied"), (" and o", "text")]]
        stream.clear()
        marks.write(TURN, len(TEXT))
        marks.signed(TURN, len(TEXT))
        await settled(pilot)
        assert told(stream)[-1] == [(SAID, "stamp")]


async def test_what_is_copied_is_known_of_the_newest_turns_and_not_what_stands_around_it(monkeypatch):
    monkeypatch.setattr(copy_marks, "KNOWN", 3)
    around = Copied(START, 22, 7, before="x" * 300, after="y" * 300)
    async with running(StreamApp(), (80, 9)) as (app, _):
        marks = CopyMarks(app.query_one(TextStream))
        for number in range(5):
            marks.tell(msgspec.structs.replace(TURN, id=str(number)), msgspec.structs.replace(FOUND, spans=(around,)))
        assert [*marks._known] == ["2", "3", "4"]
        assert {found.spans for found in marks._known.values()} == {FOUND.spans}


def test_of_a_copy_that_one_has_stepped_back_into_so_much_must_be_left_that_it_is_one():
    assert turn_parts(TURN, START + 20, FOUND)[-1] == (COPY[:20], "copied")
    assert turn_parts(TURN, START + 19, FOUND)[1:] == [(TEXT[: START + 19], "text")]
