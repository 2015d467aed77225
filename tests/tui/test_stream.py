from textual.app import App, ComposeResult

from rnnlab.tui.stream import TextStream

from .runs import running, screen_lines, screen_text, settled

STORY = "the tide went out and the clock in the house by the sea struck seven times; " * 6


class StreamApp(App[None]):
    def compose(self) -> ComposeResult:
        yield TextStream()

    @property
    def stream(self) -> TextStream:
        return self.query_one(TextStream)


def colours(app: StreamApp, y: int) -> list[tuple[str, str]]:
    """Each stretch of a line with its colour."""
    strip = app.stream.render_line(y)
    found = [(s.text.strip(), s.style.color) for s in strip if s.style and s.style.color and s.text.strip()]
    return [(text, colour.triplet.hex if colour.triplet else colour.name) for text, colour in found]


async def test_the_last_line_is_open():
    async with running(StreamApp(), (40, 5)) as (app, pilot):
        stream = app.stream
        for piece in ("time", " trav", "eller", " held\n", "the lamp"):
            stream.write(piece, "text")
        await settled(pilot)
        assert screen_lines(app)[:2] == ["time traveller held", "the lamp"]


async def test_what_was_typed_and_what_was_written_look_different():
    async with running(StreamApp(), (40, 5)) as (app, pilot):
        app.stream.write("time", "prefix")
        app.stream.write(" held the lamp", "text")
        await settled(pilot)
        prefix, text = colours(app, 0)
        assert (prefix[0], text[0]) == ("time", "held the lamp")
        assert prefix[1] != text[1]


async def test_it_follows_the_end_but_not_a_reader_who_went_up():
    async with running(StreamApp(), (40, 5)) as (app, pilot):
        stream = app.stream
        stream.focus()
        for number in range(20):
            stream.write(f"line {number}\n", "text")
        stream.write("end", "text")
        await settled(pilot)
        assert screen_lines(app)[0].startswith("line 16")
        await pilot.press("home")
        before = screen_text(app)
        for number in range(20):
            stream.write(f"more {number}\n", "text")
        await settled(pilot)
        assert [line.rstrip("▁▂▃▄▅▆▇█ ") for line in screen_lines(app)] == [
            line.rstrip("▁▂▃▄▅▆▇█ ") for line in before.split("\n")
        ]
        await pilot.press("end")
        stream.write("last", "text")
        await settled(pilot)
        assert screen_lines(app)[4].startswith("last")


async def test_a_reader_keeps_the_place_when_the_width_changes():
    async with running(StreamApp(), (60, 6)) as (app, pilot):
        stream = app.stream
        stream.focus()
        for number in range(30):
            stream.write(f"{number:02} {STORY}\n", "text")
        await settled(pilot)
        row = next(y for y in range(stream.line_count) if stream.text(y).startswith("15 "))
        stream.scroll_to(y=row, animate=False)
        await settled(pilot)
        assert screen_lines(app)[0].startswith("15 ")
        await pilot.resize_terminal(33, 6)
        await settled(pilot)
        assert screen_lines(app)[0].startswith("15 ")


async def test_what_is_out_of_sight_is_not_remembered_as_to_be_painted():
    async with running(StreamApp(), (40, 5)) as (app, pilot):
        stream = app.stream
        stream.focus()
        for number in range(2000):
            stream.write(f"line {number}\n", "text")
        for size in ((20, 5), (40, 5)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
        await pilot.press("home")
        for number in range(50):
            stream.write(f"more {number}\n", "text")
            stream.writing = not stream.writing
        await settled(pilot)
        assert stream._styles_cache._dirty_lines <= set(range(5))


async def test_rows_fill_the_new_width_after_a_resize():
    async with running(StreamApp(), (30, 20)) as (app, pilot):
        app.stream.write(STORY.strip(), "text")
        await settled(pilot)
        narrow = app.stream.line_count
        await pilot.resize_terminal(80, 20)
        await settled(pilot)
        assert app.stream.line_count < narrow
        assert " ".join(line.rstrip("█ ") for line in screen_lines(app) if line) == STORY.strip()


async def test_a_stamp_stands_at_the_right():
    async with running(StreamApp(), (40, 5)) as (app, pilot):
        app.stream.write("held\nstep 1,900", "text")
        app.stream.write("\n", "text")
        app.stream.write("step 1,900", "stamp")
        await settled(pilot)
        assert screen_lines(app)[2] == " " * 28 + "step 1,900"


async def test_a_cursor_stands_at_the_end_while_more_is_to_come():
    async with running(StreamApp(), (40, 5)) as (app, pilot):
        app.stream.write("held", "text")
        app.stream.writing = True
        await settled(pilot)
        assert screen_lines(app)[0] == "held▌"
        app.stream.writing = False
        await settled(pilot)
        assert screen_lines(app)[0] == "held"


async def test_foreign_text_is_made_visible():
    async with running(StreamApp(), (60, 5)) as (app, pilot):
        app.stream.write("a\x1b[2Jb\x07c\td\u202ee\r\n[/b]", "text")
        await settled(pilot)
        assert screen_lines(app)[:2] == ["a␛[2Jb␇c    d<U+202E>e␍", "[/b]"]


async def test_wide_characters_and_marks_keep_the_columns():
    async with running(StreamApp(), (21, 6)) as (app, pilot):
        app.stream.write("想要有直升机想要和你飞到宇宙去 cafe\u0301 ok", "text")
        await settled(pilot)
        assert [line.rstrip("█ ") for line in screen_lines(app)[:3]] == [
            "想要有直升机想要和", "你飞到宇宙去 cafe\u0301", "ok",
        ]  # fmt: skip


async def test_the_mouse_copies_what_it_drags_over_without_soft_line_ends():
    async with running(StreamApp(), (30, 6)) as (app, pilot):
        app.stream.write("the tide went out and the clock struck\nseven", "text")
        await settled(pilot)
        assert screen_lines(app)[:3] == ["the tide went out and the", "clock struck", "seven"]
        await pilot.mouse_down(offset=(4, 0))
        await pilot.hover(offset=(12, 1))
        await pilot.hover(offset=(5, 2))
        await pilot.mouse_up(offset=(5, 2))
        await settled(pilot)
        assert app.screen.get_selected_text() == "tide went out and the clock struck\nseven"
        selected = [s.text for s in app.stream.render_line(0) if s.style and s.style.bgcolor]
        assert any(text.startswith("tide") for text in selected)


async def test_clearing_leaves_nothing():
    async with running(StreamApp(), (30, 6)) as (app, pilot):
        app.stream.write(STORY, "text")
        app.stream.clear()
        await settled(pilot)
        assert app.stream.empty
        assert screen_text(app).strip() == ""


async def test_a_terminal_of_one_column_does_not_cut_a_text_into_characters():
    async with running(StreamApp(), (40, 5)) as (app, pilot):
        app.stream.write(STORY, "text")
        await pilot.resize_terminal(1, 5)
        await settled(pilot)
        assert app.stream.line_count < len(STORY) / 4
        await pilot.resize_terminal(40, 5)
        await settled(pilot)
        assert screen_lines(app)[-1].strip().endswith("seven times;")
