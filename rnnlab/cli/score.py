"""`rnnlab score`: what a text costs a model, token by token and altogether.

For people: the totals, and the tokens that surprised it most, with what it would rather have read. With `--json`, the
pieces of the answer: `Answering`, `Found` with a `Surprise` ... and a `TextScore`, `Answered`. It must not know how a
surprisal is computed.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.asking import Inquiry, add_asking, read_text
from rnnlab.cli.context import Context
from rnnlab.cli.describe import number
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_run
from rnnlab.dialogue import ScoreText
from rnnlab.findings import Surprise, TextScore, TokenSurprise

ABOUT = """\
Each token's surprisal is -ln of the probability that the model gave it: what it did not expect costs much. Try a
passage of its own corpus and one of another, a sentence with a mistake in it, or two steps with --at.\
"""
_AROUND = 24
"""Characters shown before a surprising token."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n{ABOUT}"
    add_run(parser)
    parser.add_argument("file", metavar="FILE", help="the text, in UTF-8; - for standard input")
    parser.add_argument("--top", metavar="N", type=int, default=10, help="most surprising tokens to list (default 10)")
    add_asking(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    run, text = context.find(arguments.run), read_text(arguments.file)
    inquiry, tokens = Inquiry(context, as_json=arguments.json), list[TokenSurprise]()
    for finding in inquiry.ask(run, ScoreText(text=text, at=arguments.at)):
        if isinstance(finding, Surprise):
            tokens.extend(finding.tokens)
        elif isinstance(finding, TextScore) and not arguments.json:
            _print(context, finding, tokens, max(0, arguments.top))
    return inquiry.code


def _print(context: Context, score: TextScore, tokens: list[TokenSurprise], top: int) -> None:
    context.out.facts(
        [
            ("tokens", f"{score.tokens:,}"),
            ("nats", f"{score.nats:,.2f}"),
            ("perplexity", number(score.perplexity)),
            ("bits/char", f"{score.bits_per_character:.3f}"),
        ]
    )
    worst = sorted(range(len(tokens)), key=lambda at: -tokens[at].nats)[:top]
    if worst:
        context.out.write("\n")
        context.out.table(
            ("nats", "rank", "after", "token", "rather"),
            [_row(tokens, at) for at in worst],
            right=("nats", "rank", "after"),
            elastic="rather",
        )


def _row(tokens: list[TokenSurprise], at: int) -> tuple[str, ...]:
    token = tokens[at]
    before = "".join(each.token for each in tokens[max(0, at - _AROUND) : at])[-_AROUND:]
    rather = "  ".join(f"{guess.token!r} {guess.probability:.0%}" for guess in token.best)
    return (f"{token.nats:.2f}", f"{token.rank:,}", repr(before), repr(token.token), rather)
