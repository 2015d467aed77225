"""Every cell that can be trained, by the name that `model.cell` takes: for each line of `specs/cells`, the `Cell` of
that name in the module that the line names.
"""

from __future__ import annotations

import importlib

from rnnlab.nn.cells.base import Cell
from rnnlab.specs.cells import CELLS


def _load(name: str, file: str) -> Cell:
    module = importlib.import_module(f"{__name__}.{file}")
    return next(cell for cell in vars(module).values() if isinstance(cell, Cell) and cell.name == name)


REGISTRY: dict[str, Cell] = {name: _load(name, shape.file) for name, shape in CELLS.items()}

__all__ = ["REGISTRY", "Cell"]
