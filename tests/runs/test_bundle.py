"""`run.rnnlab`: one plain safetensors file, and nothing that is not one is taken for it."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.errors import BadInput
from rnnlab.runs.bundle import MAX_TENSORS, open_bundle, pack

WEIGHTS = {"output.weight": np.arange(6, dtype="f4").reshape(2, 3), "output.bias": np.array([1.5, -2], dtype="f4")}
STATE = {
    "random.cpu": np.arange(5, dtype="u1"),
    "meter.line": np.array([1.0, 2.0]),
    "optimizer.mean": np.zeros(8, "f4"),
}
DOCUMENTS = {"manifest": b'{"version":1}', "vocabulary": b"{}", "journal": b"line\n"}
FILE = pack(safetensors.numpy.save(WEIGHTS), safetensors.numpy.save(STATE), DOCUMENTS)


def same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> bool:
    return set(found) == set(expected) and all(np.array_equal(found[n], expected[n]) for n in expected)


def test_what_was_packed_comes_out() -> None:
    opened = open_bundle(FILE)
    state = opened.state_file()
    assert state is not None
    assert same(safetensors.numpy.load(opened.weights_file()), WEIGHTS)
    assert same(safetensors.numpy.load(state), STATE)
    assert {name: opened.document(name) for name in DOCUMENTS} == DOCUMENTS


def test_any_tool_that_reads_safetensors_finds_the_weights() -> None:
    found = safetensors.numpy.load(FILE)
    assert same({name: found[name] for name in WEIGHTS}, WEIGHTS)


def test_state_may_be_left_out() -> None:
    assert open_bundle(pack(safetensors.numpy.save(WEIGHTS), None, DOCUMENTS)).state_file() is None


@given(st.data())
@settings(max_examples=300)
def test_a_changed_byte_or_a_cut_is_noticed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(FILE) - 1))
    if data.draw(st.booleans()):
        spoilt = FILE[:place]
    else:
        spoilt = FILE[:place] + bytes([FILE[place] ^ data.draw(st.integers(1, 255))]) + FILE[place + 1 :]
    try:
        opened = open_bundle(spoilt)
    except BadInput:
        return
    # A changed name, shape or type in the header may hold by itself: the weights are then no model's.
    assert {n: (t.shape, t.dtype) for n, t in opened.tensors.items()} != {
        n: (t.shape, t.dtype) for n, t in open_bundle(FILE).tensors.items()
    } or opened == open_bundle(FILE)


@given(st.binary(max_size=300))
def test_bytes_from_anywhere_are_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BadInput):
        open_bundle(data)
    with pytest.raises(BadInput):
        open_bundle((len(data)).to_bytes(8, "little") + data + FILE)


def rewritten(change: Callable[[dict[str, Any]], None]) -> bytes:
    """The file with its header changed."""
    length = int.from_bytes(FILE[:8], "little")
    header = json.loads(FILE[8 : 8 + length])
    change(header)
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + FILE[8 + length :]


def _set(name: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda header: header[name].update(values)


@pytest.mark.parametrize(
    "change",
    [
        _set("output.weight", shape=[10**12, 3]),
        _set("output.weight", shape=[0, 10**18]),
        _set("output.weight", shape=[-2, -3]),
        _set("output.weight", shape=[6, 1, 1, 1, 1]),
        _set("output.weight", shape=[1e3]),
        _set("output.weight", dtype="F8_E4M3"),
        _set("output.weight", data_offsets=[0, 10**18]),
        _set("output.weight", data_offsets=[-8, 16]),
        _set("output.bias", data_offsets=[4, 12]),
        _set("rnnlab.journal", dtype="F32", shape=[1]),
        lambda header: header.pop("rnnlab.journal"),
        lambda header: header.pop("output.bias"),
        lambda header: header.pop("__metadata__"),
        lambda header: header["__metadata__"].update(sha256="0" * 64),
        lambda header: header["__metadata__"].update(format="pt"),
        lambda header: header.update({"rnnlab.extra": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}),
        lambda header: header.update(
            {f"x{n}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for n in range(MAX_TENSORS)}
        ),
        lambda header: header.update({"x" * 300: {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}),
    ],
)
def test_a_header_that_is_out_of_bounds_is_refused_without_taking_memory(change: Callable) -> None:
    file = rewritten(change)
    tracemalloc.start()
    try:
        with pytest.raises(BadInput):
            open_bundle(file)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_a_header_that_is_too_long_or_too_deep_is_refused() -> None:
    for header in (b" " * (2 << 20), b'{"a":' + b"[" * 100_000, b'{"a":' * 100_000):
        with pytest.raises(BadInput):
            open_bundle(len(header).to_bytes(8, "little") + header)
