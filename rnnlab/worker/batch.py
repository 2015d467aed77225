"""Many texts from one prefix, written as a batch: an answer of findings, when all have ended.

It must not know processes or how pieces travel.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import msgspec

from rnnlab.dialogue import Answered, AnyPiece, Found, WriteMany
from rnnlab.errors import BadInput
from rnnlab.findings import Continuation
from rnnlab.nn.choosing import LARGEST_SEED
from rnnlab.nn.keeping import Kept
from rnnlab.nn.many import write_all
from rnnlab.nn.pen import Pen
from rnnlab.specs import SampleSpec
from rnnlab.worker.model import Model
from rnnlab.worker.placing import placed, seeded

_MAX_MANY = 256
_MAX_TOKENS = 2_000_000
"""Of all texts together: they are held until the last has ended."""


def write_many(model: Model, asked: WriteMany, stopped: threading.Event) -> Iterator[AnyPiece]:
    sample, begun = _for_many(asked), time.monotonic()
    weights = model.at(asked.at)
    reader, stepper = model.many(asked.clamp, asked.count)
    writer, beginning = placed(model, weights, asked, sample, (reader, Kept()))
    yield msgspec.structs.replace(beginning, seed=sample.seed)
    pens = [Pen(model.vocabulary, _later(sample, number), asked.after) for number in range(asked.count)]
    for pen in pens:
        pen.read(beginning.read if asked.prefix else ())
    texts: list[list[str]] = [[] for _ in pens]
    for added in write_all(stepper, writer.state, writer.logits, pens, sample.length):
        for number, text in added:
            texts[number].append(text)
        if stopped.is_set():
            break
    cause = "stopped" if stopped.is_set() else "length"
    for pen, pieces in zip(pens, texts, strict=True):
        text = "".join(pieces) + pen.rest()
        yield Found(finding=Continuation(seed=pen.seed, text=text, tokens=len(pieces), cause=pen.cause or cause))
    yield Answered(tokens=sum(map(len, texts)), seconds=time.monotonic() - begun, cause=cause)


def _for_many(asked: WriteMany) -> SampleSpec:
    if not 1 <= asked.count <= _MAX_MANY:
        raise BadInput(f"the number of texts must be 1 to {_MAX_MANY}, not {asked.count:,}")
    if not asked.sample.length:
        raise BadInput("many texts at once need a length: set one above 0")
    if asked.count * asked.sample.length > _MAX_TOKENS:
        raise BadInput(f"that is more than {_MAX_TOKENS:,} tokens in all: take fewer texts, or a shorter length")
    if asked.sample.beam > 1:
        raise BadInput("beam search writes one text: set beam to 1 for many")
    return seeded(asked.sample)


def _later(sample: SampleSpec, number: int) -> SampleSpec:
    """The sampling with a seed so many after its own, again from 1 after the largest."""
    return msgspec.structs.replace(sample, seed=(sample.seed + number - 1) % LARGEST_SEED + 1)
