"""Models prepared for writing: one token in, the logits of the next out, one sequence at a time.

A stepper is a copy of the weights, so that the model may go on training, or be thrown away, while its copy writes. It
must not know vocabularies, text or how a token is chosen.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from rnnlab.errors import BadInput
from rnnlab.nn.cells.base import GateWeights, LayerWeights, State, by_gate
from rnnlab.nn.keeping import Stepper
from rnnlab.nn.many import ManyStepper
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.native import finding
from rnnlab.nn.native.stepper import NativeStepper
from rnnlab.nn.single import SINGLES, NumpyStepper
from rnnlab.settings import measuring_is_off
from rnnlab.specs.clamps import Clamp, check_clamps

_LAPS = 20
"""Steps by which steppers are compared."""
_BEYOND_A_CACHE = 1 << 23
"""Weights (32 MB of them) from which a CPU must read them from its memory at every step."""


def stepper_of(
    model: LanguageModel, clamps: Sequence[Clamp] = (), more: Sequence[Callable[[LanguageModel], Stepper]] = ()
) -> Stepper:
    """The fastest stepper there is for a model, one of `more` perhaps; wherever the model is, they step on the CPU.

    With clamps, those units are held at their values; raises BadInput where the model has no such unit.
    """
    check_clamps(clamps, model.spec)
    if clamps:
        return _numpy_stepper(model, clamps) if model.spec.cell in SINGLES else TorchStepper(model, clamps)
    made = list(_made(model, STEPPERS.values())) or [TorchStepper(model)]
    if measuring_is_off():
        return made[0]
    made += _made(model, more)
    return min(made, key=_time) if len(made) > 1 else made[0]


def many_steppers(model: LanguageModel, clamps: Sequence[Clamp], sequences: int) -> tuple[Stepper, ManyStepper]:
    """What reads one text, and what goes on from its states with so many at once: native, or by the equations."""
    check_clamps(clamps, model.spec)
    if not clamps:
        with contextlib.suppress(BadInput):
            return native_stepper(model), native_stepper(model, sequences=sequences)
    together = TorchStepper(model, clamps, sequences=sequences)
    return together, together


def gpu_steppers(model: LanguageModel, wanted: str) -> tuple[Callable[[LanguageModel], Stepper], ...]:
    """What may step a model on a GPU, for `stepper_of`: nothing where its `train.device` or this machine has none, nor
    where a CPU steps it from its cache in less time than a GPU takes to be told to.
    """
    weights = sum(weight.numel() for weight in model.parameters())
    if wanted not in ("auto", "cuda") or weights < _BEYOND_A_CACHE or not torch.cuda.is_available():
        return ()
    return (partial(stepper_on, "cuda"),)


def stepper_on(device: str, model: LanguageModel) -> Stepper:
    """A stepper on another device than the CPU; raises BadInput where that has no room, or does not answer."""
    try:
        stepper = TorchStepper(model, device=device)
        stepper.step(0, stepper.zero_state())
    except RuntimeError as error:
        raise BadInput(f"nothing can be stepped on {device}: {error}") from error
    return stepper


def _made(model: LanguageModel, makers: Iterable[Callable[[LanguageModel], Stepper]]) -> Iterator[Stepper]:
    """The steppers that can be made for a model."""
    for make in makers:
        with contextlib.suppress(BadInput):
            yield make(model)


def native_stepper(model: LanguageModel, *, sequences: int = 1) -> NativeStepper:
    """The native engine's, of some texts side by side; raises BadInput where there is none or not for this model."""
    kernels = finding.kernels()
    if kernels is None:
        raise BadInput(f"the native engine is not there: {finding.found().reason}")
    return NativeStepper(model.spec, model.state_dict(), kernels, sequences=sequences)


def _numpy_stepper(model: LanguageModel, clamps: Sequence[Clamp] = ()) -> NumpyStepper:
    """numpy's; raises BadInput for a cell that it has not."""
    if model.spec.cell not in SINGLES:
        raise BadInput(f"numpy has no step of {model.spec.cell}")
    weights = {name: weight.cpu().float().numpy() for name, weight in model.state_dict().items()}
    return NumpyStepper(model.spec, weights, clamps)


STEPPERS: dict[str, Callable[[LanguageModel], Stepper]] = {"native": native_stepper, "numpy": _numpy_stepper}
"""The fast steppers by name, the likeliest first; each raises BadInput for a model that it does not step."""


def _time(stepper: Stepper) -> float:
    """Seconds of a step: the least of some, for what else the machine does comes on top."""
    state, laps = stepper.zero_state(), []
    for _ in range(_LAPS):
        begun = time.perf_counter()
        stepper.step(0, state)
        laps.append(time.perf_counter() - begun)
    return min(laps)


class TorchStepper:
    """Steps a cell by its equations, of one text or of some at once: slower, and for every cell."""

    @torch.inference_mode()
    def __init__(
        self, model: LanguageModel, clamps: Sequence[Clamp] = (), *, sequences: int = 1, device: str = "cpu"
    ) -> None:
        copy = partial(_copy, device=device)
        self._device, self._sequences = device, sequences
        self._cell = model.recurrent.cell
        self._embedding = None if model.embedding is None else copy(model.embedding.weight)
        self._layers: list[list[GateWeights]] = [
            [by_gate(LayerWeights(*map(copy, weights)), self._cell.gates) for weights in layer]
            for layer in model.recurrent.weights()
        ]
        self._output, self._bias = copy(model.output.weight).t(), copy(model.output.bias)
        self._hidden = model.recurrent.hidden
        self._clamps = clamps

    def copied(self, state: list[State]) -> list[State]:
        """The state by itself: a step replaces its tensors and never changes them."""
        return list(state)

    def zero_state(self) -> list[State]:
        zero = (torch.zeros(1, self._hidden, device=self._device),) * self._cell.states
        return [zero for layer in self._layers for _ in layer]

    def spread(self, state: list[State]) -> list[State]:
        """The state of one text as that of each sequence."""
        return [tuple(part.repeat(self._sequences, 1) for part in parts) for parts in state]

    def step(self, token: int, state: list[State]) -> np.ndarray:
        return self.step_all(np.array([token]), state)[0]

    @torch.inference_mode()
    def step_all(self, tokens: np.ndarray, state: list[State]) -> Sequence[np.ndarray]:
        """Reads a token of each sequence; gives their logits, `[V]` each."""
        index = torch.from_numpy(tokens).to(self._device)
        x = index if self._embedding is None else self._embedding[index]
        place = 0
        for layer, directions in enumerate(self._layers):
            for weights in directions:
                state[place] = self._cell.step(x, state[place], weights)
                place += 1
            for _, unit, value in (clamp for clamp in self._clamps if clamp[0] == layer):
                direction, unit = divmod(unit, self._hidden)
                state[place - len(directions) + direction][0][:, unit] = value
            x = torch.cat([end[0] for end in state[place - len(directions) : place]], dim=-1)
        return torch.addmm(self._bias, x, self._output).cpu().numpy()


def _copy(weight: Tensor, device: str) -> Tensor:
    return weight.detach().to(device, torch.float32, copy=True)
