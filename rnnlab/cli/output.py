"""What goes to standard output and standard error, and in which form.

Standard output is data, standard error is talk. Data has one of two forms:

- for people: lines and aligned tables, in colour only where the output is a terminal, with every character of foreign
  text that a terminal would obey made visible;
- with `--json`: one JSON object a line, in UTF-8 whatever the locale, each the msgspec encoding of a value that crosses
  a Host (`RunSummary`, `CorpusEntry`, `CorpusReport`, `SessionSummary`, `Answering` ...), so that `msgspec.json.decode`
  with that type gives the value back. Records of a journal are flattened: `rnnlab.cli.wire` says how.

It must not know which commands there are. A failure to write is `OutputLost`, so that nobody takes it for another's.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TextIO

from rnnlab.cli.streams import writing
from rnnlab.text.columns import cells, pinned
from rnnlab.text.visible import harmless_json, visible


class Output:
    """The program's two streams."""

    def __init__(self, stdout: TextIO | None, stderr: TextIO | None) -> None:
        self._out = _forgiving(stdout)
        self._talk = _forgiving(stderr)
        self.terminal = self._out.isatty()
        """Whether people read standard output."""

    @classmethod
    def standard(cls) -> Output:
        return cls(sys.stdout, sys.stderr)

    def value(self, value: object) -> None:
        """One value as a line of JSON, which may be shown on a terminal too."""
        import msgspec

        self.raw(harmless_json(msgspec.json.encode(value, enc_hook=list)) + b"\n")

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        with writing():
            self._out.flush()
            if hasattr(self._out, "buffer"):
                self._out.buffer.write(data)
            else:
                self._out.write(data.decode("utf-8", "replace"))

    def line(self, text: str) -> None:
        """One line for people; foreign text in it has gone through `safe`, or it goes through `visible` here."""
        self.write(visible(text) + "\n")

    def write(self, text: str) -> None:
        """Text that is safe to show already."""
        with writing():
            self._out.write(text)

    def foreign(self, text: str) -> None:
        """Text that a model wrote: visible where people read it, exactly as it is (UTF-8) where a program does."""
        if self.terminal:
            self.write(visible(text, lines=True))
        else:
            self.raw(text.encode("utf-8", "replace"))

    def marked(self, text: str, stretches: Sequence[tuple[int, int]]) -> None:
        """Text that a model wrote, and a line end; on a terminal its (first character, characters) are bold."""
        if not self.terminal:
            self.foreign(text + "\n")
            return
        ends = [0, *(at for start, length in stretches for at in (start, start + length)), len(text)]
        pieces = [visible(text[a:b], lines=True) for a, b in pairwise(ends)]
        with writing():
            _print_pieces(self._out, [(piece, "bold" if number % 2 else "") for number, piece in enumerate(pieces)])

    def say(self, text: str) -> None:
        """One line of talk, on standard error."""
        with writing():
            self._out.flush()
            self._talk.write(visible(text) + "\n")
            self._talk.flush()

    @property
    def talks_to_terminal(self) -> bool:
        """Whether people read standard error."""
        return self._talk.isatty()

    def progress(self, text: str) -> None:
        """A line of talk that the next one replaces, on a terminal only; empty to clear it."""
        if self._talk.isatty():
            with writing():
                self._talk.write("\r" + visible(text)[: shutil.get_terminal_size().columns - 1] + "\x1b[K")
                self._talk.flush()

    def leave_line(self) -> None:
        """Begin a new line of talk where a terminal has just echoed ^C."""
        if self._talk.isatty():
            with writing():
                self._talk.write("\n")

    def flush(self) -> None:
        with writing():
            self._out.flush()

    def table(
        self, headers: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = (), elastic: str = ""
    ) -> None:
        """Rows under headers; the columns in `right` end in one place. Both may be foreign text.

        Where people read it and it is wider than their terminal, the `elastic` column is cut short.
        """
        shown = [[visible(cell) for cell in row] for row in (headers, *rows)]
        if self.terminal and elastic:
            _fit(shown, headers.index(elastic), shutil.get_terminal_size().columns)
        lines = list(aligned(shown, [header in right for header in headers]))
        if self.terminal:
            with writing():
                _print_styled(self._out, lines)
        else:
            for line in lines:
                self.write(line + "\n")

    def facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Names and what there is to say of them, one pair a line; a pair without a value is left out."""
        shown = [(name, visible(value)) for name, value in pairs if value]
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            self.write(f"{name:<{width}}  {value}\n")


def aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> Iterator[str]:
    """The rows as lines whose columns begin (or, where `right`, end) in one terminal cell."""
    widths = [max(cells(row[column]) for row in rows) for column in range(len(right))]
    for row in rows:
        parts = []
        for text, width, is_right in zip(row, widths, right, strict=True):
            space = " " * (width - cells(text))
            parts.append(space + text if is_right else text + space)
        yield "  ".join(parts).rstrip()


def _fit(rows: list[list[str]], column: int, width: int) -> None:
    """Cut the cells of one column so that no row is wider than that; down to a width that still tells something."""
    widths = [max(cells(row[each]) for row in rows) for each in range(len(rows[0]))]
    room = max(_NARROWEST, width - (sum(widths) - widths[column]) - 2 * (len(widths) - 1))
    for row in rows:
        if cells(row[column]) > room:
            row[column] = _cut(row[column], room - 1) + "…"


def _cut(text: str, width: int) -> str:
    while cells(text) > width:
        text = text[:-1]
    return text


def _print_styled(stream: TextIO, lines: Sequence[str]) -> None:
    # 40 ms that only a person's terminal needs.
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, soft_wrap=True)
    for number, line in enumerate(lines):
        fixed = line if console.is_dumb_terminal else pinned(line, 1, cells(line))
        text = Text(fixed, style="bold" if number == 0 else "")
        for state, style in _STYLES.items() if number else ():
            text.highlight_regex(rf"(?<=  ){state}(?=  |$)", style)
        console.print(text)


def _print_pieces(stream: TextIO, pieces: Sequence[tuple[str, str]]) -> None:
    # As above: a person's terminal alone needs it.
    from rich.console import Console
    from rich.text import Text

    Console(file=stream, highlight=False, markup=False, soft_wrap=True).print(Text.assemble(*pieces))


_NARROWEST = 8
"""Cells that an elastic column keeps in any terminal."""

_STYLES = {
    "running": "green",
    "starting": "green",
    "paused": "yellow",
    "waiting": "red",
    "suspended": "red",
    "failed": "red",
    "died": "red",
    "diverged": "red",
    "killed": "red",
    "out of memory": "red",
    "restarted": "red",
    "rare": "yellow",
}
"""Colours of the words in a column of their own that want a look."""


def _forgiving(stream: TextIO | None) -> TextIO:
    """The stream, which no character can break; a closed one swallows everything."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream
