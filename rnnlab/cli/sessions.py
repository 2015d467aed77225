"""`rnnlab sessions`: the saved sessions, the last used first. With `--json`, each line is a `SessionSummary`.

`--show` prints a whole session, what is typed in the form and where one stood, as one `Session` in JSON; `--save` takes
one in, from here or another machine.
"""

from __future__ import annotations

import argparse

import msgspec

from rnnlab.cli.asking import read_text
from rnnlab.cli.context import Context
from rnnlab.cli.describe import moment
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_json
from rnnlab.errors import BadInput
from rnnlab.hosts.values import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--show", metavar="NAME", default="", help="print one session as JSON")
    parser.add_argument(
        "--save", metavar="FILE", default="", help="take in a session that --show printed; `-` for stdin"
    )
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    if arguments.show:
        context.out.value(context.host.session(context.known_session(arguments.show)))
    elif arguments.save:
        _save(arguments.save, context)
    else:
        _list(arguments.json, context)
    return ExitCode.OK


def _save(file: str, context: Context) -> None:
    try:
        session = msgspec.json.decode(read_text(file), type=Session)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadInput(f"{file} is no session: {error}; `rnnlab sessions --show NAME` prints one") from None
    if context.session:
        session = msgspec.structs.replace(session, name=context.session)
    context.host.save_session(session)
    context.out.say(f"the session {session.name} is saved: `{context.command('--session', session.name)}` opens it")


def _list(as_json: bool, context: Context) -> None:
    found = context.host.sessions()
    if as_json:
        for session in found:
            context.out.value(session)
    elif found:
        rows = [(s.name, str(s.runs), str(s.live), moment(s.used_at)) for s in found]
        context.out.table(("session", "runs", "live", "last used"), rows, right=("runs", "live"))
    else:
        context.out.say("there are no sessions yet: `rnnlab` begins one")
