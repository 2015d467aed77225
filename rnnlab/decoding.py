"""`decode`: JSON into a known type, from any thread.

msgspec learns a type when it first meets it, and keeps it where others find it before it is whole: a thread that comes
meanwhile ends the process (a segmentation fault in 0.22, where one type holds another). Here one learns at a time. It
must not know any type.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_learning = Lock()
_decoders: dict[object, msgspec.json.Decoder[Any]] = {}


def decode(data: bytes, kind: type[T]) -> T:
    """The value; raises what msgspec raises where the data is none of that type."""
    decoder = _decoders.get(kind)
    if decoder is None:
        with _learning:
            decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder.decode(data)
