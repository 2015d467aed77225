"""Layouts: which there are for a model, and that all come to the same numbers."""

import pytest
import torch

from rnnlab.nn.by_hand import gradient_of
from rnnlab.nn.layouts import TILES_UNITS, UNITS, Reader, Work, layouts, pieces_of, usual_pieces, work_of
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import ModelSpec


def reader(cell="lstm", *, hidden=64, layers=1, width=28, tokens=True, dtype=torch.float32, threads=2):
    return Reader(cell, hidden, layers, width, tokens, dtype, threads)


@pytest.mark.parametrize(
    ("engine", "known", "whole", "expected"),
    [
        ("torch", reader(), True, ("",)),
        ("scratch", reader(), True, ("",)),
        ("native", reader(hidden=64), True, ("rows",)),
        ("native", reader(hidden=256), True, ("rows", "packed")),
        ("native", reader(hidden=512), True, ("rows", "packed", "units")),
        ("native", reader(hidden=1024), True, ("packed", "rows", "units")),
        ("native", reader(hidden=1024, threads=1), True, ("packed", "rows")),
        ("fused", reader("gru"), True, ("pieces-2", "pieces-1")),
        ("fused", reader("gru", hidden=63), True, ("pieces-1",)),
        ("fused", reader("gru", threads=1), True, ("pieces-1",)),
        ("fused", reader(), False, ("pieces-2", "pieces-1")),
        ("fused", reader(dtype=torch.float64), True, ("pieces-2", "pieces-1")),
        ("fused", reader(), True, ("whole", "pieces-2", "pieces-1")),
        ("fused", reader(width=1027, tokens=False), True, ("whole", "pieces-2", "pieces-1")),
        ("fused", reader(width=1027), True, ("pieces-2", "pieces-1", "whole")),
        ("fused", reader(width=1027, layers=2), True, ("whole-above", "pieces-2", "pieces-1", "whole")),
    ],
)
def test_the_layouts_of_a_model_begin_with_the_likeliest(engine, known, whole, expected):
    assert layouts(engine, known, whole=whole) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (reader(hidden=64), ("rows",)),
        (reader(hidden=256), ("tiles", "rows", "packed")),
        (reader(hidden=256, dtype=torch.float64), ("rows", "packed", "units")),
        (reader(hidden=1024), ("tiles", "tiles-units", "packed", "rows", "units")),
        (reader(hidden=1024, threads=1), ("tiles", "packed", "rows")),
    ],
)
def test_a_matrix_unit_is_the_likeliest_for_what_it_can_multiply(known, expected):
    assert layouts("native", known, tiles=True) == expected


@pytest.mark.parametrize(
    ("hidden", "threads", "expected"), [(256, 2, 2), (256, 3, 2), (60, 2, 1), (96, 8, 3), (1, 1, 1)]
)
def test_threads_share_the_units_evenly_and_enough_of_them(hidden, threads, expected):
    assert usual_pieces(hidden, threads) == expected


def test_what_is_no_layout_leaves_it_to_the_engine():
    assert pieces_of("whole") == pieces_of("") == 0
    assert work_of("") == work_of("whole") == Work(packs_from=4096, by_units=False, tiles=False)


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize(("hidden", "layers"), [(128, 1), (128, 2), (76, 1)])
@pytest.mark.parametrize("vocabulary", [5, 200])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("engine", ["fused", "native"])
def test_every_layout_comes_to_the_same_gradients(engine, cell, vocabulary, hidden, layers):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.manual_seed(1)
    model = LanguageModel(ModelSpec(cell=cell, hidden=hidden, layers=layers, dropout=0.0), vocabulary)
    x, y = torch.randint(vocabulary, (2, 7, 3))
    found = []
    layouts = [*model.layouts_of(engine), *([UNITS, TILES_UNITS] if engine == "native" else [])]
    for layout in layouts:
        model.use(engine, layout)
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, 7.0)
        loss, state = model.learn(x, y)
        found.append([loss, *state, *map(gradient_of, model.parameters())])
    torch.set_num_threads(before)
    assert len(found) > 1
    for other in found[1:]:
        for mine, theirs in zip(other, found[0], strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)
    if engine == "native":  # by vectors it adds in one order, and in one by tiles
        for tiles in (False, True):
            alike = [numbers for layout, numbers in zip(layouts, found, strict=True) if work_of(layout).tiles == tiles]
            assert all(torch.equal(a, b) for numbers in alike for a, b in zip(numbers, alike[0], strict=True))
