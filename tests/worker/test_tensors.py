"""Snapshots on the disk: safetensors that are ours, and nothing else."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch

from rnnlab.errors import CheckpointError
from rnnlab.runs import checkpoints
from rnnlab.runs.paths import STATE, WEIGHTS, RunPaths
from rnnlab.training.snapshot import Snapshot
from rnnlab.worker import tensors
from rnnlab.worker.tensors import Kept, load, load_newest, tensors_of


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    return RunPaths(tmp_path / "gru-8-shy-owl")


def kept(step: int) -> Kept:
    snapshot = Snapshot(
        weights={"output.weight": torch.full((3, 2), float(step)), "output.bias": torch.zeros(3)},
        tensors={"random.cpu": torch.get_rng_state(), "meter.line": torch.ones(4).double(), "count": torch.tensor(7.0)},
        document={"progress": {"step": step, "best": None}, "changes": {}},
    )
    return Kept(snapshot=snapshot, step=step, epoch=1, split="train", perplexity=3.5)


def test_a_snapshot_is_read_as_it_was_kept(run: RunPaths) -> None:
    one = kept(5)
    tensors.save(run, one)
    back = load(run, 5)
    assert back.document == one.snapshot.document
    for ours, theirs in ((one.snapshot.weights, back.weights), (one.snapshot.tensors, back.tensors)):
        assert set(ours) == set(theirs)
        for name, tensor in ours.items():
            assert theirs[name].dtype == tensor.dtype
            assert torch.equal(theirs[name], tensor)
    assert checkpoints.read_manifest(run, 5).perplexity == 3.5


def test_the_newest_whole_one_is_loaded_and_damage_is_told(run: RunPaths, capsys: pytest.CaptureFixture[str]) -> None:
    assert load_newest(run) is None
    for step in (5, 6, 7):
        tensors.save(run, kept(step))
    (run.checkpoint(7) / STATE).write_bytes(b"")
    (run.checkpoint(6) / WEIGHTS).unlink()
    newest = load_newest(run)
    assert newest is not None
    assert newest.document["progress"]["step"] == 5
    assert capsys.readouterr().out.count("is damaged") == 2


def test_where_none_is_whole_there_is_a_sentence_and_not_a_new_beginning(run: RunPaths) -> None:
    tensors.save(run, kept(5))
    (run.checkpoint(5) / WEIGHTS).write_bytes(b"")
    with pytest.raises(CheckpointError, match="start a new run from its spec"):
        load_newest(run)


def test_no_pickle_is_on_the_disk(run: RunPaths) -> None:
    tensors.save(run, kept(5))
    for path in run.checkpoint(5).iterdir():
        data = path.read_bytes()
        assert not data.startswith((b"\x80", b"PK"))
        assert data[:1] == b"{" or len(data) > 8 + struct.unpack("<Q", data[:8])[0]


def file(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def entry(shape: list[int], begin: int, end: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


HOSTILE = {
    "nothing": b"",
    "a pickle": b"\x80\x04\x95",
    "no header": struct.pack("<Q", 100),
    "a header beyond the file": struct.pack("<Q", 2**63),
    "a long header": file(b" " * (2 << 20)),
    "no object": file(b"3"),
    "null": file(b"null"),
    "a list": file([1, 2]),
    "no json": file(b"\xff\xfe"),
    "deep": file(b"[" * 200_000),
    "deep objects": file(b'{"a":' * 100_000),
    "many tensors": file({f"t{n}": entry([0], 0, 0) for n in range(5000)}),
    "an endless shape": file({"t": entry([2**40, 2**40], 0, 4)}, b"1234"),
    "beyond its end": file({"t": entry([4], 0, 16)}, b"1234"),
    "over each other": file({"a": entry([1], 0, 4), "b": entry([1], 0, 4)}, b"1234"),
    "a negative shape": file({"t": entry([-1], 0, 4)}, b"1234"),
    "an unknown type": file({"t": entry([1], 0, 4, "F1024")}, b"1234"),
    "a gap": file({"t": entry([1], 4, 8)}, b"12345678"),
    "too much": file({"t": entry([1], 0, 4)}, b"12345678"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_strangers_file_is_refused_soon_and_in_a_sentence(data: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(CheckpointError):
        tensors_of(data)
    assert time.process_time() - begun < 2


def test_tensors_are_read_from_bytes() -> None:
    found = tensors_of(safetensors.torch.save({"a": torch.ones(2, 3)}))
    assert torch.equal(found["a"], torch.ones(2, 3))
