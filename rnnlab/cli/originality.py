"""`rnnlab originality`: what of a text a run's model copied from its training text.

With `--json`, a line for each text: its step where it is a sample, the text, and its `Originality`. It must not know
how copies are found.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.asking import Inquiry, add_asking, read_text
from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.hyperparameters import add_field, assigned
from rnnlab.cli.parser import add_run
from rnnlab.cli.samples import written
from rnnlab.dialogue import Prompt
from rnnlab.errors import BadInput
from rnnlab.text.report import Originality

ABOUT = """\
A span of 20 or more characters that stands word for word in the training text counts as copied. Little of a good
model's text is: much of it says that it knows its corpus by heart. Try a new sample with --sample, your own file, or
--history for the samples it wrote while it trained; then more dropout, fewer epochs, or a longer corpus.\
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n{ABOUT}"
    add_run(parser)
    parser.add_argument("file", metavar="FILE", nargs="?", help="the text, in UTF-8; - for standard input")
    parser.add_argument("--sample", action="store_true", help="let the model write a text, and check that")
    parser.add_argument("--history", action="store_true", help="check every sample that it wrote while it trained")
    parser.add_argument("--prefix", metavar="TEXT", default="", help="what --sample writes on from")
    parser.set_defaults(assignments=())
    for path in ("sample.length", "sample.temperature", "sample.seed"):
        add_field(parser, path)
    add_asking(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    if (arguments.file is not None) + arguments.sample + arguments.history != 1:
        raise BadInput("name one text to check: a FILE, --sample or --history")
    if not arguments.sample and (arguments.at != "last" or arguments.prefix or assigned(arguments)):
        raise BadInput("--at, --prefix and settings of a sample go with --sample: add it, or leave them out")
    run = context.find(arguments.run)
    if arguments.history:
        return _history(context, run, as_json=arguments.json)
    inquiry = Inquiry(context, as_json=False)
    text = _sample(arguments, context, inquiry, run) if arguments.sample else read_text(arguments.file)
    found = context.host.originality(run, text)
    if arguments.json:
        context.out.value({"run": run, "text": text, "originality": found})
    else:
        _print(context, text, found)
    return inquiry.code


def _sample(arguments: argparse.Namespace, context: Context, inquiry: Inquiry, run: str) -> str:
    sample = context.host.run(run).spec.replace(assigned(arguments)).sample
    return inquiry.write(run, Prompt(prefix=arguments.prefix, sample=sample, at=arguments.at))


def _print(context: Context, text: str, found: Originality) -> None:
    context.out.line(f"{found.share:.0%} copied: {found.copied:,} of {found.characters:,} characters")
    if found.spans:
        context.out.write("\n")
        rows = [
            (
                f"{span.start:,}",
                f"{span.length:,}",
                f"{span.place:,}",
                repr(text[span.start : span.start + span.length]),
            )
            for span in found.spans
        ]
        context.out.table(
            ("at", "length", "corpus at", "copy"), rows, right=("at", "length", "corpus at"), elastic="copy"
        )


def _history(context: Context, run: str, *, as_json: bool) -> ExitCode:
    rows = []
    for sampled in written(context, run):
        found = context.host.originality(run, sampled.text)
        if as_json:
            context.out.value({"run": run, "step": sampled.step, "text": sampled.text, "originality": found})
        rows.append((f"{sampled.step:,}", f"{found.share:.0%}", "█" * round(30 * found.share), sampled.prefix))
    if not as_json:
        context.out.table(("step", "copied", "", "prefix"), rows, right=("step", "copied"))
    return ExitCode.OK
