"""What the pure arithmetic of a spec must know of a cell, without torch: its gates and its states.

A new cell is one line here and one file in `nn/cells`; a test holds the two together.
"""

from __future__ import annotations

import msgspec


class CellShape(msgspec.Struct, frozen=True):
    """How many blocks of `hidden` rows a cell's weights have, and how many vectors its state."""

    gates: int
    states: int


CELLS: dict[str, CellShape] = {
    "rnn": CellShape(gates=1, states=1),
    "gru": CellShape(gates=3, states=1),
    "lstm": CellShape(gates=4, states=2),
    "rnn-relu": CellShape(gates=1, states=1),
}
"""Every cell by the name that `model.cell` takes."""
