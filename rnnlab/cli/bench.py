"""`rnnlab bench`: measure this machine, rnnlab beside the textbook loop and plain torch.nn.

What measures is a process of its own, so that this one stays small and without torch; its lines of JSON
(`rnnlab.bench.values`) are drawn as tables while they come, or with `--json` handed on. The exit code is 1 where a
curve or a text differs from the textbook's; a target that this machine misses is no failure.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import msgspec

from rnnlab.bench.values import PARTS, USUAL, About, Agreement, AnyRow, Doing, SameText
from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.measured import kind_of, table_of, tally
from rnnlab.cli.output import Output
from rnnlab.cli.parser import add_json
from rnnlab.errors import RunError

_MOST = 16_384
"""Units, or threads."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    known = f"some of {', '.join(PARTS)}; all but growth where none is named"
    parser.add_argument("parts", metavar="PART", nargs="*", type=_part, default=USUAL, help=known)
    parser.add_argument("--quick", action="store_true", help="fewer sizes and rounds: about a minute a part")
    parser.add_argument("--hidden", metavar="N", type=_count, default=0, help="train and generate at this size alone")
    parser.add_argument(
        "--threads", metavar="N", type=_count, default=0, help="threads for training (default: up to 2)"
    )
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    rows = list(_shown(_measured(arguments), context.out, as_json=arguments.json))
    if not arguments.json:
        met, judged = tally(rows)
        if judged:
            context.out.say(f"{met} of {judged} targets met on this machine")
    return ExitCode.OK if all(map(_same, rows)) else ExitCode.FAILURE


def _part(typed: str) -> str:
    if typed not in PARTS:
        raise argparse.ArgumentTypeError(f"{typed[:40]!r} is nothing to measure: it is {', '.join(PARTS)}")
    return typed


def _count(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and 0 < int(typed) <= _MOST):
        raise argparse.ArgumentTypeError(f"{typed[:40]!r} is not a number from 1 to {_MOST:,}")
    return int(typed)


def _measured(arguments: argparse.Namespace) -> Iterator[AnyRow]:
    """The rows, as they come; raises RunError where the measuring ends early."""
    command = [sys.executable, "-P", "-m", "rnnlab.bench", *arguments.parts, f"--threads={arguments.threads}"]
    command += [f"--hidden={arguments.hidden}"]
    command += ["--quick"] * arguments.quick
    with tempfile.TemporaryFile() as said, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as child:
        assert child.stdout is not None
        try:
            for line in child.stdout:
                yield msgspec.json.decode(line, type=AnyRow)
            if child.wait():
                said.seek(0)
                last = said.read().decode("utf-8", "replace").strip().splitlines()[-1:]
                raise RunError(f"the measuring ended early: {last[0] if last else f'exit code {child.returncode}'}")
        finally:
            child.terminate()


def _shown(rows: Iterator[AnyRow], out: Output, *, as_json: bool) -> Iterator[AnyRow]:
    """Draw each table as soon as it is whole; gives the rows on."""
    section: list[AnyRow] = []
    for row in rows:
        yield row
        if as_json:
            out.value(row)
            out.flush()
        elif isinstance(row, Doing):
            _draw(section, out)
            out.progress(f"measuring {row.what}")
        else:
            if section and kind_of(row) != kind_of(section[0]):
                _draw(section, out)
            section.append(row)
    _draw(section, out)


def _draw(section: list[AnyRow], out: Output) -> None:
    """Draw what was gathered, and begin anew."""
    if section:
        out.progress("")
        table = table_of(section)
        if isinstance(section[0], About):
            out.facts([(row[0], row[1]) for row in table.rows])
        else:
            out.table(table.headers, table.rows, right=table.right)
        out.write("\n")
        out.flush()
    section.clear()


def _same(row: AnyRow) -> bool:
    """Whether a row tells of no difference between ways that should come to the same."""
    return not (isinstance(row, Agreement) and not row.agrees) and not (isinstance(row, SameText) and row.faults)
