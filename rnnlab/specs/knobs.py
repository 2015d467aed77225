"""Which hyperparameters may be turned while a training runs: those that no tensor's shape depends on.

It must not know how a turn reaches the trainer.
"""

from __future__ import annotations

from collections.abc import Mapping

from rnnlab.errors import SpecError
from rnnlab.specs.fields import Value
from rnnlab.specs.run import RunSpec, find_field

KNOBS = (
    "model.dropout",
    "train.lr",
    "train.momentum",
    "train.weight_decay",
    "train.clip",
    "train.clip_at",
    "train.log_every",
    "train.eval_every",
    "train.sample_every",
    "train.checkpoint_every",
    "train.patience",
)
"""The fields that a running training takes."""

MODEL_SHAPE = (
    "model.cell",
    "model.hidden",
    "model.layers",
    "model.embedding",
    "model.tied",
    "model.bidirectional",
)
"""The fields that the shapes of weights depend on, beside the vocabulary: weights fit no others."""


def turned(spec: RunSpec, changes: Mapping[str, Value]) -> RunSpec:
    """The spec with the knobs turned; raises SpecError for a field that is none, or a value out of bounds."""
    for path in changes:
        find_field(path)
        if path not in KNOBS:
            raise SpecError(path, f"{path} cannot change while a run trains: fork the run, or start a new one")
    return spec.replace(changes)
