"""What is said of a device before there is a run: only what is certain."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rnnlab.errors import SpecError
from rnnlab.hosts.creation import create_run
from rnnlab.hosts.devices import check_device
from rnnlab.runs.paths import HomePaths
from rnnlab.text.corpus import Corpus

from .live import small

CPU_BUILD, CUDA_BUILD, PLAIN = "2.13.0+cpu", "2.13.0+cu130", "2.13.0"


@pytest.mark.parametrize(
    ("device", "system", "torch"), [("mps", "Linux", PLAIN), ("cuda", "Darwin", PLAIN), ("cuda", "Linux", CPU_BUILD)]
)
def test_a_device_that_no_torch_here_can_have_is_refused(device: str, system: str, torch: str) -> None:
    with pytest.raises(SpecError, match="set device to auto") as refused:
        check_device(device, system=system, torch=torch)
    assert refused.value.field == "train.device"


@pytest.mark.parametrize(
    ("device", "system", "torch"),
    [
        ("auto", "Linux", CPU_BUILD),
        ("cpu", "Darwin", PLAIN),
        ("mps", "Darwin", PLAIN),
        ("cuda", "Linux", PLAIN),
        ("cuda", "Linux", CUDA_BUILD),
    ],
)
def test_what_may_be_there_is_left_to_the_worker_to_find_out(device: str, system: str, torch: str) -> None:
    check_device(device, system=system, torch=torch)


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac may have it")
def test_a_run_for_a_device_that_cannot_be_here_is_not_made(home: Path, corpus: Path) -> None:
    spec = small(corpus).replace({"train.device": "mps"})
    with pytest.raises(SpecError, match="mps is the GPU of a Mac"):
        create_run(HomePaths(home), spec, Corpus.open(str(corpus)), "main", now=1.0, taken=())
    assert not list(home.glob("sessions/*/runs/*"))
