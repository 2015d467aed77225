"""A clamp: one unit of a model's hidden state held at a value while the model writes.

It must not know how a model is stepped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rnnlab.errors import BadInput
from rnnlab.specs.model import ModelSpec


class Clamp(NamedTuple):
    """Set after every step, before the next layer and the next step see it."""

    layer: int
    """From 0."""
    unit: int
    """From 0; in a bidirectional model the backward direction's units come after the forward one's."""
    value: float


def check_clamps(clamps: Sequence[Clamp], spec: ModelSpec) -> None:
    """Raises BadInput for the first that the model has no unit for, or whose value is no number."""
    units = spec.hidden * (2 if spec.bidirectional else 1)
    for layer, unit, value in clamps:
        if not 0 <= layer < spec.layers:
            raise BadInput(f"a clamp's layer must be 0 to {spec.layers - 1}, not {layer:,}")
        if not 0 <= unit < units:
            raise BadInput(f"a clamp's unit must be 0 to {units - 1:,}, not {unit:,}")
        if not math.isfinite(value):
            raise BadInput(f"a clamp's value must be a number, not {value}")
