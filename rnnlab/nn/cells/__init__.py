"""Every cell that can be trained, by the name that `model.cell` takes. A new cell is registered here and in
`specs/cells`, which knows its sizes without torch.
"""

from __future__ import annotations

from rnnlab.nn.cells.base import Cell
from rnnlab.nn.cells.gru import GRU
from rnnlab.nn.cells.lstm import LSTM
from rnnlab.nn.cells.rnn import RELU, TANH

REGISTRY: dict[str, Cell] = {cell.name: cell for cell in (TANH, GRU, LSTM, RELU)}

__all__ = ["REGISTRY", "Cell"]
