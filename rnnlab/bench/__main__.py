"""`python -m rnnlab.bench [PART ...] [--quick] [--threads N]`: measure this machine; one JSON object a line.

It must not know how the lines are drawn.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import msgspec
import torch

from rnnlab.bench import generate, growth, machine, texts, train, ui, waiting
from rnnlab.bench.values import PARTS, USUAL, AnyRow

_TEXTS, _QUICK_TEXTS = (1.0, 10.0), (1.0,)


def measure(part: str, *, quick: bool, hidden: int = 0) -> Iterator[AnyRow]:
    """The rows of a part; with `hidden`, training and generating at that size alone."""
    if part == "train":
        effort = train.QUICK if quick else train.USUAL
        yield from train.measure(train.alone(effort, hidden) if hidden else effort)
    elif part == "generate":
        effort = generate.QUICK if quick else generate.USUAL
        effort = msgspec.structs.replace(effort, hidden=hidden or effort.hidden)
        yield from generate.measure(effort)
        yield from waiting.measure(effort.hidden, effort.rounds)
    elif part == "text":
        yield from texts.measure(_QUICK_TEXTS if quick else _TEXTS)
    elif part == "ui":
        yield from ui.measure(ui.QUICK if quick else ui.USUAL)
    else:
        yield from growth.measure(growth.QUICK if quick else growth.USUAL)


def main() -> int:
    """Measure what was asked for, part after part."""
    parser = argparse.ArgumentParser(prog="python -m rnnlab.bench", description="Measure this machine.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--hidden", type=int, default=0, help="train and generate at this size alone")
    parser.add_argument("--threads", type=int, default=0, help="for training; two, where there are two cores")
    asked = parser.parse_args()
    threads = asked.threads or machine.usual_threads()
    _say(machine.about(threads))
    for part in asked.parts or USUAL:
        # One token at a time is no work for two.
        torch.set_num_threads(1 if part == "generate" else threads)
        for row in measure(part, quick=asked.quick, hidden=asked.hidden):
            _say(row)
    return 0


def _say(row: AnyRow) -> None:
    print(msgspec.json.encode(row).decode(), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
