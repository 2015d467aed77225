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
from rnnlab.cli.parser import add_run, checkpoint
from rnnlab.dialogue import MAX_TEXT, ScoreText
from rnnlab.errors import BadInput
from rnnlab.findings import Surprise, TextScore, TokenSurprise, stretches
from rnnlab.specs.arithmetic import split_spans

ABOUT = """\
Each token's surprisal is -ln of the probability that the model gave it: what it did not expect costs much. Try a
passage of its own corpus and one of another, a sentence with a mistake in it, or two steps with --at.\
"""
_AROUND = 24
"""Characters shown before a surprising token."""
_SHARES = {"train": "corpus", "validation": "split", "test": "test"}
"""The field of `data` that decides how much of the text each part is."""
_PARTS = tuple(_SHARES)
_FIGURES = ("tokens", "nats", "perplexity", "bits/char")

_ROWS = (
    "it was read as one text; a training reads it as many rows at once, each from a state that knows nothing, "
    "and comes to a little more"
)
"""Why the training's own figure is another."""

Scored = tuple[list[TokenSurprise], TextScore | None]
"""What one model made of the text."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n{ABOUT}"
    add_run(parser)
    parser.add_argument("file", metavar="FILE", nargs="?", help="the text, in UTF-8; - for standard input")
    parser.add_argument(
        "--part", choices=_PARTS, help="instead of a file, that part of the text that RUN is trained on"
    )
    parser.add_argument("--top", metavar="N", type=int, default=10, help="most surprising tokens to list (default 10)")
    parser.add_argument(
        "--against", metavar="RUN", help="score it with this run too, and say where the two differ most"
    )
    parser.add_argument(
        "--against-at",
        metavar="best|last|STEP",
        type=checkpoint,
        help="which checkpoint of that one (of RUN, if alone)",
    )
    add_asking(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    text = _text(arguments, context)
    inquiry, asked = Inquiry(context, as_json=arguments.json), _asked(arguments, context)
    scored = [_scored(inquiry, run, ScoreText(text=text, at=at)) for run, at in asked]
    top = max(0, arguments.top)
    if not arguments.json and all(score is not None for _, score in scored):
        names = [f"{run} {at}" if len(asked) > 1 else run for run, at in asked]
        _print_totals(context, names, [score for _, score in scored if score is not None])
        if arguments.part == "validation":
            context.out.say(_ROWS)
        _print_tokens(context, scored[0][0], top) if len(asked) == 1 else _print_apart(context, names, scored, top)
    return inquiry.code


def _text(arguments: argparse.Namespace, context: Context) -> str:
    if bool(arguments.file) == bool(arguments.part):
        raise BadInput(f"say what to score, either a FILE or --part {'|'.join(_PARTS)}")
    if arguments.file:
        return read_text(arguments.file)
    data = context.host.run(context.find(arguments.run)).spec.data
    spans = split_spans(data, context.host.passage(data, 0, 0).total)[arguments.part]
    tokens = sum(span.stop - span.start for span in spans)
    if not tokens:
        raise BadInput(f"the run has no {arguments.part} text: data.{_SHARES[arguments.part]} is 0")
    if tokens > MAX_TEXT:
        raise BadInput(f"the {arguments.part} text has {tokens:,} tokens, at most {MAX_TEXT:,} are scored: take a file")
    return "".join(context.host.passage(data, span.start, span.stop - span.start).text for span in spans)


def _asked(arguments: argparse.Namespace, context: Context) -> list[tuple[str, str]]:
    """The (run, checkpoint) to ask: one, or two."""
    run = context.find(arguments.run)
    if not arguments.against and not arguments.against_at:
        return [(run, arguments.at)]
    other = context.find(arguments.against) if arguments.against else run
    return [(run, arguments.at), (other, arguments.against_at or "last")]


def _scored(inquiry: Inquiry, run: str, probe: ScoreText) -> Scored:
    tokens, score = list[TokenSurprise](), None
    for finding in inquiry.ask(run, probe):
        if isinstance(finding, Surprise):
            tokens.extend(finding.tokens)
        elif isinstance(finding, TextScore):
            score = finding
    return tokens, score


def _print_totals(context: Context, names: list[str], scores: list[TextScore]) -> None:
    figures = [
        (f"{score.tokens:,}", f"{score.nats:,.2f}", number(score.perplexity), f"{score.bits_per_character:.3f}")
        for score in scores
    ]
    if len(scores) == 1:
        context.out.facts([*zip(_FIGURES, figures[0], strict=True), ("<unk>", _unknown(scores[0]))])
    else:
        rows = [(name, *row) for name, row in zip(names, figures, strict=True)]
        context.out.table(("model", *_FIGURES), rows, right=_FIGURES)


def _unknown(score: TextScore) -> str:
    return f"{score.unknown:,} of the tokens" if score.unknown else ""


def _print_tokens(context: Context, tokens: list[TokenSurprise], top: int) -> None:
    worst = sorted(range(len(tokens)), key=lambda at: -tokens[at].nats)[:top]
    if worst:
        context.out.write("\n")
        context.out.table(
            ("nats", "rank", "after", "token", "rather"),
            [_row(tokens, at) for at in worst],
            right=("nats", "rank", "after"),
            elastic="rather",
        )


def _print_apart(context: Context, names: list[str], scored: list[Scored], top: int) -> None:
    found = stretches(scored[0][0], scored[1][0])
    context.out.write("\n")
    if found is None:
        context.out.line("the two do not read the same text (one changes or lacks characters): only totals compare")
        return
    apart = sorted(range(len(found)), key=lambda at: -abs(found[at].one - found[at].other))[:top]
    texts = [stretch.text for stretch in found]
    context.out.table(
        ("apart", "nats", "against", "after", "token"),
        [
            (
                f"{found[at].one - found[at].other:+.2f}",
                f"{found[at].one:.2f}",
                f"{found[at].other:.2f}",
                repr(_before(texts, at)),
                repr(found[at].text),
            )
            for at in apart
        ],
        right=("apart", "nats", "against", "after"),
    )


def _row(tokens: list[TokenSurprise], at: int) -> tuple[str, ...]:
    token = tokens[at]
    before = _before([each.token for each in tokens[max(0, at - _AROUND) : at]], _AROUND)
    rather = "  ".join(f"{guess.token!r} {guess.probability:.0%}" for guess in token.guesses)
    return (f"{token.nats:.2f}", f"{token.rank:,}", repr(before), repr(token.token), rather)


def _before(texts: list[str], at: int) -> str:
    return "".join(texts[max(0, at - _AROUND) : at])[-_AROUND:]
