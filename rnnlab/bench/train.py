"""Training, side by side: first that the curves agree, then tokens a second at the sizes that have targets.

It must not know who takes part beyond their names, nor how rows are shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import msgspec
import torch
from torch import Tensor

from rnnlab.bench import machine
from rnnlab.bench.contenders import EMBEDDING, MODULES, TEXTBOOK, Shape, Step, contenders, textbook
from rnnlab.bench.turns import per_second, take_turns
from rnnlab.bench.values import Agreement, AnyRow, Doing, Figure, Missing, Target, ratio, spread

Batches = list[tuple[Tensor, Tensor]]

_CELLS = tuple(MODULES)
_PRODUCT = "large product"
_LEEWAY, _LEAST = 10.0, 1e-4
"""How many times the textbook's own rounding a loss may differ, and how many nats in any case."""


class Effort(msgspec.Struct, frozen=True):
    """How much is measured."""

    sizes: tuple[tuple[int, int], ...] = ((256, 28), (128, 28), (256, 1027), (1024, 28))
    """(hidden, vocabulary) of each table."""
    rounds: int = 7
    seconds: float = 0.25
    """How long a turn is, at least."""
    agree: tuple[int, ...] = (200, 60, 30, 5)
    """Steps after which losses are compared, for each of the sizes."""


USUAL = Effort()
QUICK = Effort(sizes=((256, 28),), rounds=3, seconds=0.1, agree=(20,))


def alone(effort: Effort, hidden: int) -> Effort:
    """The same effort for one size and the first vocabulary.

    Curves are compared for as long as they are at the size of the tables that is the next larger: the larger a model,
    the sooner rounding alone leads it anywhere. The textbook loop of an RNN of 1,024 units is 0.3 nats from itself
    after 40 steps.
    """
    vocabulary = effort.sizes[0][1]
    listed = sorted((size, steps) for (size, v), steps in zip(USUAL.sizes, USUAL.agree, strict=True) if v == vocabulary)
    steps = next((steps for size, steps in listed if size >= hidden), listed[-1][1])
    return msgspec.structs.replace(effort, sizes=((hidden, vocabulary),), agree=(min(steps, effort.agree[0]),))


RATIOS: dict[tuple[int, int], dict[str, tuple[float, float, float]]] = {
    (256, 28): {"fused": (2.2, 2.2, 1.2), "native": (3.2, 3.5, 1.6)},
    (128, 28): {"native": (5.0, 5.0, 2.0)},
    (256, 1027): {"fused": (2.0, 2.5, 2.5), "native": (2.5, 3.3, 3.2)},
    (1024, 28): {"best": (2.4, 2.0, 1.2)},
}
"""Tokens a second over the textbook loop's that are to be reached, by size and engine, for RNN, GRU and LSTM."""
SHARES = {"native": 0.65}
"""The share of the machine's own rate that an engine is to reach at hidden 256."""


def measure(effort: Effort) -> Iterator[AnyRow]:
    """Every size and cell, one after the other."""
    yield Doing(part="train", what="the native engine, built where it never was")
    machine.kernels()
    for (hidden, vocabulary), steps in zip(effort.sizes, effort.agree, strict=True):
        for cell in _CELLS:
            yield from measure_shape(Shape(cell=cell, hidden=hidden, vocabulary=vocabulary), effort, steps)


def measure_shape(shape: Shape, effort: Effort, agree: int) -> Iterator[AnyRow]:
    """One cell at one size."""
    yield Doing(part="train", what=f"{shape.title}: do the curves agree?")
    yield from agreements(shape, agree)
    yield Doing(part="train", what=f"{shape.title}: tokens a second")
    yield from race(shape, effort)


def agreements(shape: Shape, steps: int) -> Iterator[Agreement]:
    """The curve of everybody who trains the same model, beside the textbook's."""
    batches = walk(shape, steps)
    reference = losses(lambda: textbook(shape), batches)
    twins = [losses(lambda to=to: textbook(shape, nudged=to), batches) for to in (-1.0, 1.0)]
    rounding = astray(reference, twins)
    for who, make in contenders(shape):
        if who in (TEXTBOOK, EMBEDDING):
            continue
        found = losses(make, batches)
        yield Agreement(
            part="train",
            what=shape.title,
            who=who,
            steps=steps,
            loss=found[-1],
            reference=reference[-1],
            rounding=rounding[-1],
            agrees=agree(found, reference, rounding),
        )


