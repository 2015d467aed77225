"""The grammar of the command line: how the commands are taken apart, and who fills in their arguments.

The one place where a parser is made. It imports argparse and nothing else that costs time; a command's own module is
imported when its arguments are needed, so that `rnnlab --help` costs what argparse costs. It must not know what the
commands do.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
from collections.abc import Iterator, Sequence

from rnnlab.cli.commands import COMMANDS, DESK
from rnnlab.cli.streams import write_out
from rnnlab.errors import BadInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_AFTER = """\
Without a command, rnnlab opens its screen. RUN is an id, a unique beginning of one, `last` or `best`.
Data goes to standard output, everything else to standard error; with --json, one JSON object a line.

exit codes: 0 ok, 1 failure, 2 what was typed cannot be used, 128+n ended by signal n (130: Ctrl-C)
environment: RNNLAB_HOME (the same as --home), RNNLAB_NATIVE=off (build and use no kernels), RNNLAB_MEASURE=off
  (take the likeliest engine and threads unmeasured), RNNLAB_DEBUG=1 (tracebacks), NO_COLOR

example:
  rnnlab train --corpus the-tide-clock --epochs 3
  rnnlab generate last --prefix "The tide"\
"""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose module adds the arguments when they are needed, and whose errors are one sentence."""

    def __init__(self, *, module: str = "", **options: Any) -> None:
        super().__init__(
            allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False, **options
        )
        self._module = module
        self._typed: tuple[str, ...] = ()
        # A parser under this one overwrites it: the last word goes to the command that was typed.
        self.set_defaults(grammar=self)
        add_common(self)

    def fill(self) -> None:
        """Let the command's module add its arguments; a second time nothing happens."""
        module, self._module = self._module, ""
        if module:
            importlib.import_module(module).add_arguments(self)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.fill()
        self._typed = tuple(map(str, args or ()))
        return super().parse_known_args(args, namespace)

    def _match_arguments_partial(self, actions: Any, arg_strings_pattern: str) -> list[int]:
        # What may be left out waits while there are options to come: Python 3.11's own takes it for left out at the
        # first of them, and refuses the FILE of `score RUN --at 0 FILE`.
        counts = super()._match_arguments_partial(actions, arg_strings_pattern)
        while counts and counts[-1] == 0 and "O" in arg_strings_pattern:
            counts.pop()
        return counts

    def error(self, message: str) -> Any:
        raise BadInput(f"{message}{self._dashed(message)}: see `{self.prog} --help`")

    def _dashed(self, message: str) -> str:
        """How to write a value that was taken for an option, because it begins with a dash; or nothing."""
        for option, value in itertools.pairwise(self._typed):
            lacks = message.startswith(f"argument {option}: expected one argument")
            if lacks and value.startswith("-") and value not in self._option_string_actions:
                return f" (where it begins with -, write {option}={value[:40]})"
        return ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        what = (action.metavar if isinstance(action.metavar, str) else action.dest).lower()
        hint = _nearest(str(value), known) or f"it is one of {', '.join(known)}"
        raise BadInput(f"there is no {what} {str(value)[:80]!r}: {hint}")

    def print_help(self, file: Any = None) -> None:
        # argparse's own swallows what goes wrong with the output.
        write_out(self.format_help())

    def does_not_take(self, word: str) -> BadInput:
        """The refusal of a word that is no argument of this command."""
        options = [option for action in self._actions for option in action.option_strings]
        if word.partition("=")[0] in options:
            return BadInput(f"{word[:80]} stands after the command: `{self.prog} {word[:80]}`")
        near = _nearest(word.partition("=")[0], options) if word.startswith("-") else ""
        return BadInput(f"`{self.prog}` does not take {word[:80]!r}: {near or f'see `{self.prog} --help`'}")


def build_parser() -> Parser:
    """The whole grammar; the arguments of a command come when it is typed (or when `every_parser` is asked)."""
    parser = Parser(
        prog="rnnlab",
        description="A laboratory for recurrent language models: train, watch and talk to them in a terminal.",
        epilog=_AFTER,
    )
    parser.add_argument("--version", action=_Version, help="print the versions of rnnlab, Python, torch and textual")
    parser.set_defaults(module=DESK)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=False)
    for command in COMMANDS:
        made = commands.add_parser(
            command.name,
            help=command.help,
            description=_sentence(command.help),
            epilog=examples(command.example),
            module=command.module,
        )
        made.set_defaults(module=command.module)
    return parser


def parse(words: Sequence[str]) -> argparse.Namespace:
    """What was typed; raises BadInput in one sentence, SystemExit after `--help` and `--version`."""
    arguments, strange = build_parser().parse_known_args(words)
    if strange:
        raise arguments.grammar.does_not_take(strange[0])
    return arguments


def every_parser(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and all parsers under it, with their arguments filled in."""
    if isinstance(parser, Parser):
        parser.fill()
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for under in action.choices.values():
                yield from every_parser(under)


def add_common(parser: argparse.ArgumentParser) -> None:
    """What every command takes, before or after its name; what is not typed leaves no trace."""
    group = parser.add_argument_group("everywhere")
    group.add_argument("-h", "--help", action="help", help="show this help and exit")
    group.add_argument(
        "--home", metavar="DIR", default=argparse.SUPPRESS, help="keep everything there instead of in RNNLAB_HOME"
    )
    group.add_argument(
        "--session",
        metavar="NAME",
        type=_session,
        default=argparse.SUPPRESS,
        help="the session to begin runs in (the last used unless said), or whose runs to look at (all)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """The `--json` of a command."""
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")


def add_run(parser: argparse.ArgumentParser) -> None:
    """The RUN of a command."""
    parser.add_argument("run", metavar="RUN", help="an id, a unique beginning of one, `last` or `best`")


def add_at(parser: argparse.ArgumentParser) -> None:
    """The `--at` of a command: which checkpoint of the run it takes."""
    parser.add_argument(
        "--at", metavar="best|last|STEP", type=checkpoint, default="last", help="which checkpoint (default last)"
    )


def checkpoint(typed: str) -> str:
    """A typed checkpoint: best, last or a step."""
    if typed not in ("best", "last") and not (typed.isascii() and typed.isdigit() and len(typed) <= 15):
        raise argparse.ArgumentTypeError(f"{typed[:40]!r} is no checkpoint: it is best, last or a step's number")
    return typed


def _session(typed: str) -> str:
    if not typed:
        raise argparse.ArgumentTypeError("it is empty: name a session, or leave it out")
    return typed


def examples(lines: str) -> str:
    """The end of a help page."""
    return "\n".join(["example:", *(f"  {line}" for line in lines.splitlines())])


class _Version(argparse.Action):
    """Looks the versions up only when they are asked for."""

    def __init__(self, option_strings: Any, dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, default=argparse.SUPPRESS, nargs=0, **options)

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option_string: str | None = None
    ) -> None:
        from rnnlab.cli.versions import version_line

        write_out(version_line() + "\n")
        parser.exit()


def _nearest(word: str, known: Sequence[str]) -> str:
    # 5 ms that only a mistake needs.
    import difflib

    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else ""


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
