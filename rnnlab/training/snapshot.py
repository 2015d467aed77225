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
from rnnlab.training.meters import Meter
from rnnlab.training.progress import Progress


class Snapshot(msgspec.Struct, frozen=True):
    """A training between two steps."""

    weights: dict[str, Tensor]
    """The model's state_dict: all that generating needs."""
    tensors: dict[str, Tensor]
    """What else is a tensor."""
    document: dict[str, Any]
    """What is not: JSON values only."""


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The moments of an optimizer over one flat parameter."""
    state = next(iter(optimizer.state.values()), {})
    return {f"optimizer.{name}": value for name, value in state.items() if isinstance(value, Tensor)}


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Give an optimizer its moments back."""
    parameter = optimizer.param_groups[0]["params"][0]
    moments = {name.removeprefix("optimizer."): t for name, t in tensors.items() if name.startswith("optimizer.")}
    for name, tensor in moments.items():
        # Counters such as Adam's `step` are scalars and live where the optimizer made them.
        place = optimizer.state[parameter].get(name)
        device = place.device if isinstance(place, Tensor) else (parameter.device if tensor.dim() else "cpu")
        optimizer.state[parameter][name] = tensor.clone().to(device)


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
