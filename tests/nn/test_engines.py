"""What `auto` means where nothing was measured."""

import pytest
import torch

from rnnlab.nn.engines import candidates
from rnnlab.nn.native.kernels import CELLS as KERNELS
from rnnlab.specs import ModelSpec

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(
    ("spec", "device", "engines"),
    [
        (ModelSpec(cell="gru"), CPU, ("fused",)),
        (ModelSpec(cell="rnn"), CPU, ("fused",)),
        (ModelSpec(cell="lstm"), CPU, ("fused", "torch")),
        (ModelSpec(cell="gru-simple"), CPU, ("fused",)),
        (ModelSpec(cell="gru-simple"), CUDA, ("scratch",)),
        (ModelSpec(cell="gru"), CUDA, ("torch",)),
        (ModelSpec(cell="gru", engine="scratch"), CUDA, ("scratch",)),
    ],
)
def test_the_likeliest_engine_comes_first(spec, device, engines):
    assert candidates(spec, device) == engines


@pytest.mark.usefixtures("native")
def test_a_cell_without_kernels_is_not_computed_by_them(monkeypatch):
    spec = ModelSpec(cell="gru")
    assert candidates(spec, CPU) == ("native", "fused")
    monkeypatch.delitem(KERNELS, "gru")
    assert candidates(spec, CPU) == ("fused",)
