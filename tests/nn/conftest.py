"""Torch on one thread: these models are small, and the machine is shared. The native kernels, built once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from rnnlab.nn.layouts import Work
from rnnlab.nn.native import finding
from rnnlab.nn.native.building import NO_COMPILER, Workshop
from rnnlab.nn.native.finding import Found
from rnnlab.nn.native.kernels import Kernels

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def workshop(request: pytest.FixtureRequest) -> Workshop:
    """A workshop with the kernels built, in pytest's own cache: once, until the sources change."""
    assert request.config.cache is not None
    workshop = Workshop(Path(request.config.cache.mkdir("kernels")))
    if workshop.compiler is None:
        pytest.skip(NO_COMPILER)
    begun = time.monotonic()
    assert workshop.build() == ""
    print(f"the kernels were built in {time.monotonic() - begun:.1f} s")
    return workshop


@pytest.fixture(scope="session")
def kernels(workshop: Workshop) -> Kernels:
    return Kernels(workshop.library)


@pytest.fixture
def tiles(kernels: Kernels) -> Work:
    """To work with the matrix unit, where there is one."""
    if not kernels.tiles:
        pytest.skip("this processor has no matrix unit for bfloat16, or the compiler does not know it")
    return Work(tiles=True)


@pytest.fixture(scope="module")
def native(request: pytest.FixtureRequest) -> Iterator[None]:
    """The native engine as a machine has it that built it; as one without a compiler has it where there is none."""
    before = finding._found
    if Workshop(Path()).compiler is None:
        finding._found = Found(None, "unusable", NO_COMPILER)
    else:
        finding._found = Found(request.getfixturevalue("kernels"), "ready")
    yield
    finding._found = before
