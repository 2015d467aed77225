"""How every answer begins: a writer that has read what came before, and what is said of the weights that answer.

It must not know what is asked beyond that, nor how pieces travel.
"""

from __future__ import annotations

import secrets

import msgspec

from rnnlab.dialogue import Answering, Peek, Prompt, WriteMany
from rnnlab.errors import PromptError
from rnnlab.nn.keeping import Kept, Stepper
from rnnlab.nn.writing import Writer
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.specs import SampleSpec
from rnnlab.text.cleaning import clean_prefix
from rnnlab.worker.model import Model

MAX_PREFIX = 20_000
"""Characters: at some thousand tokens a second, a longer prefix would keep a person waiting."""
MAX_AFTER = 1_000_000
"""Tokens that may come before a prefix."""


def seeded(sample: SampleSpec) -> SampleSpec:
    """The sampling with a seed: a new, short one where none was given, so that it can be typed again."""
    return sample if sample.seed else msgspec.structs.replace(sample, seed=secrets.randbelow(99_999) + 1)


def placed(
    model: Model,
    weights: CheckpointManifest,
    question: Prompt | Peek | WriteMany,
    sample: SampleSpec,
    stepping: tuple[Stepper, Kept] | None = None,
) -> tuple[Writer, Answering]:
    """A writer that has read what the question says, and the first piece of its answer.

    `weights` are those that the model has loaded; `stepping` another stepper of them than the fastest for one text.
    """
    if len(question.prefix) > MAX_PREFIX:
        raise PromptError(f"the prefix has {len(question.prefix):,} characters: take at most {MAX_PREFIX:,}")
    if len(question.after) > MAX_AFTER:
        raise PromptError(f"the text has {len(question.after):,} tokens, which is too long: begin a new one")
    stepper, kept = stepping or model.stepping(question.clamp)
    writer = Writer(stepper, model.vocabulary, sample, kept)
    prefix = clean_prefix(question.prefix, model.run.spec.data.clean)
    writer.go_on(question.after, question.written if isinstance(question, Prompt) else 0)
    if prefix:
        writer.read(prefix)
    writer.begin()
    read = tuple(writer.ids[len(question.after) :])
    return writer, answering(model, weights, unknown=model.vocabulary.unknown_in(prefix), read=read)


def answering(
    model: Model, weights: CheckpointManifest, *, unknown: tuple[str, ...] = (), read: tuple[int, ...] = ()
) -> Answering:
    return Answering(
        run=model.run.id,
        step=weights.step,
        # A reader of the future is marked wherever its perplexity is shown.
        split=f"{'future-reading ' if model.run.spec.model.bidirectional and weights.split else ''}{weights.split}",
        perplexity=weights.perplexity,
        seed=0,
        unknown=unknown,
        read=read,
    )
