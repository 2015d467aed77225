"""A spec to begin with for a text of some size, each value with its reason.

Rules of thumb, not laws: about as many weights as tokens to learn from, enough steps for the loss to level off, a
validation that does not eat the text. Pure functions over sizes; it must not know files, torch or screens.
"""

from __future__ import annotations

import math

import msgspec

from rnnlab.specs.arithmetic import batches_per_epoch, parameter_count, split_tokens
from rnnlab.specs.fields import Value
from rnnlab.specs.run import RunSpec, find_field

HIDDEN = (32, 64, 128, 256, 512, 1024)
WEIGHTS_PER_TOKEN = 4
"""A small text is read many times, and dropout keeps the weights from learning it by heart."""
STEPS_WANTED = 3000
"""Optimizer steps after which a small model has learnt most of what it will."""
MOST_EPOCHS = 60
VALIDATION_TOKENS = 1_000_000
"""More do not make the measure better."""
FEWEST_BATCHES = 8
"""Batches in an epoch below which sequences get shorter and fewer."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """One field's value, and why."""

    path: str
    value: str
    """As text, which the field parses."""
    reason: str


def suggest(spec: RunSpec, *, tokens: int, vocabulary: int) -> tuple[Suggestion, ...]:
    """Values for a text of so many tokens, of so many kinds; what is not among them stays as the spec has it."""
    # Tying binds the embedding to the width that is only now being chosen.
    chosen: dict[str, Value] = {"model.tied": False}
    reasons: dict[str, str] = {"model.tied": "the embedding and the output have sizes of their own"}
    for choose in (_split, _embedding, _hidden, _layers, _dropout, _steps, _batch, _lr, _epochs):
        path, value, reason = choose(spec.replace(chosen), tokens, vocabulary)
        chosen[path], reasons[path] = value, reason
    final = spec.replace(chosen)
    return tuple(
        Suggestion(path=path, value=_text(final, path), reason=reason)
        for path, reason in reasons.items()
        if path != "model.tied" or spec.model.tied
    )


Chosen = tuple[str, Value, str]


def _split(spec: RunSpec, tokens: int, vocabulary: int) -> Chosen:
    if tokens < 2000:
        return "data.split", 0.0, f"{tokens:,} tokens are too few to hold some out: they can only be learnt by heart"
    share = min(0.1, VALIDATION_TOKENS / tokens)
    rounded = float(f"{share:.2g}")
    return "data.split", rounded, f"{int(tokens * rounded):,} tokens held out tell well how it fares on unseen text"


def _embedding(spec: RunSpec, tokens: int, vocabulary: int) -> Chosen:
    if vocabulary <= 256:
        return "model.embedding", 0, f"{vocabulary:,} kinds of tokens are few: one-hot vectors cost nothing"
    size = 32 if tokens < 100_000 else 128 if vocabulary <= 4096 else 256
    return "model.embedding", size, f"{vocabulary:,} kinds are many: learnt vectors share what alike tokens teach"


def _hidden(spec: RunSpec, tokens: int, vocabulary: int) -> Chosen:
    train = split_tokens(spec.data, tokens).train
    fitting = [h for h in HIDDEN if _weights(spec, h, vocabulary) <= WEIGHTS_PER_TOKEN * train] or [HIDDEN[0]]
    weights = _weights(spec, fitting[-1], vocabulary)
    reason = f"{weights:,} weights for {train:,} tokens to learn from; more would learn by heart"
    return "model.hidden", fitting[-1], reason


def _layers(spec: RunSpec, tokens: int, vocabulary: int) -> Chosen:
    if tokens < 2_000_000:
        return "model.layers", 1, "one layer learns fastest on a text of this size"
    return "model.layers", 2, "a long text repays a second layer"


def _dropout(spec: RunSpec, tokens: int, vocabulary: int) -> Chosen:
    train = split_tokens(spec.data, tokens).train
    ratio = parameter_count(spec.model, vocabulary) / max(train, 1)
    if ratio > 1:
        return "model.dropout", 0.3, f"{ratio:.1f} weights for each token: without it the text is soon known by heart"
    if ratio > 0.1:
        return "model.dropout", 0.2, "it helps on unseen text, at little cost"
    return "model.dropout", 0.0, "there is so much text that nothing is learnt by heart"


def _steps(spec: RunSpec, tokens: int, vocabulary: int) -> Chosen:
    wanted = 35 if spec.data.tokens in ("word", "bpe") else 64
    train = split_tokens(spec.data, tokens).train
    steps = max(2, min(wanted, train // (4 * FEWEST_BATCHES)))
    what = "sentences" if wanted == 35 else "a line or two"
    reason = f"gradients reach over {what}" if steps == wanted else "as long as this short text allows"
    return "data.steps", steps, reason


def _batch(spec: RunSpec, tokens: int, vocabulary: int) -> Chosen:
    train = split_tokens(spec.data, tokens).train
    for batch in (64, 32, 16, 8, 4, 2):
        data = msgspec.structs.replace(spec.data, batch=batch)
        if (batches := batches_per_epoch(data, train)) >= (60 if batch == 64 else FEWEST_BATCHES):
            return "data.batch", batch, f"{batches:,} steps an epoch: enough to learn, each large enough to be fast"
    return "data.batch", 1, "the text is too short for more than one row"


def _lr(spec: RunSpec, tokens: int, vocabulary: int) -> Chosen:
    if spec.train.optimizer == "sgd":
        return "train.lr", 1.0, "with clipping at 1, SGD takes large steps"
    if spec.model.hidden <= 256:
        return "train.lr", 0.004, "small models take Adam's larger steps well"
    return "train.lr", 0.002, "larger models need smaller steps"


def _epochs(spec: RunSpec, tokens: int, vocabulary: int) -> Chosen:
    train = split_tokens(spec.data, tokens).train
    batches = max(1, batches_per_epoch(spec.data, train))
    epochs = min(MOST_EPOCHS, max(1, math.ceil(STEPS_WANTED / batches)))
    return "train.epochs", epochs, f"{epochs * batches:,} steps in all; most is learnt by then"


def _weights(spec: RunSpec, hidden: int, vocabulary: int) -> int:
    return parameter_count(msgspec.structs.replace(spec.model, hidden=hidden, tied=False), vocabulary)


def _text(spec: RunSpec, path: str) -> str:
    return find_field(path).show(spec.value(path))
