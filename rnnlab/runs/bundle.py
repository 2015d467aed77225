"""`run.rnnlab`: a run in one file, which is a plain safetensors file.

Any tool that reads safetensors finds the weights in it under the names that torch.nn gives them; beside them lie what
a resume needs (`state.…`) and, as tensors of bytes, JSON documents (`rnnlab.…`): what the run is, its vocabulary, its
journal. So there is one format and nothing to unpack: no archive whose names could leave a directory, no compression
that could swell, no pickle that could run. The header says where everything lies before anything is read; who opens a
stranger's file checks it (`open_bundle`), then the documents, then that the weights are those of the spec, and only
then takes them. It must not know where runs lie, nor torch.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping

import msgspec

from rnnlab.errors import BadInput
from rnnlab.runs.paths import MAX_VOCABULARY

MAX_BYTES = 8 << 30
MAX_HEADER = 1 << 20
MAX_TENSORS = 1000
MAX_DOCUMENTS = {"manifest": 1 << 20, "vocabulary": MAX_VOCABULARY, "journal": 1 << 30}
"""The documents that a bundle has, all of them, with the most bytes of each."""
_SIZES = {"F64": 8, "F32": 4, "I64": 8, "U8": 1}
_MAX_NAME = 200
_MAX_DIMENSION = 1 << 40
_DOCUMENT, _STATE = "rnnlab.", "state."


class Tensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of a safetensors header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class _Facts(msgspec.Struct, frozen=True):
    format: str = ""
    sha256: str = ""


class Bundle(msgspec.Struct, frozen=True):
    """A bundle whose header holds and whose bytes are those that were written."""

    data: bytes
    """Without the header."""
    tensors: dict[str, Tensor]

    def document(self, name: str) -> bytes:
        """One of MAX_DOCUMENTS."""
        return self._bytes(self.tensors[_DOCUMENT + name])

    def weights(self) -> dict[str, Tensor]:
        """The entries of the weights."""
        return {n: t for n, t in self.tensors.items() if not n.startswith((_DOCUMENT, _STATE))}

    def weights_file(self) -> bytes:
        """The weights as a safetensors file of their own."""
        return _join((name, tensor, self._bytes(tensor)) for name, tensor in self.weights().items())

    def state_file(self) -> bytes | None:
        """What a resume needs as a safetensors file, or None where it came without."""
        found = {n.removeprefix(_STATE): t for n, t in self.tensors.items() if n.startswith(_STATE)}
        return _join((name, tensor, self._bytes(tensor)) for name, tensor in found.items()) if found else None

    def _bytes(self, tensor: Tensor) -> bytes:
        begin, end = tensor.data_offsets
        return self.data[begin:end]


def pack(weights: bytes, state: bytes | None, documents: Mapping[str, bytes]) -> bytes:
    """The file of a run from two safetensors files, the second of which may be missing, and its documents."""
    parts = list(_parts(weights, ""))
    if state is not None:
        parts += _parts(state, _STATE)
    for name in MAX_DOCUMENTS:
        content = documents[name]
        parts.append((_DOCUMENT + name, Tensor("U8", (len(content),), (0, len(content))), content))
    return _join(parts, sealed=True)


def open_bundle(file: bytes) -> Bundle:
    """Check a file from anywhere against every bound; raises BadInput that says what is wrong with it."""
    if len(file) > MAX_BYTES:
        raise BadInput(f"the file has {len(file):,} bytes, more than any run that rnnlab exports")
    tensors, facts, begin = _read_header(file)
    if facts.format != "rnnlab":
        raise BadInput("the file holds tensors, but was not written by `rnnlab export`")
    data = file[begin:]
    _check_layout(tensors, len(data))
    if hashlib.sha256(data).hexdigest() != facts.sha256:
        raise _not_ours("its bytes are not those that were written: copy it again")
    documents = {name for name in tensors if name.startswith(_DOCUMENT)}
    if documents != {_DOCUMENT + name for name in MAX_DOCUMENTS}:
        raise _not_ours("it lacks a document, or has one too many")
    for name, most in MAX_DOCUMENTS.items():
        tensor = tensors[_DOCUMENT + name]
        if tensor.dtype != "U8" or tensor.data_offsets[1] - tensor.data_offsets[0] > most:
            raise _not_ours(f"its {name} is larger than any of ours")
    return Bundle(data, tensors)


def _read_header(file: bytes) -> tuple[dict[str, Tensor], _Facts, int]:
    length = int.from_bytes(file[:8], "little")
    if len(file) < 8 or not 2 <= length <= min(MAX_HEADER, len(file) - 8):
        raise BadInput("the file is not a run that was exported by rnnlab")
    try:
        raw = msgspec.json.decode(file[8 : 8 + length], type=dict[str, msgspec.Raw])
        facts = msgspec.json.decode(raw.pop("__metadata__", msgspec.Raw(b"{}")), type=_Facts)
        if len(raw) > MAX_TENSORS or any(len(name) > _MAX_NAME for name in raw):
            raise _not_ours("it has more tensors than any model of ours")
        tensors = {name: msgspec.json.decode(entry, type=Tensor) for name, entry in raw.items()}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadInput("the file is not a run that was exported by rnnlab") from None
    return tensors, facts, 8 + length


def _check_layout(tensors: Mapping[str, Tensor], size: int) -> None:
    """Every byte belongs to one tensor, whose shape and type take exactly as many."""
    place = 0
    for tensor in sorted(tensors.values(), key=lambda tensor: tensor.data_offsets):
        begin, end = tensor.data_offsets
        if tensor.dtype not in _SIZES or len(tensor.shape) > 4:
            raise _not_ours("a tensor is of a type that no run of ours has")
        if any(not 0 <= dimension <= _MAX_DIMENSION for dimension in tensor.shape):
            raise _not_ours("a tensor's shape is out of bounds")
        if begin != place or end - begin != math.prod(tensor.shape) * _SIZES[tensor.dtype]:
            raise _not_ours("its tensors overlap, leave holes, or are cut off")
        place = end
    if place != size:
        raise _not_ours("its tensors overlap, leave holes, or are cut off")


def _parts(file: bytes, prefix: str) -> Iterable[tuple[str, Tensor, bytes]]:
    """The tensors of a safetensors file of our own, in the order of their bytes."""
    tensors, _, start = _read_header(file)
    for name, tensor in sorted(tensors.items(), key=lambda item: item[1].data_offsets):
        begin, end = tensor.data_offsets
        yield prefix + name, tensor, file[start + begin : start + end]


def _join(parts: Iterable[tuple[str, Tensor, bytes]], *, sealed: bool = False) -> bytes:
    header: dict[str, object] = {}
    contents: list[bytes] = []
    place = 0
    for name, tensor, content in parts:
        header[name] = Tensor(tensor.dtype, tensor.shape, (place, place + len(content)))
        contents.append(content)
        place += len(content)
    data = b"".join(contents)
    if sealed:
        header["__metadata__"] = _Facts("rnnlab", hashlib.sha256(data).hexdigest())
    encoded = msgspec.json.encode(header)
    # Padded with spaces, as the format has it, so that the data begins at a multiple of 8.
    encoded += b" " * (-len(encoded) % 8)
    return len(encoded).to_bytes(8, "little") + encoded + data


def _not_ours(reason: str) -> BadInput:
    return BadInput(f"the file is damaged, or no run that rnnlab exported: {reason}")
