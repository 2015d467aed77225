"""One token in, the logits of the next out: a model prepared for writing, one sequence at a time.

Weights are copied and laid out once, so that the model may go on training (or be thrown away) while its copy
writes. It must not know vocabularies, text or how a token is chosen.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnlab.nn.cells.base import GateWeights, State, by_gate
from rnnlab.nn.model import LanguageModel


class Stepper:
    """A frozen copy of a model that reads one token after the other, on the CPU, without autograd."""

    @torch.inference_mode()
    def __init__(self, model: LanguageModel) -> None:
        self._cell = model.recurrent.cell
        self._directions = model.recurrent.directions
        self._embedding = None if model.embedding is None else _copy(model.embedding.weight)
        self._layers: list[list[GateWeights]] = [
            [by_gate(type(weights)(*map(_copy, weights)), self._cell.gates) for weights in layer]
            for layer in model.recurrent.weights()
        ]
        self._output, self._bias = _copy(model.output.weight), _copy(model.output.bias)
        self.zero_state: State = tuple(part.cpu() for part in model.zero_state(1))
        """The state before anything was read."""

    @torch.inference_mode()
    def step(self, token: int, state: State) -> tuple[Tensor, State]:
        """Reads a token: (logits `[V]`, the state after it). A bidirectional model reads a text of one token."""
        x = torch.tensor([token]) if self._embedding is None else self._embedding[token : token + 1]
        ends = []
        for layer, directions in enumerate(self._layers):
            for direction, weights in enumerate(directions):
                row = layer * self._directions + direction
                ends.append(self._cell.step(x, tuple(part[row] for part in state), weights))
            x = torch.cat([end[0] for end in ends[-self._directions :]], dim=-1)
        return torch.addmv(self._bias, self._output, x[0]), tuple(torch.stack(part) for part in zip(*ends, strict=True))


def _copy(weight: Tensor) -> Tensor:
    return weight.detach().to("cpu", torch.float32, copy=True)
