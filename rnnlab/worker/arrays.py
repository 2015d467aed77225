"""Weights out of a safetensors file as numpy's arrays, checked before anything is made. It must not know torch."""

from __future__ import annotations

import json
import struct

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from rnnlab.errors import CheckpointError

_MAX_HEADER = 1 << 20
_MAX_TENSORS = 1000
BROKEN = (SafetensorError, struct.error, KeyError, TypeError, ValueError, RecursionError)
"""What reading a file that is none of ours may end in."""


def check_header(data: bytes) -> None:
    """Raises CheckpointError where a file's header is larger than any of ours, one of BROKEN where it is none."""
    (header,) = struct.unpack("<Q", data[:8])
    if header > _MAX_HEADER or len(json.loads(data[8 : 8 + header])) > _MAX_TENSORS:
        raise CheckpointError("a checkpoint's header is larger than any that rnnlab writes")


def arrays_of(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file; raises CheckpointError where it is not one or too large to be ours."""
    try:
        check_header(data)
        return safetensors.numpy.load(data)
    except BROKEN as error:
        raise CheckpointError(f"a checkpoint's tensors do not read: {error}") from None
