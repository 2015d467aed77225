"""`rnnlab transcript`: what the models of a session wrote in its console, searched, or as Markdown.

With `--json`, each line is a `Turn` of `rnnlab.dialogue`; `--add` takes such lines in. It must not know where
transcripts lie.
"""

from __future__ import annotations

import argparse

import msgspec

from rnnlab.cli.asking import read_text
from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.export import write_file
from rnnlab.cli.parser import add_json
from rnnlab.dialogue import Turn
from rnnlab.errors import BadInput
from rnnlab.text.amounts import counted
from rnnlab.transcript import Branch, Tree, drawn, found, markdown

_LEAD = 200
"""Characters of a text that a row may need."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--search", metavar="WORDS", default="", help="only turns in which these words come")
    parser.add_argument("--markdown", metavar="FILE", default="", help="write all of it as Markdown; `-` prints it")
    parser.add_argument(
        "--add", metavar="FILE", default="", help="add the turns in a file of JSON lines; `-` for stdin"
    )
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    session = context.session or context.host.session().name
    if arguments.add:
        return _add(arguments.add, session, context)
    turns = context.host.transcript(session)
    if arguments.markdown:
        return _write(arguments.markdown, markdown(Tree.of(turns), f"Transcript of {session}"), context)
    wanted = found(turns, arguments.search)
    if arguments.json:
        for turn in wanted:
            context.out.value(turn)
    elif wanted:
        _table(turns, arguments.search, context)
    else:
        words = f" with {arguments.search!r}" if arguments.search else ""
        context.out.say(f"nothing was written{words} in the session {session}: `rnnlab` opens its console")
    return ExitCode.OK


def _table(turns: tuple[Turn, ...], words: str, context: Context) -> None:
    tree = Tree.of(turns)
    wanted = {turn.id for turn in found(tree.turns.values(), words)}
    rows = [_row(branch) for branch in tree.branches() if branch.turn.id in wanted]
    context.out.table(("run", "step", "tokens", "drawn", "text"), rows, right=("step", "tokens"), elastic="text")


def _row(branch: Branch) -> tuple[str, ...]:
    turn = branch.turn
    text = f"{turn.prefix}⟩{turn.text}".replace("\n", " ")[:_LEAD]
    return turn.run, f"{turn.step:,}", f"{len(turn.tokens):,}", " ".join(drawn(turn)), branch.lead + text


def _write(file: str, document: str, context: Context) -> ExitCode:
    if file == "-":
        context.out.raw(document.encode("utf-8", "replace"))
    else:
        write_file(file, document.encode("utf-8", "replace"))
        context.out.say(f"the transcript is in {file}")
    return ExitCode.OK


def _add(file: str, session: str, context: Context) -> ExitCode:
    lines = [line for line in read_text(file).split("\n") if line.strip()]
    try:
        turns = [msgspec.json.decode(line, type=Turn) for line in lines]
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadInput(f"{file} holds a line that is no turn: {error}") from None
    for turn in turns:
        context.host.remember(session, turn)
    context.out.say(f"{counted(len(turns), 'turn')} added to the session {session}")
    return ExitCode.OK
