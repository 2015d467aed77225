"""What `auto` means where nothing was measured."""

import pytest
import torch

from rnnlab.nn.engines import candidates
from rnnlab.specs import ModelSpec

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(
    ("spec", "vocabulary", "device", "engines"),
    [
        (ModelSpec(cell="gru"), 28, CPU, ("fused",)),
        (ModelSpec(cell="rnn"), 5000, CPU, ("fused",)),
        (ModelSpec(cell="lstm"), 28, CPU, ("torch", "fused")),
        (ModelSpec(cell="lstm"), 1027, CPU, ("fused", "torch")),
        (ModelSpec(cell="lstm", embedding=64), 1027, CPU, ("torch", "fused")),
        (ModelSpec(cell="gru-simple"), 28, CPU, ("fused",)),
        (ModelSpec(cell="gru-simple"), 28, CUDA, ("scratch",)),
        (ModelSpec(cell="gru"), 28, CUDA, ("torch",)),
        (ModelSpec(cell="gru", engine="scratch"), 28, CUDA, ("scratch",)),
    ],
)
def test_the_likeliest_engine_comes_first(spec, vocabulary, device, engines):
    assert candidates(spec, vocabulary, device) == engines
