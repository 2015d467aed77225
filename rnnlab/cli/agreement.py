"""`rnnlab agreement`: do models know that a verb agrees with a noun far before it?

With `--json`, the pieces of each answer, `Found` with `Judged` among them, and after each run's a line with its
accuracy by distance and attractors. It must not know how a sentence is scored.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.asking import Inquiry, add_asking, read_text
from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.dialogue import JudgePairs
from rnnlab.errors import BadInput
from rnnlab.findings import Judged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rnnlab.text.agreement import Cell, Grammar, Pair

ABOUT = """\
Each test is two sentences that differ in the verb's number alone; a model that knows the rule finds the right one
likelier. Half right is guessing. Attractors are nouns of the wrong number between the noun and its verb. Try an rnn
and an lstm trained on --corpus agreement, and your own pairs with --pairs FILE (a line each: right | wrong).\
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n{ABOUT}"
    parser.add_argument("runs", metavar="RUN", nargs="*", help="an id, a unique beginning of one, `last` or `best`")
    parser.add_argument("--grammar", dest="rules", metavar="FILE.toml", help="make the tests from this grammar")
    parser.add_argument("--pairs", metavar="FILE", help="take the tests from this file instead")
    parser.add_argument("--each", metavar="N", type=int, default=50, help="tests of each kind (default 50)")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of the tests (default 1)")
    parser.add_argument("--corpus", action="store_true", help="print the text that the grammar makes to train on")
    add_asking(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    from rnnlab.text.agreement import corpus_text, tabulate

    if arguments.corpus:
        context.out.foreign(corpus_text(_grammar(arguments)))
        return ExitCode.OK
    if not arguments.runs:
        raise BadInput("name one run or more: `rnnlab runs` lists them")
    tests = _tests(arguments)
    inquiry = Inquiry(context, as_json=arguments.json)
    tables: dict[str, tuple[Cell, ...]] = {}
    for run in [context.find(reference) for reference in arguments.runs]:
        margins = list[float]()
        for finding in inquiry.ask(run, JudgePairs(pairs=tuple((t.good, t.bad) for t in tests), at=arguments.at)):
            margins.extend(finding.margins if isinstance(finding, Judged) else ())
        tables[run] = tabulate(list(zip(tests, margins, strict=False)))
        if arguments.json:
            context.out.value({"run": run, "accuracy": tables[run]})
    if not arguments.json:
        _print(context, tables)
    return inquiry.code


def _grammar(arguments: argparse.Namespace) -> Grammar:
    from rnnlab.text.agreement import bundled_grammar, read_grammar

    return read_grammar(read_text(arguments.rules)) if arguments.rules else bundled_grammar()


def _tests(arguments: argparse.Namespace) -> tuple[Pair, ...]:
    from rnnlab.text.agreement import pairs, read_pairs

    if arguments.pairs:
        return read_pairs(read_text(arguments.pairs))
    if not 1 <= arguments.each <= 1000:
        raise BadInput(f"there can be 1 to 1,000 tests of each kind, not {arguments.each:,}")
    return tuple(pairs(_grammar(arguments), seed=arguments.seed, each=arguments.each))


def _print(context: Context, tables: dict[str, tuple[Cell, ...]]) -> None:
    cells = {(cell.low, cell.high, cell.attractors): cell.pairs for table in tables.values() for cell in table}
    found = {(run, cell.low, cell.attractors): cell for run, table in tables.items() for cell in table}
    headers = ("words between", "attractors", "tests", *tables)
    rows = [
        (
            f"{low}" if low == high else f"{low}-{high}",
            f"{attractors}",
            f"{count}",
            *(_accuracy(found.get((run, low, attractors))) for run in tables),
        )
        for (low, high, attractors), count in sorted(cells.items())
    ]
    total = [sum(cell.right for cell in table) / max(1, sum(cell.pairs for cell in table)) for table in tables.values()]
    rows.append(("all", "", f"{sum(cells.values())}", *(f"{share:.0%}" for share in total)))
    context.out.table(headers, rows, right=headers)


def _accuracy(cell: Cell | None) -> str:
    return f"{cell.accuracy:.0%}" if cell else ""
