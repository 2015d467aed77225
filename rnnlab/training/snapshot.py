"""Everything that a resumed training needs, as named tensors and a JSON document, and back.

Weights, optimizer moments, every random generator, the carried hidden state, the sums of the epoch and of the log
line, and `Progress`. On a CPU a training that was taken apart and put together here goes on bit for bit. It must not
know files.
"""

from __future__ import annotations

from typing import Any

import msgspec
import torch
from torch import Tensor

from rnnlab.errors import CheckpointError
from rnnlab.specs import Value, find_field
from rnnlab.training.meters import Meter
from rnnlab.training.optimizers import Optimizer
from rnnlab.training.progress import Progress


class Snapshot(msgspec.Struct, frozen=True):
    """A training between two steps."""

    weights: dict[str, Tensor]
    """The model's state_dict: all that generating needs."""
    tensors: dict[str, Tensor]
    """What else is a tensor."""
    document: dict[str, Any]
    """What is not: JSON values only."""


def optimizer_tensors(optimizer: Optimizer) -> dict[str, Tensor]:
    """The moments of an optimizer."""
    return {f"optimizer.{name}": moment for name, moment in optimizer.state.items()}


def load_optimizer(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    """Give an optimizer its moments back; raises KeyError or RuntimeError where they are another's."""
    for name, moment in optimizer.state.items():
        moment.copy_(tensors[f"optimizer.{name}"])


def random_tensors(device: torch.device) -> dict[str, Tensor]:
    """The state of torch's own generators, which dropout draws from."""
    states = {"random.cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["random.cuda"] = torch.cuda.get_rng_state(device)
    return states


def load_random(device: torch.device, tensors: dict[str, Tensor]) -> None:
    torch.set_rng_state(tensors["random.cpu"].cpu())
    if device.type == "cuda" and "random.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random.cuda"].cpu(), device)


def meter_tensors(name: str, meter: Meter) -> dict[str, Tensor]:
    return {f"meter.{name}": torch.cat((meter.sums.cpu().double(), torch.tensor([float(meter.count)]).double()))}


def load_meter(name: str, meter: Meter, tensors: dict[str, Tensor]) -> None:
    stored = tensors[f"meter.{name}"]
    meter.sums.copy_(stored[:3])
    meter.count = int(stored[3])


def progress_of(document: dict[str, Any]) -> Progress:
    """The progress of a snapshot's document; raises CheckpointError where it is none."""
    try:
        return msgspec.convert(document.get("progress"), Progress)
    except msgspec.ValidationError as error:
        raise CheckpointError(f"the checkpoint's progress does not read: {error}") from None


def changes_of(document: dict[str, Any]) -> dict[str, Value]:
    """The knobs that were turned by then; raises CheckpointError or SpecError where they do not read."""
    changes = document.get("changes", {})
    if not isinstance(changes, dict):
        raise CheckpointError("the checkpoint's changes do not read")
    return {path: find_field(path).check(value) for path, value in changes.items()}
