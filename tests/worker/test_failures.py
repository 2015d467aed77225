"""What a worker makes of failures: one sentence each, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rnnlab.errors import RunError
from rnnlab.runs.paths import RunPaths
from rnnlab.worker.failures import device_lost, explain, wants_memory

from .processes import make_run


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RunError("the run is damaged"), "the run is damaged"),
        (
            RunError("it does not fit:\n\tsize mismatch\n\tof 4 pages" + " x" * 5000),
            "it does not fit: size mismatch of",
        ),
        (MemoryError(), "out of memory: start a run with a smaller batch"),
        (ValueError("first\nsecond"), "ValueError: first"),
        (KeyError(), "KeyError: "),
        (OSError("a\udcffb"), "OSError: a\\udcffb"),
        (RunError("cannot write /home/\udcff"), "cannot write /home/\\udcff"),
        (ValueError("x" * 5000), "ValueError: " + "x" * 200),
    ],
)
def test_a_failure_is_explained_in_one_sentence_that_can_be_written(error: Exception, sentence: str) -> None:
    said = explain(error, RunPaths(Path("/nowhere/at/all")))
    assert said.startswith(sentence)
    assert "\n" not in said
    assert len(said) <= 500
    said.encode()


def test_a_real_refusal_of_memory_is_told_with_what_did_not_fit(tmp_path: Path) -> None:
    paths = make_run(tmp_path, {"data.batch": 6, "model.layers": 2})
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 50, dtype=torch.uint8)
    said = explain(caught.value, paths)
    assert said.startswith("out of memory with batch 6 x steps 10 x hidden 12 x 2 layers: --set data.batch=3; fewer")
    # With a checkpoint there is something to go on from.
    paths.checkpoint(7).mkdir(parents=True)
    assert f"`rnnlab fork {paths.directory.name} --set data.batch=3` goes on" in explain(caught.value, paths)


@pytest.mark.parametrize(
    ("message", "memory", "lost"),
    [
        ("CUDA out of memory. Tried to allocate 20.00 MiB", True, False),
        ("CUDA error: out of memory", True, False),
        ("CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", True, False),
        ("CUDA error: unspecified launch failure", False, True),
        ("CUDA error: device-side assert triggered", False, True),
        ("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", False, True),
        ("shape mismatch", False, False),
    ],
)
def test_memory_that_is_short_and_a_device_that_is_lost_are_told_apart(message: str, memory: bool, lost: bool) -> None:
    error = RuntimeError(message)
    assert (wants_memory(error), device_lost(error)) == (memory, lost)
