"""The two streams: aligned whatever the script, visible whatever the text, and honest when nobody reads any more."""

from __future__ import annotations

import io

import pyte
import pytest

from rnnlab.cli.output import Output, aligned
from rnnlab.cli.streams import OutputLost
from rnnlab.text.columns import cells


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_are_aligned_in_terminal_cells_and_not_in_characters() -> None:
    lines = list(aligned([["name", "n"], ["不分开", "7"], ["abc", "1,234"]], [False, True]))
    assert lines == ["name        n", "不分开      7", "abc     1,234"]
    assert [cells(line) for line in lines] == [13, 13, 13]


def test_a_terminal_that_is_too_narrow_cuts_the_elastic_column_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()
    Output(stream, None).table(
        ("run", "about", "step"),
        [("gru-256-brave-otter", "什么都不做什么都不做", "12")],
        right=("step",),
        elastic="about",
    )
    lines = stream.getvalue().split("\n")
    assert lines[1] == "gru-256-brave-otter  什么都…    12"


def test_what_a_program_reads_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    stream = io.StringIO()
    Output(stream, None).table(("run", "about"), [("a", "x" * 200)], elastic="about")
    assert "x" * 200 in stream.getvalue()


def test_a_terminal_without_colours_gets_no_escape_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    Output(stream, None).table(("run", "state"), [("a", "failed")])
    assert stream.getvalue() == "run  state\na    failed\n"


def test_columns_beside_what_terminals_measure_otherwise_are_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    tokens = ["e", "é", "梦", "🇫", "👩‍👩‍👧", "❤️", "◌̸", "ก็", "👍🏽"]
    rows = [(str(number), token, "7") for number, token in enumerate(tokens)]
    stream = Terminal()
    Output(stream, None).table(("id", "token", "count"), rows, right=("id", "count"))
    screen = pyte.Screen(30, 12)
    pyte.Stream(screen).feed(stream.getvalue().replace("\n", "\r\n"))
    assert {screen.buffer[y][len("id  token  count") - 1].data for y in range(1, 1 + len(rows))} == {"7"}


def test_a_state_has_its_colour_where_there_are_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    Output(stream, None).table(("run", "state"), [("failed-7", "failed")])
    assert stream.getvalue().split("\n")[1] == "failed-7  \x1b[31mfailed\x1b[0m"


def test_a_stream_that_cannot_write_a_character_writes_its_code() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Output(stream, None).line("é␛")
    stream.flush()
    assert stream.buffer.getvalue() == b"\\xe9\\u241b\n"


def test_json_is_utf_8_whatever_the_locale() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    Output(stream, None).value({"a": "不"})
    assert stream.buffer.getvalue() == '{"a":"不"}\n'.encode()


def test_talk_comes_after_the_data_that_was_written_before_it() -> None:
    order: list[str] = []

    class Stream(io.StringIO):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def flush(self) -> None:
            order.append(self.name)

    out = Output(Stream("data"), Stream("talk"))
    out.line("first")
    out.say("second")
    assert order == ["data", "talk"]


def test_closed_streams_swallow_everything() -> None:
    out = Output(None, None)
    out.line("x")
    out.value(1)
    out.say("y")
    assert not out.terminal


@pytest.mark.parametrize(
    ("error", "broken"), [(BrokenPipeError(32, "Broken pipe"), True), (OSError(28, "full"), False)]
)
def test_a_failure_to_write_is_nobody_elses_error(error: OSError, broken: bool) -> None:
    class Failing(io.StringIO):
        def write(self, text: str) -> int:
            raise error

    with pytest.raises(OutputLost) as lost:
        Output(Failing(), None).line("x")
    assert lost.value.broken_pipe is broken


def test_marked_stretches_are_bold_on_a_terminal_and_hostile_ones_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    Output(stream, None).marked("old\n\x1b[31mtide", ((4, 9),))
    assert stream.getvalue() == "old\n\x1b[1m␛[31mtide\x1b[0m\n"


def test_marked_text_is_exact_where_a_program_reads_it() -> None:
    stream = io.StringIO()
    Output(stream, None).marked("old\x1btide", ((4, 4),))
    assert stream.getvalue() == "old\x1btide\n"
