"""Generating, side by side: that the same numbers give the same text, then characters a second at batch 1.

It must not know processes; how long a person waits for the first character is `waiting`'s.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
import numpy as np
import torch
import torch.nn.functional as F

from rnnlab.bench.contenders import MODULES, SEED, TEXTBOOK, Shape, first_model, modules
from rnnlab.bench.turns import per_second, take_turns
from rnnlab.bench.values import AnyRow, Doing, Figure, SameText, Target, ratio, spread
from rnnlab.errors import BadInput
from rnnlab.nn import stepper
from rnnlab.nn.choosing import Chooser
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import SampleSpec

_SHARPENED = 6.0
"""What an untrained output layer is multiplied with: its tokens are as unequal as a trained one's."""
_CLOSE = 1e-4
"""Logits that differ less, relative to the largest, differ by rounding."""
_LAP = 100
"""Tokens between two looks at the clock."""
_BRANCHES = 32
"""Continuations of one text that are written as a batch."""
RATIOS = {"numpy": 4.0, "native": 10.0}
"""Characters a second over the textbook loop's that are to be reached."""

Write = Callable[[int], object]
"""Writes so many tokens on."""


class Effort(msgspec.Struct, frozen=True):
    """How much is measured."""

    hidden: int = 256
    vocabulary: int = 28
    rounds: int = 7
    seconds: float = 0.3
    compared: int = 5_000
    """Tokens of the texts that are compared."""


USUAL = Effort()
QUICK = Effort(rounds=3, seconds=0.1, compared=500)


def measure(effort: Effort) -> Iterator[AnyRow]:
    """Every cell."""
    for cell in MODULES:
        shape = Shape(cell=cell, hidden=effort.hidden, vocabulary=effort.vocabulary)
        yield Doing(part="generate", what=shape.title)
        model = sharpened(shape)
        yield from same_texts(shape, model, effort.compared)
        yield from race(shape, model, effort)


def sharpened(shape: Shape) -> LanguageModel:
    """The model that all write with."""
    model = first_model(shape).eval()
    with torch.no_grad():
        model.output.weight.mul_(_SHARPENED)
    return model


def steppers(model: LanguageModel) -> dict[str, Any]:
    """Every way that there is here to step the model, by name."""
    found = {}
    for name, make in {"equations": stepper.TorchStepper, **stepper.STEPPERS}.items():
        with contextlib.suppress(BadInput):
            found[name] = make(model)
    return found


def same_texts(shape: Shape, model: LanguageModel, tokens: int) -> Iterator[SameText]:
    """Each stepper's choices beside the textbook's, token for token, with the same numbers drawn."""
    reference = textbook_text(shape, model, tokens)
    for who, each in steppers(model).items():
        ties = faults = 0
        for mine, chosen, theirs, logits in _beside(each, reference):
            if chosen != theirs:
                close = np.abs(mine - logits).max() <= _CLOSE * np.abs(logits).max()
                ties, faults = ties + bool(close), faults + (not close)
        yield SameText(part="generate", what=shape.title, who=who, tokens=tokens, ties=ties, faults=faults)


def _beside(each: Any, reference: list[tuple[int, np.ndarray]]) -> Iterator[tuple[np.ndarray, int, int, np.ndarray]]:
    chooser, state, token = Chooser(SampleSpec(seed=SEED)), each.zero_state(), 0
    for theirs, logits in reference:
        row = each.step(token, state)
        mine = row.copy()
        yield mine, chooser.choose(row), theirs, logits
        token = theirs


@torch.no_grad()
def textbook_text(shape: Shape, model: LanguageModel, tokens: int) -> list[tuple[int, np.ndarray]]:
    """What the textbook loop writes, its numbers drawn as ours are: each token with the logits it was chosen from."""
    predict, chooser, token, text = _predictor(shape, model), Chooser(SampleSpec(seed=SEED)), 0, []
    for _ in range(tokens):
        logits = predict(token).numpy()
        token = chooser.choose(logits.copy())
        text.append((token, logits))
    return text


def race(shape: Shape, model: LanguageModel, effort: Effort) -> Iterator[Figure]:
    """Characters a second of everybody."""
    turns = {
        who: partial(per_second, partial(write, _LAP), _LAP, effort.seconds) for who, write in writers(shape, model)
    }
    for who, write in batches(model):
        turns[who] = partial(per_second, partial(write, _LAP), _LAP * _BRANCHES, effort.seconds)
    take_turns(turns, 1)
    speeds = take_turns(turns, effort.rounds)
    for who, rates in speeds.items():
        yield Figure(
            part="generate",
            what=shape.title,
            who=who,
            unit="characters/s",
            value=spread(rates),
            ratio=ratio(rates, speeds[TEXTBOOK]),
            beside=TEXTBOOK,
            targets=(Target(RATIOS[who], "ratio"),) if who in RATIOS else (),
        )


def writers(shape: Shape, model: LanguageModel) -> Iterator[tuple[str, Write]]:
    """Everybody who can write one text."""
    yield TEXTBOOK, textbook(shape, model)
    for who, each in steppers(model).items():
        yield who, ours(each)


def ours(each: Any) -> Write:
    """A stepper with rnnlab's chooser."""
    chooser, state = Chooser(SampleSpec(seed=SEED)), each.zero_state()
    token = 0

    def write(tokens: int) -> None:
        nonlocal token
        for _ in range(tokens):
            token = chooser.choose(each.step(token, state))

    return write


def textbook(shape: Shape, model: LanguageModel) -> Write:
    """The predict loop of a book: a one-hot tensor in, the modules, a softmax, a draw, an item out."""
    predict, token = _predictor(shape, model), 0

    @torch.no_grad()
    def write(tokens: int) -> None:
        nonlocal token
        for _ in range(tokens):
            token = int(torch.multinomial(F.softmax(predict(token), dim=-1), 1).item())

    return write


def _predictor(shape: Shape, model: LanguageModel) -> Callable[[int], torch.Tensor]:
    """Reads a token and gives the logits `[V]` of the next."""
    recurrent, output = modules(shape, shape.vocabulary)
    output.load_state_dict({"weight": model.output.weight, "bias": model.output.bias})
    state = None

    def predict(token: int) -> torch.Tensor:
        nonlocal state
        x = F.one_hot(torch.tensor([[token]]), shape.vocabulary).float()
        y, state = recurrent(x, state)
        return output(y.reshape(-1, shape.hidden))[0]

    return predict


def batches(model: LanguageModel) -> Iterator[tuple[str, Write]]:
    """Everybody who can write many continuations of one text at once; all their characters count."""
    yield f"equations, {_BRANCHES} at once", at_once(stepper.TorchStepper(model, sequences=_BRANCHES))
    with contextlib.suppress(BadInput):
        yield f"native, {_BRANCHES} at once", at_once(stepper.native_stepper(model, sequences=_BRANCHES))


def at_once(each: Any) -> Write:
    """A stepper of many texts, each with a chooser of its own."""
    choosers, state = [Chooser(SampleSpec(seed=SEED + n)) for n in range(_BRANCHES)], each.spread(each.zero_state())
    tokens = np.zeros(_BRANCHES, np.int64)

    def write(count: int) -> None:
        for _ in range(count):
            rows = each.step_all(tokens, state)
            tokens[:] = [chooser.choose(row) for chooser, row in zip(choosers, rows, strict=True)]

    return write
