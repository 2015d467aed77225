"""The way into the command line: parse, perform, and turn whatever goes wrong into one sentence and an exit code.

It must not know what the commands do, nor import what `--version` can do without.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections import namedtuple
from collections.abc import Sequence

from rnnlab.cli.exits import ExitCode
from rnnlab.cli.streams import OutputLost, abandon_out, flush_out
from rnnlab.errors import BadInput, RnnlabError, SpecError

Wiring = namedtuple("Wiring", "host desk demo")
"""What only the composition root can make: `host(home)` a Host, `desk(home, session)` and `demo()` an exit code."""

DEBUG_VARIABLE = "RNNLAB_DEBUG"
"""Set it to anything, and errors come with their traceback."""


def run(words: Sequence[str], wiring: Wiring) -> int:
    """Perform a command line (without the program's name); gives the exit code and raises nothing."""
    try:
        code = _perform(words, wiring)
        flush_out()
        return code
    except BaseException as error:
        return _code_after(error)


def _perform(words: Sequence[str], wiring: Wiring) -> int:
    from rnnlab.cli.parser import parse

    _check_text(words)
    arguments = parse(words)
    command = importlib.import_module(arguments.module)
    from rnnlab.cli.context import Context
    from rnnlab.cli.output import Output

    context = Context(arguments, wiring, Output.standard())
    return command.run(arguments, context)


def _check_text(words: Sequence[str]) -> None:
    for word in words:
        # Python hides bytes that are no text in this locale as halves of surrogate pairs.
        if any("\ud800" <= character <= "\udfff" for character in word):
            raise BadInput(f"{ascii(word)[:80]} is not text in this terminal's encoding: type it in UTF-8")


def _code_after(error: BaseException) -> int:
    if isinstance(error, SystemExit):
        return _code_after_exit(error)
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, RnnlabError):
        _say(f"{error}{_typed(error)}")
        return error.exit_code
    return _code_after_surprise(error)


def _typed(error: RnnlabError) -> str:
    """What a command line calls the hyperparameter at fault, where that is not what the sentence calls it."""
    field = error.field if isinstance(error, SpecError) else ""
    section, _, name = field.rpartition(".")
    return f" ({field})" if section and name not in str(error) else ""


def _code_after_exit(error: SystemExit) -> int:
    """argparse exits after `--help` and `--version`; what it printed may not have reached anyone yet."""
    try:
        flush_out()
    except BaseException as lost:
        return _code_after(lost)
    return error.code if isinstance(error.code, int) else ExitCode.OK if error.code is None else ExitCode.FAILURE


def _code_after_surprise(error: BaseException) -> int:
    if isinstance(error, OutputLost):
        abandon_out()
        if error.broken_pipe:
            return ExitCode.BROKEN_PIPE
        _say(f"the output could not be written: {error}")
        return ExitCode.FAILURE
    details = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    _say(f"this should not have happened ({details}); {DEBUG_VARIABLE}=1 shows where, please report it")
    return ExitCode.FAILURE


def _say(sentence: str) -> None:
    from rnnlab.text.visible import visible

    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        sys.stderr.write(f"rnnlab: {visible(sentence)}\n")
        sys.stderr.flush()
