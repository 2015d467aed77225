"""What can be said of a spec before torch is there: weights, memory, batches, steps, and whether it all fits.

Pure functions over a spec and the sizes of a corpus. It must not know torch; tests hold `parameter_count` to the
real model and `batches_per_epoch` to the real batches.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from rnnlab.errors import SpecError
from rnnlab.specs.cells import CELLS
from rnnlab.specs.run import RunSpec
from rnnlab.specs.sections import DataSpec, ModelSpec

_OPTIMIZER_COPIES = {"sgd": 0, "rmsprop": 1, "adagrad": 1, "adam": 2, "adamw": 2}
_FLOAT_BYTES = 4


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a spec comes to on a corpus of a known size."""

    parameters: int
    """Numbers the training moves."""
    weight_bytes: int
    """Bytes of those numbers in float32."""
    memory_bytes: int
    """An estimate of the bytes that training takes above torch's own."""
    train_tokens: int
    validation_tokens: int
    test_tokens: int
    batches: int
    """Batches an epoch."""
    total_steps: int
    """Steps the whole training takes, unless something ends it before."""


def parameter_count(model: ModelSpec, vocabulary: int) -> int:
    """Weights and biases of the model for a vocabulary of that size.

    Counted as torch.nn does, with two bias vectors a gate:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
    """
    directions = 2 if model.bidirectional else 1
    width = model.hidden * directions
    inputs = model.embedding or vocabulary
    recurrent = 0
    for layer in range(model.layers):
        reads = inputs if layer == 0 else width
        recurrent += directions * CELLS[model.cell].gates * model.hidden * (reads + model.hidden + 2)
    output = vocabulary + (0 if model.tied else width * vocabulary)
    return vocabulary * model.embedding + recurrent + output


def weight_shapes(model: ModelSpec, vocabulary: int) -> dict[str, tuple[int, ...]]:
    """The shape of every weight as it is saved, by its name in torch.nn; a tied output is saved twice."""
    width = model.hidden * (2 if model.bidirectional else 1)
    rows = CELLS[model.cell].gates * model.hidden
    shapes: dict[str, tuple[int, ...]] = {"output.weight": (vocabulary, width), "output.bias": (vocabulary,)}
    if model.embedding:
        shapes["embedding.weight"] = (vocabulary, model.embedding)
    for layer in range(model.layers):
        reads = (model.embedding or vocabulary) if layer == 0 else width
        for suffix in ("", "_reverse") if model.bidirectional else ("",):
            end = f"l{layer}{suffix}"
            shapes |= {f"recurrent.weight_ih_{end}": (rows, reads), f"recurrent.weight_hh_{end}": (rows, model.hidden)}
            shapes |= {f"recurrent.bias_ih_{end}": (rows,), f"recurrent.bias_hh_{end}": (rows,)}
    return shapes


Spans = tuple[slice, ...]
"""Pieces of a text, in order."""


class Parts(NamedTuple):
    """How many tokens of a text are for what."""

    train: int
    validation: int
    test: int


def split_tokens(data: DataSpec, tokens: int) -> Parts:
    """The parts of a text of so many tokens; by rows, a rest that makes no whole row is in none."""
    rows, width = _rows(data, tokens)
    validation, test = int(width * data.split), int(width * data.test)
    return Parts(rows * (width - validation - test), rows * validation, rows * test)


def split_spans(data: DataSpec, tokens: int) -> dict[str, Spans]:
    """Where each part is, by its name in `Parts`; all pieces of a part are of one length."""
    rows, width = _rows(data, tokens)
    found, begin = dict[str, Spans](), 0
    for name, count in split_tokens(data, tokens)._asdict().items():
        size = count // rows
        starts = range(begin, begin + rows * width, width) if size else ()
        found[name] = tuple(slice(start, start + size) for start in starts)
        begin += size
    return found


