"""Every cell by name, with what the pure arithmetic of a spec must know of it without torch: its gates and its states.

A new cell is one line here and one file in `nn/cells`, as `docs/extending.md` shows; a test holds the two together.
"""

from __future__ import annotations

import msgspec


class CellShape(msgspec.Struct, frozen=True):
    """How many blocks of `hidden` rows a cell's weights have, and how many vectors its state."""

    gates: int
    states: int
    file: str
    """The module of `nn/cells` in which its equations stand."""
    engines: tuple[str, ...] = ()
    """Who computes it beside the scratch engine, which computes every cell."""


CELLS: dict[str, CellShape] = {
    "rnn": CellShape(gates=1, states=1, file="rnn", engines=("native", "fused", "torch")),
    "gru": CellShape(gates=3, states=1, file="gru", engines=("native", "fused", "torch")),
    "lstm": CellShape(gates=4, states=2, file="lstm", engines=("native", "fused", "torch")),
    "rnn-relu": CellShape(gates=1, states=1, file="rnn", engines=("native", "fused", "torch")),
    "gru-simple": CellShape(gates=2, states=1, file="gru_simple", engines=("native", "fused")),
}
"""Every cell by the name that `model.cell` takes."""
