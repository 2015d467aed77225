"""Everything that a resumed training needs, as named tensors and a JSON document, and back.

Weights, optimizer moments, every random generator, the carried hidden state, the sums of the epoch and of the log
line, and `Progress`. On a CPU a training that was taken apart and put together here goes on bit for bit. It must not
know files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import torch
from torch import Tensor

from rnnlab.errors import CheckpointError
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import Value, find_field
from rnnlab.training.meters import Meter
from rnnlab.training.optimizers import Optimizer
from rnnlab.training.progress import Progress
from rnnlab.training.usual import Usual


class Snapshot(msgspec.Struct, frozen=True):
    """A training between two steps."""

    weights: dict[str, Tensor]
    """The model's state_dict: all that generating needs."""
    tensors: dict[str, Tensor]
    """What else is a tensor."""
    document: dict[str, Any]
    """What is not: JSON values only."""

    def finite(self) -> bool:
        """Whether all weights and moments are numbers, as they must be wherever one goes on from."""
        moments = (tensor for name, tensor in self.tensors.items() if name.startswith("optimizer."))
        return all(bool(torch.isfinite(tensor).all()) for tensor in (*self.weights.values(), *moments))


def take(
    model: LanguageModel,
    optimizer: Optimizer,
    meters: Mapping[str, Meter],
    hidden: tuple[Tensor, ...] | None,
    usual: Usual,
    document: dict[str, Any],
) -> Snapshot:
    """Copies, on the host, of all that these hold."""
    tensors = {
        **usual.tensors(),
        **{f"meter.{name}": meter.tensor() for name, meter in meters.items()},
        **optimizer_tensors(optimizer),
        **random_tensors(optimizer.parameter.device),
        **{f"hidden.{i}": part for i, part in enumerate(hidden or ())},
    }
    return Snapshot(
        weights={name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()},
        tensors={name: tensor.detach().cpu().clone() for name, tensor in tensors.items()},
        document=document,
    )


def give_back(
    snapshot: Snapshot, model: LanguageModel, optimizer: Optimizer, meters: Mapping[str, Meter]
) -> tuple[Tensor, ...] | None:
    """Put everything back where it was, torch's own generators included; gives the hidden state.

    Raises CheckpointError where the snapshot is of another model.
    """
    give_back_weights(snapshot, model, optimizer)
    return give_back_position(snapshot, optimizer.parameter.device, meters)


def give_back_weights(snapshot: Snapshot, model: LanguageModel, optimizer: Optimizer) -> None:
    """Put weights and moments back; raises CheckpointError where the snapshot is of another model."""
    load_weights(model, snapshot)
    try:
        load_optimizer(optimizer, snapshot.tensors)
    except (KeyError, RuntimeError) as error:
        raise _misfit(error) from None


def load_weights(model: LanguageModel, snapshot: Snapshot) -> None:
    """Give a model its weights; raises CheckpointError where they are another's."""
    try:
        model.load_state_dict(snapshot.weights)
    except RuntimeError as error:
        raise _misfit(error) from None


def give_back_position(
    snapshot: Snapshot, device: torch.device, meters: Mapping[str, Meter]
) -> tuple[Tensor, ...] | None:
    """Put sums and generators back; gives the hidden state. Raises CheckpointError where something is missing."""
    try:
        for name, meter in meters.items():
            meter.load(snapshot.tensors[f"meter.{name}"])
        load_random(device, snapshot.tensors)
    except (KeyError, RuntimeError) as error:
        raise _misfit(error) from None
    hidden = [snapshot.tensors[name] for name in sorted(snapshot.tensors) if name.startswith("hidden.")]
    return tuple(part.to(device) for part in hidden) or None


def _misfit(error: Exception) -> CheckpointError:
    return CheckpointError(f"the checkpoint does not fit its spec: {error}")


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