def _rows(data: DataSpec, tokens: int) -> tuple[int, int]:
    """How many pieces the text is cut into before each is split, and of what length."""
    return (1, tokens) if data.held_out == "end" else (data.batch, tokens // data.batch)


def batches_per_epoch(data: DataSpec, train_tokens: int) -> int:
    """Batches of `batch` x `steps` tokens an epoch, the same whatever the epoch's random offset below `steps` is."""
    targets = train_tokens - data.steps
    if data.sampling == "random":
        return max(0, targets // data.steps // data.batch)
    return max(0, targets // data.batch // data.steps)


def total_steps(spec: RunSpec, train_tokens: int) -> int:
    """Steps of the whole training, by its epochs, steps and tokens; a training has at least one."""
    steps = batches_per_epoch(spec.data, train_tokens) * spec.train.epochs
    if spec.train.max_steps:
        steps = min(steps, spec.train.max_steps)
    if spec.train.max_tokens:
        steps = min(steps, max(1, spec.train.max_tokens // (spec.data.batch * spec.data.steps)))
    return steps


def memory_estimate(spec: RunSpec, vocabulary: int) -> int:
    """Bytes of weights, gradients, optimizer moments and a batch's activations; an estimate from above."""
    model, data = spec.model, spec.data
    copies = 2 + _OPTIMIZER_COPIES[spec.train.optimizer]
    weights = parameter_count(model, vocabulary) * copies
    directions = 2 if model.bidirectional else 1
    per_token = model.layers * directions * model.hidden * (2 * CELLS[model.cell].gates + 3) + 3 * vocabulary
    return _FLOAT_BYTES * (weights + data.batch * data.steps * per_token)


def plan(spec: RunSpec, *, tokens: int, vocabulary: int) -> Plan:
    """The plan of a spec; raises SpecError, with what would fit, where no batch does."""
    train, validation, test = split_tokens(spec.data, tokens)
    batches = batches_per_epoch(spec.data, train)
    if batches == 0:
        raise too_short(spec.data, train)
    if 0 < validation < 2:
        raise SpecError(
            "data.split",
            "the split leaves one token to validate on: set validation to 0 or take a longer text",
        )
    parameters = parameter_count(spec.model, vocabulary)
    return Plan(
        parameters=parameters,
        weight_bytes=parameters * _FLOAT_BYTES,
        memory_bytes=memory_estimate(spec, vocabulary),
        train_tokens=train,
        validation_tokens=validation,
        test_tokens=test,
        batches=batches,
        total_steps=total_steps(spec, train),
    )


def check_memory(spec: RunSpec, *, vocabulary: int, available: int) -> None:
    """Raises SpecError where the estimate is more than the bytes that are free."""
    needed = memory_estimate(spec, vocabulary)
    if needed > available:
        raise SpecError(
            "model.hidden",
            f"this model would need about {_gigabytes(needed)} of memory and {_gigabytes(available)} are free: "
            "take fewer hidden units, layers, batch or steps",
        )


def check_threads(spec: RunSpec, *, cores: int) -> None:
    """Raises SpecError where more threads are wanted than a machine can run at once."""
    if spec.train.threads > cores:
        at_most = f"take at most {cores:,}" if cores > 1 else "take 1"
        raise SpecError(
            "train.threads",
            f"{spec.train.threads:,} threads would wait for each other, as this machine can run {cores:,} at once: "
            f"{at_most}, or 0 to have it measured",
        )


def too_short(data: DataSpec, train_tokens: int) -> SpecError:
    """What is wrong where so many tokens to train on make no batch, and what would do."""
    if train_tokens < 3:
        return SpecError("data.corpus", f"the text leaves {max(0, train_tokens)} tokens to train on: take a longer one")
    fits = max((train_tokens - data.steps) // data.steps, 0)
    if fits:
        return SpecError(
            "data.batch",
            f"a batch of {data.batch:,} sequences of {data.steps:,} steps is longer than the {train_tokens:,} tokens "
            f"to train on: the largest batch that fits is {fits:,}",
        )
    steps = max(1, train_tokens // (data.batch + 1))
    batch = min(data.batch, max(1, (train_tokens - steps) // steps))
    return SpecError(
        "data.steps",
        f"{data.steps:,} steps are too many for the {train_tokens:,} tokens to train on: "
        f"steps {steps:,} with batch {batch:,} fits",
    )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count < 1e14 else "far more than any machine's"
