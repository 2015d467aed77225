"""The half of a generator that needs torch: the network itself, and the fastest way to step it.

Importing this module takes the seconds that importing torch takes; `warming` does it beside what else is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from rnnlab.nn.keeping import Stepper
from rnnlab.nn.many import ManyStepper
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.native import finding
from rnnlab.nn.stepper import gpu_steppers, many_steppers, stepper_of
from rnnlab.specs import ModelSpec
from rnnlab.specs.clamps import Clamp


def network_of(spec: ModelSpec, vocabulary: int, weights: Mapping[str, np.ndarray], cache: Path) -> LanguageModel:
    """The network with these weights; the native engine is looked for in that cache."""
    # Several threads only get in each other's way at one token a step, and a training may want the cores.
    torch.set_num_threads(1)
    finding.look_in(cache)
    network = LanguageModel(spec, vocabulary).eval()
    network.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    return network


def fastest(network: LanguageModel, clamps: Sequence[Clamp], device: str) -> Stepper:
    """The fastest stepper of the network, on a GPU perhaps where its spec's `train.device` lets it train on one."""
    return stepper_of(network, clamps, gpu_steppers(network, device))


def many(network: LanguageModel, clamps: Sequence[Clamp], sequences: int) -> tuple[Stepper, ManyStepper]:
    """What reads one text of the network, and what goes on with so many."""
    return many_steppers(network, clamps, sequences)
