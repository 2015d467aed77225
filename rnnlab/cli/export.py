"""`rnnlab export` and `rnnlab import`: a run in one file, and back on this machine or another.

With `--json`, `{"run": …, "file": …, "bytes": …}`. What is in the file, and what is checked of one, is the host's.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
import tempfile

from rnnlab.cli.context import Context
from rnnlab.cli.describe import size
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_at, add_json, add_run
from rnnlab.errors import BadInput, StorageError

_MAX_BYTES = 8 << 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    if parser.prog.endswith("export"):
        add_run(parser)
        parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the file to write, as run.rnnlab")
        add_at(parser)
        parser.add_argument(
            "--weights-only", action="store_true", help="leave out what only a resume needs, which is most of it"
        )
    else:
        parser.add_argument("file", metavar="FILE", help="a file that `rnnlab export` wrote")
        parser.add_argument(
            "--corpus", metavar="PATH", default="", help="the text that the run was trained on, to go on with it here"
        )
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    return _export(arguments, context) if arguments.command == "export" else _import(arguments, context)


def _export(arguments: argparse.Namespace, context: Context) -> ExitCode:
    if arguments.output == "-":
        raise BadInput("export writes a file: name one, as -o run.rnnlab")
    found = context.find(arguments.run)
    data = context.host.export_run(found, arguments.at, whole=not arguments.weights_only)
    write_file(arguments.output, data)
    if arguments.json:
        context.out.value({"run": found, "file": arguments.output, "bytes": len(data)})
    context.out.say(f"{found} is in {arguments.output} ({size(len(data))}); `rnnlab import FILE` opens it anywhere")
    return ExitCode.OK


def _import(arguments: argparse.Namespace, context: Context) -> ExitCode:
    data = _read(arguments.file)
    session = context.session or context.host.session().name
    made = context.host.import_run(data, session, arguments.corpus)
    if arguments.json:
        context.out.value({"run": made, "file": arguments.file, "bytes": len(data)})
    else:
        context.out.line(made)
    context.out.say(
        "its self-test holds: its test text is as likely here as at its export; "
        f"`{context.command('show', made)}` says what it is"
    )
    return ExitCode.OK


def _read(path: str) -> bytes:
    try:
        # Not waiting, and asked of the open file: a pipe of that name must not hold the program up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MAX_BYTES:
                raise BadInput(f"{path} is not a run that was exported by rnnlab")
            return file.read()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None


def write_file(path: str, data: bytes) -> None:
    """The whole of a file that a person named, or none: written aside and renamed; raises StorageError."""
    folder, name = os.path.split(os.path.abspath(path))
    try:
        descriptor, aside = tempfile.mkstemp(dir=folder, prefix=f".{name}.", suffix=".tmp")
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            os.replace(aside, os.path.join(folder, name))
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside)
            raise
    except OSError as error:
        raise StorageError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None
