"""The grammar: every command explains itself, nothing is guessed, and mistakes are answered with the nearest word."""

from __future__ import annotations

import argparse
import shlex

import pytest

from rnnlab.cli.commands import COMMANDS
from rnnlab.cli.parser import build_parser, every_parser, parse
from rnnlab.errors import BadInput

from .recorded import Cli

PROGRAMS = [parser.prog for parser in every_parser(build_parser())]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_explains_itself_with_an_example(program: str, cli: Cli) -> None:
    said = cli(*program.split()[1:], "--help")
    assert said.code == 0
    assert f"usage: {program}" in said.out
    assert "example:\n  rnnlab" in said.out
    assert said.err == ""


@pytest.mark.parametrize("program", PROGRAMS)
def test_h_is_help_everywhere(program: str, cli: Cli) -> None:
    assert cli(*program.split()[1:], "-h").out == cli(*program.split()[1:], "--help").out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_example_can_be_typed(command: object) -> None:
    for line in command.example.splitlines():  # ty: ignore[missing-attribute]
        words = shlex.split(line.partition(" | ")[0].partition(" > ")[0])
        assert words[0] == "rnnlab"
        assert isinstance(parse(words[1:]), argparse.Namespace)


@pytest.mark.parametrize(
    "words", ["--home h --session s runs", "runs --home h --session s", "--session s runs --home h"]
)
def test_home_and_session_stand_before_or_after_the_command(words: str) -> None:
    arguments = parse(words.split())
    assert (arguments.home, arguments.session) == ("h", "s")


@pytest.mark.parametrize(
    "words", ["score gru notes.txt --at 0", "score gru --at 0 notes.txt", "score --at 0 gru notes.txt"]
)
def test_a_file_that_may_be_left_out_stands_before_or_after_the_options(words: str) -> None:
    arguments = parse(words.split())
    assert (arguments.run, arguments.file, arguments.at) == ("gru", "notes.txt", "0")
    assert parse(["score", "gru", "--part", "test"]).file is None


def test_flags_are_not_abbreviated() -> None:
    with pytest.raises(BadInput, match="does not take '--jso'"):
        parse(["runs", "--jso"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("trian", "there is no command 'trian': did you mean train?"),
        ("corpus lst", "there is no command 'lst': did you mean list?"),
        ("train --hiden 3", "`rnnlab train` does not take '--hiden': did you mean --hidden?"),
        ("completion fisch", "there is no shell 'fisch': did you mean fish?"),
        ("runs now", "`rnnlab runs` does not take 'now': see `rnnlab runs --help`"),
        ("show", "the following arguments are required: RUN: see `rnnlab show --help`"),
        (
            "generate gru --prefix -x",
            "argument --prefix: expected one argument (where it begins with -, write --prefix=-x): see "
            "`rnnlab generate --help`",
        ),
        (
            "train --hidden --layers 2",
            "argument --hidden: expected one argument: see `rnnlab train --help`",
        ),
        ("train --hidden", "argument --hidden: expected one argument: see `rnnlab train --help`"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(words: str, sentence: str, cli: Cli) -> None:
    said = cli(*words.split())
    assert (said.code, said.out, said.err) == (2, "", f"rnnlab: {sentence}\n")


def test_only_the_module_of_the_typed_command_is_looked_at() -> None:
    parser = build_parser()
    parser.parse_args(["runs"])
    filled = [each.prog for each in _all(parser) if each._module == ""]
    assert filled == ["rnnlab", "rnnlab runs"]


def _all(parser: argparse.ArgumentParser):
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def test_an_option_that_stands_too_early_is_told_its_place() -> None:
    with pytest.raises(BadInput, match=r"--json stands after the command: `rnnlab runs --json`"):
        parse(["--json", "runs"])
