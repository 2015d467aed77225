"""The fused engine's backward is the derivative of its forward, and its buffers never mix two sequences."""

import pytest
import torch

from rnnlab.nn.cells import REGISTRY
from rnnlab.nn.cells.base import LayerWeights
from rnnlab.nn.fused import Pool, run_fused
from rnnlab.specs.cells import CELLS

FUSED = [name for name, cell in REGISTRY.items() if cell.fused]
STEPS, BATCH, HIDDEN, INPUTS = 3, 2, 4, 3


def tensors_of(cell, *, seed=0, embedded=True):
    torch.manual_seed(seed)
    rows = CELLS[cell].gates * HIDDEN
    shapes = [(rows, INPUTS), (rows, HIDDEN), (rows,), (rows,)] + [(BATCH, HIDDEN)] * CELLS[cell].states
    tensors = [torch.randn(shape, dtype=torch.float64).requires_grad_() for shape in shapes]
    if embedded:
        return torch.randn(STEPS, BATCH, INPUTS, dtype=torch.float64).requires_grad_(), *tensors
    return torch.randint(INPUTS, (STEPS, BATCH)), *tensors


def run(cell, pool, x, *tensors):
    out, end = run_fused(REGISTRY[cell], x, tensors[4:], LayerWeights(*tensors[:4]), pool)
    return out, *end


@pytest.mark.parametrize("embedded", [True, False])
@pytest.mark.parametrize("cell", FUSED)
def test_backward_is_the_derivative_of_forward(cell, embedded):
    pool = Pool()
    assert torch.autograd.gradcheck(lambda *tensors: run(cell, pool, *tensors), tensors_of(cell, embedded=embedded))


@pytest.mark.parametrize("cell", FUSED)
def test_sequences_that_are_under_way_at_once_do_not_disturb_each_other(cell):
    pool = Pool()
    first, second = tensors_of(cell, seed=1), tensors_of(cell, seed=2)
    alone = torch.autograd.grad(sum(part.sum() for part in run(cell, Pool(), *first)), first)
    ends = run(cell, pool, *first)
    values = [part.detach().clone() for part in ends]
    sum(part.sum() for part in run(cell, pool, *second)).backward()
    together = torch.autograd.grad(sum(part.sum() for part in ends), first)
    run(cell, pool, *second)
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(values, ends, strict=True)), "an output was written over"


@pytest.mark.parametrize("cell", FUSED)
def test_buffers_are_used_again_and_a_graph_that_lost_its_own_says_so(cell):
    pool, tensors = Pool(), tensors_of(cell)
    total = sum(part.sum() for part in run(cell, pool, *tensors))
    first = torch.autograd.grad(total, tensors, retain_graph=True)
    again = torch.autograd.grad(total, tensors, retain_graph=True)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    run(cell, pool, *tensors)
    with pytest.raises(RuntimeError, match="run forward again"):
        torch.autograd.grad(total, tensors)


def test_the_pool_lends_the_same_buffers_to_one_training_step_after_the_other():
    pool, tensors = Pool(), tensors_of("gru")
    places = set()
    for _ in range(4):
        total = sum(part.sum() for part in run("gru", pool, *tensors))
        total.backward()
        del total
        places |= {id(lent.buffers) for free in pool._free.values() for lent in free}
    assert len(places) == 2, "one set forward, one back"


@pytest.mark.parametrize("cell", FUSED)
def test_without_autograd_the_numbers_are_the_same(cell):
    tensors = tensors_of(cell)
    expected = run(cell, Pool(), *tensors)
    with torch.no_grad():
        actual = run(cell, Pool(), *tensors)
    assert all(torch.equal(a, b) for a, b in zip(actual, expected, strict=True))
    assert not any(part.requires_grad for part in actual)
