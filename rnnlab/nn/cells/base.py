"""What a recurrent cell is: the equations of one step, and, where there are any, faster ways to run many.

A new cell is one file beside this one with a `Cell` in it and one line in `specs/cells`. Only `step` is an obligation.
It must not know layers, directions or models; those are the same for every cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from rnnlab.nn.cells.blocks import Sizes
from rnnlab.specs.cells import CELLS

State = tuple[Tensor, ...]
"""A cell's state, `[B, H]` each. The first is the hidden state H, which is also the cell's output."""


class LayerWeights(NamedTuple):
    """One direction of one layer, named and laid out as `torch.nn` does; G gates lie one below the other."""

    w_ih: Tensor
    """`[G*H, In]`"""
    w_hh: Tensor
    """`[G*H, H]`"""
    b_ih: Tensor
    """`[G*H]`"""
    b_hh: Tensor
    """`[G*H]`"""


class GateWeights(NamedTuple):
    """The same weights as a textbook writes them: one matrix for each gate, inputs in rows."""

    x: tuple[Tensor, ...]
    """W_x of each gate, `[In, H]`"""
    h: tuple[Tensor, ...]
    """W_h of each gate, `[H, H]`"""
    b_x: tuple[Tensor, ...]
    """The bias beside W_x, `[H]`"""
    b_h: tuple[Tensor, ...]
    """The bias beside W_h, `[H]`"""


Step = Callable[[Tensor, State, GateWeights], State]
"""`step(X, state, weights) -> state`, with X `[B, In]` or the ids `[B]` of one-hot inputs."""


class FusedForward(Protocol):
    """A cell's run over a sequence in buffers that are used again for the next sequence.

    The engine fills the blocks of `gates` before it is run: X·W_ih and both biases, or, for the gates whose two parts
    are kept apart, X·W_ih + b_ih and b_hh.
    """

    own: ClassVar[int]
    """How many gates, the last ones in torch.nn's order, keep the inputs' part and the recurrent part apart. They have
    two blocks each: the first of a step are the inputs' parts of these gates, the last their recurrent parts."""
    doubled: ClassVar[tuple[int, ...]]
    """The blocks that want their inputs' part twice over, because their tanh is computed from that."""
    gates: Tensor
    """Buffer `[T, K, S, B, N]`, K = G + own."""

    def __init__(self, sizes: Sizes) -> None: ...

    def run(self, hidden: Tensor, state: State, w_hh: Tensor) -> State:
        """Fills the rows `hidden` `[T+1, B, H]`, whose first are there already; gives a copy of the last state."""
        ...


class FusedBackward(Protocol):
    """The way back through a `FusedForward`, which it leaves as it is, in buffers of its own."""

    def __init__(self, sizes: Sizes) -> None: ...

    def run(self, forward: Any, hidden: Tensor, w_hh: Tensor, d_out: Tensor, d_end: State) -> Gradients:
        """The gradients from those of the outputs `[T, B, H]` and of the last state `[B, H]` each."""
        ...


class Gradients(NamedTuple):
    """What comes back out of a run."""

    gates: Tensor
    """Of what the blocks of each step were before their nonlinearity: rows `[T, B, K*H]`, a buffer that the next run
    overwrites. The first G are the inputs' part, the last G the recurrent part."""
    state: State
    """Of the first state, `[B, H]` each."""


class Fused(NamedTuple):
    """A cell's steps by hand over a whole sequence, and their backward."""

    forward: type[FusedForward]
    backward: type[FusedBackward]


Kernel = Callable[..., tuple[Tensor, State]]
"""A torch kernel for a stack of layers: (x, state, weights, ...) -> (out, state)."""


@dataclass(frozen=True)
class Cell:
    """A cell by name, and what is known of how to compute it."""

    name: str
    step: Step
    """One step, equation by equation: what the scratch engine runs."""
    kernel: Kernel | None = None
    """torch's own kernel for whole stacks of layers; None where torch has no such cell."""
    fused: Fused | None = None
    """Whole sequences by hand, forward and back; None where nobody wrote that."""

    @property
    def gates(self) -> int:
        return CELLS[self.name].gates

    @property
    def states(self) -> int:
        return CELLS[self.name].states


def dot(X: Tensor, W: Tensor) -> Tensor:
    """X·W; where X holds token ids it stands for one-hot rows, and the product is rows of W, looked up."""
    return X @ W if X.is_floating_point() else F.embedding(X, W)


def by_gate(weights: LayerWeights, gates: int) -> GateWeights:
    """The weights of a layer, gate by gate, as its equations want them."""
    w_ih, w_hh, b_ih, b_hh = weights
    return GateWeights(
        w_ih.t().chunk(gates, dim=1),
        w_hh.t().chunk(gates, dim=1),
        b_ih.chunk(gates),
        b_hh.chunk(gates),
    )


def torch_kernel(kernel: Callable[..., tuple[Tensor, ...]]) -> Kernel:
    """One of torch's recurrent kernels, some of which take a bare tensor and others a tuple, made to take a tuple."""

    def run(x: Tensor, state: State, *rest: object) -> tuple[Tensor, State]:
        out, *last = kernel(x, state if len(state) > 1 else state[0], *rest)
        return out, tuple(last)

    return run


def one_hot(ids: Tensor, size: int, dtype: torch.dtype) -> Tensor:
    """One-hot vectors `[..., size]`, for kernels that take no ids."""
    return torch.zeros(*ids.shape, size, dtype=dtype, device=ids.device).scatter_(-1, ids.unsqueeze(-1), 1)
