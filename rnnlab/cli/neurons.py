"""`rnnlab neurons`: which units of a model tell something about a text.

With `--json`, the pieces of the answer, a `Found` with a `Ranking` among them. It must not know how units are ranked.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.asking import Inquiry, add_asking
from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_run
from rnnlab.dialogue import RankUnits
from rnnlab.findings import Ranking
from rnnlab.text.patterns import compiled

ABOUT = """\
A unit is ranked by how well its activation alone tells whether the hypothesis holds at a token: AUC 1.0 tells it
always, 0.5 is a coin; for the place in the line, the correlation. Half of the text chooses the units, the other half
gives the score. Try --quotes on prose, --line on verse, --match ' ' for word ends, --match '[A-Z]+' for capitals.\
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n{ABOUT}"
    add_run(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--match", metavar="REGEX", help="tokens within what a regular expression matches")
    what.add_argument("--quotes", action="store_true", help="tokens inside quotation marks")
    what.add_argument("--line", action="store_true", help="how far into its line a token is")
    parser.add_argument("--gates", action="store_true", help="rank the gates of an LSTM or GRU too")
    parser.add_argument("--top", metavar="N", type=int, default=10, help="units to list (default 10)")
    parser.add_argument(
        "--tokens", metavar="N", type=int, default=10_000, help="tokens of held-out text to read (default 10000)"
    )
    add_asking(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    if arguments.match is not None:
        compiled(arguments.match)
    hypothesis = "quotes" if arguments.quotes else "line" if arguments.line else "match"
    probe = RankUnits(
        hypothesis=hypothesis,
        pattern=arguments.match or "",
        gates=arguments.gates,
        tokens=arguments.tokens,
        count=arguments.top,
        at=arguments.at,
    )
    inquiry = Inquiry(context, as_json=arguments.json)
    for finding in inquiry.ask(context.find(arguments.run), probe):
        if isinstance(finding, Ranking) and not arguments.json:
            _print(context, finding)
    return inquiry.code


def _print(context: Context, ranking: Ranking) -> None:
    holds = f", holds at {ranking.share:.1%}" if ranking.measure == "auc" else ""
    context.out.line(f"{ranking.hypothesis}: {ranking.tokens:,} tokens of {ranking.text} text{holds}")
    context.out.write("\n")
    headers = ("part", "layer", "unit", ranking.measure, "chosen by", "mean if not", "mean if so")
    rows = [
        (
            each.part,
            f"{each.layer}",
            f"{each.unit}",
            f"{each.score:.3f}",
            f"{each.fitted:.3f}",
            f"{each.low:+.3f}",
            f"{each.high:+.3f}",
        )
        for each in ranking.units
    ]
    context.out.table(headers, rows, right=headers[1:])
