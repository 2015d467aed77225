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

import contextlib
import io
import os
import sys
from collections.abc import Generator, Iterator, Sequence
from typing import TextIO

from rnnlab.text.visible import visible


class OutputLost(Exception):
    """Standard output or standard error takes no more; `broken_pipe` says whether its reader went away."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.strerror or str(cause))
        self.broken_pipe = isinstance(cause, BrokenPipeError)


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
        """One value as a line of JSON."""
        import msgspec

        self.raw(msgspec.json.encode(value) + b"\n")

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        with _lost():
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
        with _lost():
            self._out.write(text)

    def foreign(self, text: str) -> None:
        """Text that a model wrote: visible where people read it, exactly as it is (UTF-8) where a program does."""
        if self.terminal:
            self.write(visible(text, lines=True))
        else:
            self.raw(text.encode("utf-8", "replace"))

    def say(self, text: str) -> None:
        """One line of talk, on standard error."""
        with _lost():
            self._out.flush()
            self._talk.write(visible(text) + "\n")
            self._talk.flush()

    def flush(self) -> None:
        with _lost():
            self._out.flush()

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
        """Rows under headers; the columns named in `right` are aligned right. Cells may be foreign text."""
        cells = [[visible(cell) for cell in row] for row in rows]
        if self.terminal:
            with _lost():
                _print_rich(self._out, headers, cells, right)
        else:
            for line in aligned([list(headers), *cells], [header in right for header in headers]):
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


def cells(text: str) -> int:
    """How many terminal cells a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _print_rich(stream: TextIO, headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> None:
    # 40 ms that only a person's terminal needs.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column, header in enumerate(headers):
        # The first column is what one copies: it is never cut short.
        whole = max((cells(row[0]) for row in rows), default=0) if column == 0 else None
        side = "right" if header in right else "left"
        table.add_column(header, justify=side, no_wrap=True, min_width=whole)
    for row in rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    Console(file=stream, highlight=False, markup=False).print(table)


_STYLES = {
    "running": "green",
    "starting": "green",
    "paused": "yellow",
    "failed": "red",
    "died": "red",
    "diverged": "red",
}
"""Colours of the states that want a look."""


@contextlib.contextmanager
def _lost() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise OutputLost(error) from error


def _forgiving(stream: TextIO | None) -> TextIO:
    """The stream, which no character can break; a closed one swallows everything."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream
