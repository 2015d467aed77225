"""One step of one sequence with numpy: what writing is made of, where a call costs more than what is computed.

A numpy call takes half the time of a torch call, and torch is not needed to make one. The equations are those of
`cells`, with weights scaled beforehand so that every sigmoid is a tanh, σ(x) = (tanh(x/2) + 1)/2: one call for all
gates. It must not know torch, vocabularies, or how a token is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rnnlab.specs import ModelSpec
from rnnlab.specs.cells import CELLS
from rnnlab.specs.clamps import Clamp

Array = np.ndarray
State = list[list[Array]]
"""The state of each direction of each layer in turn: `[H]` each. A step changes it in place."""

_AT_ONCE = 1 << 18
"""Multiplications in one product: for more, numpy's library would wake threads, and wait for them where training has
the cores."""
_TABLE = 1 << 23
"""Numbers up to which the product of all embeddings with W_ih is kept as a table."""


class Product:
    """W·x into memory of its own."""

    def __init__(self, weight: Array) -> None:
        rows = max(1, _AT_ONCE // weight.shape[1])
        self.out = np.empty(len(weight), dtype=weight.dtype)
        cuts = range(0, len(weight), rows)
        self._pieces = [(np.ascontiguousarray(weight[cut : cut + rows]), self.out[cut : cut + rows]) for cut in cuts]

    def __call__(self, x: Array) -> Array:
        for weight, out in self._pieces:
            np.dot(weight, x, out=out)
        return self.out


class SingleRNN:
    """The simple network with tanh."""

    sigmoids = ()

    def __init__(self, w_hh: Array, b_hh: Array) -> None:
        self.bias = b_hh
        self._product = Product(w_hh)

    def step(self, inputs: Array, state: list[Array]) -> None:
        (H,) = state
        a = self._product(H)
        a += inputs
        np.tanh(a, out=H)


class SingleReLU(SingleRNN):
    """The simple network with relu."""

    def step(self, inputs: Array, state: list[Array]) -> None:
        (H,) = state
        a = self._product(H)
        a += inputs
        np.maximum(a, 0, out=H)


class SingleGRU:
    """The gated recurrent unit: H' = n + z(H - n)."""

    sigmoids = (0, 1)

    def __init__(self, w_hh: Array, b_hh: Array) -> None:
        two = len(b_hh) // 3 * 2
        self.bias = np.concatenate([b_hh[:two], np.zeros_like(b_hh[two:])])
        self._two, self._b_n = two, b_hh[two:].copy()
        self._product = Product(w_hh)
        self._gates, self._n = self._product.out[:two], self._product.out[two:]
        self._r, self._z = np.split(self._gates, 2)

    def step(self, inputs: Array, state: list[Array]) -> None:
        (H,) = state
        gates, n = self._gates, self._n
        self._product(H)
        gates += inputs[: self._two]
        _sigmoid_of_double(gates)
        n += self._b_n
        n *= self._r
        n += inputs[self._two :]
        np.tanh(n, out=n)
        H -= n
        H *= self._z
        H += n