def losses(make: Callable[[], Step], batches: Batches) -> list[float]:
    """The loss of every batch, one after the other."""
    step = make()
    return [loss.item() if isinstance(loss := step(x, y), Tensor) else loss for x, y in batches]


def astray(reference: list[float], twins: list[list[float]]) -> list[float]:
    """How far rounding alone has led from the reference by each step, at most."""
    return list(
        itertools.accumulate((max(abs(t - r) for t in each) for r, *each in zip(reference, *twins, strict=True)), max)
    )


def agree(found: list[float], reference: list[float], rounding: list[float]) -> bool:
    """Whether a curve keeps to the reference at every step, as far as rounding lets it. NaN agrees with nothing."""
    steps = zip(found, reference, rounding, strict=True)
    return all(abs(mine - theirs) <= max(_LEAST, _LEEWAY * far) for mine, theirs, far in steps)


def race(shape: Shape, effort: Effort) -> Iterator[Figure | Missing]:
    """Tokens a second of everybody, and the best engine's against what is to be reached."""
    speeds = speeds_of(shape, effort)
    rates = speeds.pop(_PRODUCT)
    figures = [_figure(shape, who, speeds, rates) for who in speeds]
    yield from figures
    ours = [figure for figure in figures if figure.who not in (TEXTBOOK, EMBEDDING)]
    best = max(ours, key=lambda figure: figure.value.median)
    targets = _targets(shape, "best") or (Target(1.0, "ratio"),)
    yield msgspec.structs.replace(best, who="best", targets=targets, note=best.who)
    for who in RATIOS.get((shape.hidden, shape.vocabulary), {}):
        if who != "best" and who not in speeds:
            yield Missing(part="train", what=shape.title, who=who, why=machine.kernels() or "it is not to be had here")


def speeds_of(shape: Shape, effort: Effort) -> dict[str, list[float]]:
    """Tokens a second of everybody in each round; `large product`'s are operations a second."""
    batches = walk(shape, 8)
    turns = {who: turn(make(), batches, shape.tokens, effort.seconds) for who, make in contenders(shape)}
    turns[_PRODUCT] = machine.large_product(effort.seconds)
    take_turns(turns, 1)  # allocators and caches make themselves ready
    return take_turns(turns, effort.rounds)


def turn(step: Step, batches: Batches, tokens: int, seconds: float) -> Callable[[], float]:
    """A turn: batches for a while; gives tokens a second."""
    at = 0

    def work() -> None:
        nonlocal at
        step(*batches[at % len(batches)])
        at += 1

    return lambda: per_second(work, tokens, seconds)


def _figure(shape: Shape, who: str, speeds: dict[str, list[float]], rates: list[float]) -> Figure:
    # Another model has another arithmetic.
    share = ratio([each * machine.operations(shape) for each in speeds[who]], rates).median
    return Figure(
        part="train",
        what=shape.title,
        who=who,
        unit="tokens/s",
        value=spread(speeds[who]),
        ratio=ratio(speeds[who], speeds[TEXTBOOK]),
        beside=TEXTBOOK,
        share=None if who == EMBEDDING else share,
        targets=_targets(shape, who),
    )


def _targets(shape: Shape, who: str) -> tuple[Target, ...]:
    found = []
    if ratios := RATIOS.get((shape.hidden, shape.vocabulary), {}).get(who):
        found.append(Target(ratios[_CELLS.index(shape.cell)], "ratio"))
        if who in SHARES and shape.hidden == 256:
            found.append(Target(SHARES[who], "share"))
    return tuple(found)


def walk(shape: Shape, count: int) -> Batches:
    """Consecutive batches of a text that can be learnt: a noisy walk through the vocabulary."""
    chance = torch.Generator().manual_seed(0)
    size = (shape.batch, count * shape.steps + 1)
    text = (torch.randint(3, size, generator=chance).cumsum(1) % shape.vocabulary).t().contiguous()
    cuts = range(0, count * shape.steps, shape.steps)
    return [(text[i : i + shape.steps].contiguous(), text[i + 1 : i + shape.steps + 1].contiguous()) for i in cuts]
