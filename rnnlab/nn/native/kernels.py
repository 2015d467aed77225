"""The library of kernels as Python calls it: plain C functions over the memory of tensors.

The sources are in `source/`; what is here repeats their signatures and nothing more. While a function runs, other
threads of Python do too. It must not know autograd, nor where the library came from.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import c_double, c_int64, c_void_p
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor


class CellShape(NamedTuple):
    """What `source/cells.h` says of a cell."""

    number: int
    """Its place in `source/kernels.cpp`."""
    gates: int
    own: int
    """How many gates, the last ones, keep the inputs' part and the recurrent part apart."""
    kept: int
    """Numbers that forward keeps of each unit for backward."""
    memory: bool = False
    """Whether the state has a second part."""


CELLS = {
    "rnn": CellShape(0, gates=1, own=0, kept=0),
    "rnn-relu": CellShape(1, gates=1, own=0, kept=0),
    "gru": CellShape(2, gates=3, own=1, kept=4),
    "gru-simple": CellShape(3, gates=2, own=0, kept=2),
    "lstm": CellShape(4, gates=4, own=0, kept=5, memory=True),
}
"""Every cell that has kernels, by its name."""

SUFFIXES = {torch.float32: "f32", torch.float64: "f64"}
"""The types that the kernels are compiled for, and how their functions' names end."""


class Sequence(ctypes.Structure):
    """`Sequence` of `source/layer.h`."""

    _fields_ = (
        *((name, c_int64) for name in ("steps", "batch", "hidden", "width", "packs_from", "by_units", "tiles")),
        *((name, c_void_p) for name in ("ids", "x", "w_ih", "w_hh", "b_ih", "b_hh", "inputs", "packed")),
        *((name, c_void_p) for name in ("first", "first_memory", "states", "memories", "kept")),
        *((name, c_void_p) for name in ("d_out", "d_state", "d_memory")),
        ("to_first", c_int64),
        *((name, c_void_p) for name in ("d_w_hh", "d_w_ih", "d_b_ih", "d_b_hh", "d_x")),
    )


class Output(ctypes.Structure):
    """`Output` of `source/output.h`."""

    _fields_ = (
        *((name, c_int64) for name in ("tokens", "width", "vocabulary", "all")),
        *((name, c_void_p) for name in ("hidden", "weight", "bias", "targets", "packed")),
        *((name, c_void_p) for name in ("gradient", "losses", "d_hidden", "d_weight", "d_bias")),
        *((name, c_int64) for name in ("begins", "packs_from", "tiles")),
    )


class Floor(ctypes.Structure):
    """`Floor` of `source/batch.h`."""

    _fields_ = (
        ("sequence", Sequence),
        *((name, c_void_p) for name in ("noise", "silenced", "d_out", "end", "end_memory")),
    )


class Batch(ctypes.Structure):
    """`Batch` of `source/batch.h`."""

    _fields_ = (
        *((name, c_int64) for name in ("layers", "pieces")),
        *((name, c_void_p) for name in ("floor", "output")),
        ("tokens", c_int64),
        *((name, c_void_p) for name in ("losses", "loss")),
    )


class Move(ctypes.Structure):
    """`Move` of `source/moving.h`."""

    _fields_ = (
        ("count", c_int64),
        *((name, c_void_p) for name in ("parameter", "gradient", "mean", "square", "moves")),
        *((name, c_double) for name in ("rate", "beta1", "beta2", "epsilon", "kept")),
    )


class Dense(ctypes.Structure):
    """`Dense` of `source/steps.h`."""

    _fields_ = (("rows", c_int64), ("columns", c_int64), ("panels", c_void_p), ("bias", c_void_p))


class StepLayer(ctypes.Structure):
    """`StepLayer` of `source/steps.h`."""

    _fields_ = (("inputs", Dense), ("recurrent", Dense))


class Stepper(ctypes.Structure):
    """`Stepper` of `source/steps.h`."""

    _fields_ = (
        *((name, c_int64) for name in ("layers", "sequences", "hidden")),
        ("layer", c_void_p),
        ("output", Dense),
        *((name, c_void_p) for name in ("table", "a", "x")),
    )


_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "packed_size": (c_int64, c_int64, c_int64, c_int64),
    "forward": (c_int64, c_void_p),
    "backward": (c_int64, c_void_p),
    "learn": (c_int64, c_void_p),
    "output_panels_size": (c_int64, c_int64, c_int64),
    "output_loss": (c_void_p,),
    "clip_norm": (c_void_p, c_int64, c_double),
    "adam": (c_void_p,),
    "noise": (c_void_p, c_double, c_double, c_int64, c_void_p),
    "packed_dense_size": (c_int64, c_int64),
    "pack_dense": (c_void_p, c_int64, c_int64, c_void_p),
    "step": (c_int64, c_void_p, c_void_p, c_void_p, c_void_p),
}
_GIVES = {
    "packed_size": c_int64,
    "output_panels_size": c_int64,
    "packed_dense_size": c_int64,
    "clip_norm": c_double,
}
"""The functions that give a number; the others give nothing."""


class Kernels:
    """An opened library; raises OSError or AttributeError where the file is none of ours."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        self._functions: dict[tuple[str, torch.dtype], Any] = {}
        for name, arguments in _SIGNATURES.items():
            for dtype, suffix in SUFFIXES.items():
                function = library[f"{name}_{suffix}"]
                function.argtypes = arguments
                function.restype = _GIVES.get(name)
                self._functions[name, dtype] = function
        library.tiles_f32.restype = c_int64
        self.tiles = bool(library.tiles_f32())
        """Whether the processor's matrix unit may multiply."""
        self._draw = library.draw_f32
        self._draw.argtypes = (c_void_p, c_int64, c_double, c_double, c_void_p)
        self._draw.restype = c_int64

    def call(self, name: str, dtype: torch.dtype, *arguments: Any) -> Any:
        """Calls a function for a type."""
        return self._functions[name, dtype](*arguments)

    def takes_tiles(self, dtype: torch.dtype, *, asked: bool) -> bool:
        """Whether the matrix unit multiplies numbers of a type where a layout asks for it."""
        return asked and self.tiles and dtype == torch.float32

    def function(self, name: str, dtype: torch.dtype) -> Any:
        """A function for a type, for who calls it every few microseconds."""
        return self._functions[name, dtype]

    def drawing(self, logits: np.ndarray) -> Callable[[float, float], int]:
        """`draw(1 / temperature, uniform number)` from that memory `[V]` of float32, as it is when it is called."""
        sums = np.empty(len(logits))
        draw, where, size, room = self._draw, logits.ctypes.data, len(logits), sums.ctypes.data
        # The memory lives as long as the function does.
        return lambda colder, uniform, _kept=(logits, sums): draw(where, size, colder, uniform, room)


def at(tensor: Tensor | None) -> int | None:
    """Where a tensor's numbers begin; the kernels take them one after the other."""
    assert tensor is None or tensor.is_contiguous()
    return None if tensor is None else tensor.data_ptr()