class SingleLSTM:
    """Long short-term memory: C' = f·C + i·g, H' = o·tanh(C')."""

    sigmoids = (0, 1, 3)

    def __init__(self, w_hh: Array, b_hh: Array) -> None:
        self.bias = b_hh
        self._product = Product(w_hh)
        self._i, self._f, self._g, self._o = np.split(self._product.out, 4)
        self._i_and_f = self._product.out[: len(b_hh) // 2]

    def step(self, inputs: Array, state: list[Array]) -> None:
        H, C = state
        a = self._product(H)
        a += inputs
        np.tanh(a, out=a)
        _halve_and_lift(self._i_and_f)
        _halve_and_lift(self._o)
        C *= self._f
        self._i *= self._g
        C += self._i
        np.tanh(C, out=H)
        H *= self._o


SINGLES = {"rnn": SingleRNN, "rnn-relu": SingleReLU, "gru": SingleGRU, "lstm": SingleLSTM}
"""Every cell that numpy can step, by its name."""


def _sigmoid_of_double(x: Array) -> None:
    np.tanh(x, out=x)
    _halve_and_lift(x)


def _halve_and_lift(x: Array) -> None:
    x *= 0.5
    x += 0.5


class NumpyStepper:
    """A copy of a model, made of its spec and its weights by torch.nn's names, that reads one token after another."""

    def __init__(self, spec: ModelSpec, weights: Mapping[str, Array], clamps: Sequence[Clamp] = ()) -> None:
        weights = {name: np.array(weight, dtype=np.float32) for name, weight in weights.items()}
        suffixes = ("", "_reverse") if spec.bidirectional else ("",)
        self._layers = [
            [_direction(spec, weights, f"l{layer}{suffix}", first=layer == 0) for suffix in suffixes]
            for layer in range(spec.layers)
        ]
        for layer, unit, value in clamps:
            direction, unit = divmod(unit, spec.hidden)
            inputs, cell = self._layers[layer][direction]
            self._layers[layer][direction] = inputs, _Clamped(cell, unit, value)
        self._states, self._hidden = len(suffixes) * spec.layers, spec.hidden
        self._parts = CELLS[spec.cell].states
        self._joined = np.empty(spec.hidden * len(suffixes), dtype=np.float32)
        self._output = _Dense(weights["output.weight"], weights["output.bias"])

    def zero_state(self) -> State:
        """The state before anything was read."""
        return [[np.zeros(self._hidden, np.float32) for _ in range(self._parts)] for _ in range(self._states)]

    def copied(self, state: State) -> State:
        """The state by itself: what a later step does not change."""
        return [[part.copy() for part in parts] for parts in state]

    def step(self, token: int, state: State) -> Array:
        """Reads a token: moves the state on and gives the logits `[V]` of the next, in memory that is used again."""
        states: Iterator[list[Array]] = iter(state)
        x: Any = token
        for layer in self._layers:
            ends = []
            for (inputs, cell), moving in zip(layer, states, strict=False):
                cell.step(inputs(x), moving)
                ends.append(moving[0])
            x = ends[0] if len(ends) == 1 else np.concatenate(ends, out=self._joined)
        return self._output(x)


class _Clamped:
    """A cell with one unit of its hidden state held at a value."""

    def __init__(self, cell: Any, unit: int, value: float) -> None:
        self._cell, self._unit, self._value = cell, unit, value

    def step(self, inputs: Array, state: list[Array]) -> None:
        self._cell.step(inputs, state)
        state[0][self._unit] = self._value


class _Dense:
    """W·x + b."""

    def __init__(self, weight: Array, bias: Array) -> None:
        self._product, self._bias = Product(weight), bias

    def __call__(self, x: Array) -> Array:
        out = self._product(x)
        out += self._bias
        return out


def _direction(spec: ModelSpec, weights: Mapping[str, Array], name: str, *, first: bool) -> tuple[Any, Any]:
    """What a direction of a layer reads its inputs' part with, and its cell."""
    cell = SINGLES[spec.cell]
    scale = np.ones(CELLS[spec.cell].gates, dtype=np.float32)
    scale[list(cell.sigmoids)] = 0.5
    scale = np.repeat(scale, spec.hidden)
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    w_ih, w_hh, b_ih, b_hh = ((weights[f"recurrent.{kind}_{name}"].T * scale).T for kind in kinds)
    stepped = cell(w_hh, b_hh)
    bias = b_ih + stepped.bias
    return (_first_inputs(w_ih, bias, weights.get("embedding.weight")) if first else _Dense(w_ih, bias)), stepped


def _first_inputs(w_ih: Array, bias: Array, embedding: Array | None) -> Callable[[int], Array]:
    """From a token to the inputs' part: a row of a table of all tokens', or, where that is large, a product."""
    if embedding is None:
        return (np.ascontiguousarray(w_ih.T) + bias).__getitem__
    if len(embedding) * len(bias) <= _TABLE:
        return (embedding @ w_ih.T + bias).__getitem__
    dense = _Dense(w_ih, bias)
    return lambda token: dense(embedding[token])
