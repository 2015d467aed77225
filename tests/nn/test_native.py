"""The native engine: built once and aside, kept with its reason where that fails, and used only where it agrees."""

from __future__ import annotations

import ctypes
import itertools
import os
import sys
import threading
from pathlib import Path

import msgspec
import pytest
import torch
import torch.nn.functional as F

from rnnlab.nn.by_hand import gradient_of
from rnnlab.nn.cells import REGISTRY
from rnnlab.nn.cells.base import LayerWeights
from rnnlab.nn.fused import Pool, run_fused
from rnnlab.nn.loss import OutputLoss
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.native import building, checking, finding
from rnnlab.nn.native.building import NO_COMPILER, Workshop
from rnnlab.nn.native.finding import Found
from rnnlab.nn.native.kernels import CELLS, Kernels, Sequence
from rnnlab.nn.native.layer import run_native
from rnnlab.settings import NATIVE_VARIABLE
from rnnlab.specs import ModelSpec, RunSpec
from rnnlab.specs.cells import CELLS as LINES
from rnnlab.text.corpus import Corpus
from rnnlab.training.pace import Pace
from rnnlab.training.trainer import Trainer

STEPS, BATCH, INPUTS = 4, 5, 6


def tensors_of(cell: str, hidden: int, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(hidden)
    rows = CELLS[cell].gates * hidden
    shapes = [(rows, INPUTS), (rows, hidden), (rows,), (rows,)] + [(BATCH, hidden)] * REGISTRY[cell].states
    return tuple((torch.randn(shape, dtype=dtype) / 2).requires_grad_() for shape in shapes)


def gradients(run, cell: str, tensors: tuple[torch.Tensor, ...], *rest: object) -> list[torch.Tensor]:
    ids = torch.arange(STEPS * BATCH).view(STEPS, BATCH) % INPUTS
    out, end = run(REGISTRY[cell], ids, tensors[4:], LayerWeights(*tensors[:4]), *rest)
    return [out, *end, *torch.autograd.grad((out.square().sum(), *(part.sum() for part in end)), tensors)]


@pytest.mark.parametrize("hidden", [1, 7, 33, 64])
@pytest.mark.parametrize("cell", CELLS)
def test_in_float32_it_differs_from_the_fused_engine_by_rounding_alone(
    kernels: Kernels, cell: str, hidden: int
) -> None:
    tensors = tensors_of(cell, hidden, torch.float32)
    before = [tensor.detach().clone() for tensor in tensors]
    expected = gradients(run_fused, cell, tensors, Pool())
    for actual, wanted in zip(gradients(run_native, cell, tensors, kernels, Pool()), expected, strict=True):
        torch.testing.assert_close(actual, wanted, rtol=0, atol=2e-5 * max(1.0, float(wanted.detach().abs().max())))
    assert all(torch.equal(tensor, same) for tensor, same in zip(tensors, before, strict=True))


@pytest.mark.parametrize("cell", CELLS)
def test_the_number_of_threads_changes_no_bit(kernels: Kernels, cell: str) -> None:
    found = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        try:
            found.append(gradients(run_native, cell, tensors_of(cell, 33, torch.float32), kernels, Pool()))
        finally:
            torch.set_num_threads(1)
    for other in found[1:]:
        assert all(torch.equal(mine, theirs) for mine, theirs in zip(found[0], other, strict=True))


def test_nor_where_threads_share_the_columns_of_a_gradient_because_its_rows_are_few(kernels: Kernels) -> None:
    found = []
    for threads in (1, 2, 3):
        torch.manual_seed(1)
        hidden, weight, bias = (torch.randn(shape).requires_grad_() for shape in [(400, 200), (14, 200), (14,)])
        torch.set_num_threads(threads)
        try:
            loss = OutputLoss()(hidden, weight, bias, torch.arange(400) % 14, kernels=kernels)
            found.append([loss, *torch.autograd.grad(loss, (hidden, weight, bias))])
        finally:
            torch.set_num_threads(1)
    for other in found[1:]:
        assert all(torch.equal(mine, theirs) for mine, theirs in zip(found[0], other, strict=True))


@pytest.mark.parametrize("inputs", ["ids", "numbers"])
@pytest.mark.parametrize(("cell", "hidden"), [("gru", 71), ("lstm", 71), ("rnn", 515)])
def test_more_tokens_and_units_than_are_summed_at_once_come_to_the_same(
    kernels: Kernels, cell: str, hidden: int, inputs: str
) -> None:
    """With 515 units in float64, rows are so long that they are packed."""
    # Larger weights would make chaos of rounding.
    tensors = [(t.detach() * 2 / hidden**0.5).requires_grad_() for t in tensors_of(cell, hidden, torch.float64)]
    state, weights = tuple(part.repeat(2, 1)[:9] for part in tensors[4:]), LayerWeights(*tensors[:4])
    ids = torch.arange(40 * 9).view(40, 9) % INPUTS
    x = ids if inputs == "ids" else (ids.unsqueeze(-1) * torch.linspace(-1, 1, INPUTS, dtype=torch.float64)).sin()
    out, _ = run_native(REGISTRY[cell], x, state, weights, kernels, Pool())
    wanted, _ = run_fused(REGISTRY[cell], x, state, weights, Pool())
    torch.testing.assert_close(out, wanted, rtol=0, atol=1e-12)
    for mine, theirs in zip(*(torch.autograd.grad(o.square().sum(), tensors) for o in (out, wanted)), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-10 * float(theirs.abs().max()))


# Tiles: the matrix unit, where there is one.


def model_of(cell: str, hidden: int = 130, layers: int = 2, vocabulary: int = 40, *, dtype=torch.float32):
    torch.manual_seed(1)
    spec = ModelSpec(cell=cell, hidden=hidden, layers=layers, dropout=0.0, init="normal", init_std=0.1)
    return LanguageModel(spec, vocabulary).to(dtype)


def learnt(model: LanguageModel, layout: str, batch: int = 21, threads: int = 1) -> list[torch.Tensor]:
    """The loss, the state and all gradients after a batch by the native engine."""
    x, y = torch.randint(model.vocabulary, (2, 37, batch), generator=torch.Generator().manual_seed(2))
    model.use("native", layout)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    torch.set_num_threads(threads)
    try:
        loss, state = model.learn(x, y)
    finally:
        torch.set_num_threads(1)
    return [loss, *state, *(gradient_of(parameter).clone() for parameter in model.parameters())]


@pytest.mark.usefixtures("native", "tiles")
@pytest.mark.parametrize("cell", CELLS)
def test_tiles_are_as_exact_as_vectors(cell: str) -> None:
    """Each number of 24 bits is taken apart into three of 8, of which the least would be missed most."""
    exact = learnt(model_of(cell, dtype=torch.float64), "rows")
    for vectors, tiles, true in zip(
        learnt(model_of(cell), "rows"), learnt(model_of(cell), "tiles"), exact, strict=True
    ):
        far = [float((found.double() - true).norm() / true.norm()) for found in (vectors, tiles)]
        assert far[1] <= 2 * far[0] + 1e-7, far


@pytest.mark.usefixtures("native", "tiles")
@pytest.mark.parametrize("batch", [5, 21, 48, 70])
def test_with_tiles_the_number_of_threads_and_what_they_share_change_no_bit(batch: int) -> None:
    model = model_of("gru")
    first = learnt(model, "tiles", batch)
    for threads, layout in [(2, "tiles"), (3, "tiles"), (2, "tiles-units"), (3, "tiles-units")]:
        other = learnt(model, layout, batch, threads)
        assert all(torch.equal(mine, theirs) for mine, theirs in zip(first, other, strict=True)), (threads, layout)


@pytest.mark.usefixtures("native", "tiles")
@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_none_after_tiles(number: float) -> None:
    model = model_of("rnn", layers=1)
    with torch.no_grad():
        model.recurrent.weights()[0][0].w_hh[3, 5] = number
        model.recurrent.weights()[0][0].b_ih[:] = 1.0
    assert not learnt(model, "tiles")[0].isfinite()


@pytest.mark.usefixtures("native")
def test_where_there_is_no_matrix_unit_vectors_take_its_place(
    kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "tiles", False)
    model = model_of("lstm")
    assert model.layouts_of("native") == ("rows", "packed")
    for mine, theirs in zip(learnt(model, "tiles"), learnt(model, "rows"), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.usefixtures("native", "tiles")
def test_numbers_of_64_bits_are_no_matter_of_tiles() -> None:
    model = model_of("lstm", dtype=torch.float64)
    assert "tiles" not in model.layouts_of("native")
    for mine, theirs in zip(learnt(model, "tiles"), learnt(model, "rows"), strict=True):
        assert torch.equal(mine, theirs)


def test_a_graph_goes_back_once(kernels: Kernels) -> None:
    """The gates' gradients took the place of what it would begin from."""
    ids, tensors = torch.zeros(STEPS, BATCH, dtype=torch.int64), tensors_of("gru", 7, torch.float32)
    out, _ = run_native(REGISTRY["gru"], ids, tensors[4:], LayerWeights(*tensors[:4]), kernels, Pool())
    torch.autograd.grad(out.sum(), tensors, retain_graph=True)
    with pytest.raises(RuntimeError, match="run forward again"):
        torch.autograd.grad(out.sum(), tensors)


def test_sequences_that_are_under_way_at_once_do_not_disturb_each_other(kernels: Kernels) -> None:
    ids, pool = torch.zeros(STEPS, BATCH, dtype=torch.int64), Pool()
    first, second = tensors_of("lstm", 7, torch.float64), tensors_of("lstm", 7, torch.float64)
    begin = [run_native(REGISTRY["lstm"], ids, t[4:], LayerWeights(*t[:4]), kernels, pool) for t in (first, second)]
    together = torch.autograd.grad(begin[0][0].sum(), first)
    alone = torch.autograd.grad(
        run_native(REGISTRY["lstm"], ids, first[4:], LayerWeights(*first[:4]), kernels, Pool())[0].sum(), first
    )
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))
    loss = begin[1][0].sum()
    torch.autograd.grad(loss, second, retain_graph=True)
    kept = run_native(REGISTRY["lstm"], ids, first[4:], LayerWeights(*first[:4]), kernels, pool)
    assert kept[0].requires_grad
    with pytest.raises(RuntimeError, match="run forward again"):
        torch.autograd.grad(loss, second)


# Rows that end with a vector, beside one, and between: of one vector, of some that stay in registers, and of more.
@pytest.mark.parametrize("vocabulary", [1, 3, 4, 7, 8, 9, 15, 16, 17, 28, 33, 63, 64, 65, 100, 127, 128, 129, 200])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_loss_and_its_gradients_are_those_of_the_cross_entropy(
    kernels: Kernels, vocabulary: int, dtype: torch.dtype
) -> None:
    torch.manual_seed(vocabulary)
    hidden, weight, bias = (
        (3 * torch.randn(shape, dtype=dtype)).requires_grad_() for shape in [(9, 4), (vocabulary, 4), (vocabulary,)]
    )
    targets = torch.randint(vocabulary, (9,))
    expected = F.cross_entropy(F.linear(hidden, weight, bias), targets)
    actual = OutputLoss()(hidden, weight, bias, targets, kernels=kernels)
    relative, absolute = (1e-5, 1e-5) if dtype == torch.float32 else (1e-10, 1e-13)
    torch.testing.assert_close(actual, expected, rtol=relative, atol=absolute)
    for mine, theirs in zip(
        torch.autograd.grad(actual, (hidden, weight, bias)),
        torch.autograd.grad(expected, (hidden, weight, bias)),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=relative, atol=absolute)


def test_logits_that_are_no_numbers_make_a_loss_that_is_none(kernels: Kernels) -> None:
    for poison in (0.0, float("nan"), float("inf")):
        bias = torch.zeros(20).index_fill_(0, torch.tensor(17), poison).requires_grad_()
        loss = OutputLoss()(torch.ones(2, 3), torch.ones(20, 3), bias, torch.tensor([0, 3]), kernels)
        assert loss.isfinite() == (poison == 0)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("layout", ["rows", "tiles"])
def test_a_training_that_was_taken_apart_goes_on_bit_for_bit(
    native: None, kernels: Kernels, threads: int, layout: str
) -> None:
    """With the engine, the threads and the layout that its snapshot names."""
    changes = {"model.cell": "lstm", "model.hidden": 33, "model.layers": 2, "data.batch": 5, "data.steps": 7}
    wanted = {"train.threads": threads, "train.max_steps": 12, "train.epochs": 9, "train.sample_length": 3}
    spec = RunSpec().replace({**changes, **wanted, "model.dropout": 0.2})
    corpus = Corpus.from_text("the tide turns and the clock turns with it; " * 20, spec.data)
    try:
        whole = Trainer(spec, corpus, pace=Pace("native", threads, layout))
        assert whole.model.engine == "native"
        halves = itertools.takewhile(lambda _: whole.progress.step < 6, whole.steps())
        assert list(halves)
        snapshot = whole.snapshot()
        rest = Trainer(spec, corpus, pace=msgspec.convert(snapshot.document, Pace))
        rest.restore(snapshot)
        assert [*rest.run()][-1].step == 12
        uncut = Trainer(spec, corpus, pace=Pace("native", threads, layout))
        assert [*uncut.run()][-1].step == 12
    finally:
        torch.set_num_threads(1)
    for name, weight in uncut.model.state_dict().items():
        assert torch.equal(weight, rest.model.state_dict()[name]), name


# Building.


def script(directory: Path, text: str) -> Workshop:
    """A workshop whose only compiler is a script of Python, which finds its arguments in `sys.argv`."""
    directory.mkdir(parents=True)
    compiler = directory / "c++"
    compiler.write_text(
        f"#!{sys.executable} -IS\nimport sys, os, shutil\nout = sys.argv[sys.argv.index('-o') + 1]\n{text}"
    )
    compiler.chmod(0o755)
    return Workshop(directory / "kernels")


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one directory of the PATH."""
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def test_without_a_compiler_that_is_the_reason(only: Path, tmp_path: Path) -> None:
    assert Workshop(tmp_path / "kernels").build() == NO_COMPILER
    assert not (tmp_path / "kernels").exists()


def test_a_compiler_in_the_current_directory_is_none(
    only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "here", "")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{only}")
    assert Workshop(tmp_path / "kernels").compiler is None


def test_a_build_that_fails_is_remembered_with_its_reason(only: Path) -> None:
    workshop = script(only, "sys.exit('kernels.cpp:3: error: no such header')")
    assert workshop.build() == "c++: kernels.cpp:3: error: no such header"
    assert Workshop(workshop.directory).failure == "c++: kernels.cpp:3: error: no such header"
    assert not workshop.library.exists()
    assert not [path for path in workshop.directory.iterdir() if path.is_dir()], "nothing half made is left"


def test_a_compiler_that_has_no_time_is_asked_again(only: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_PATIENCE", 0.01)
    workshop = script(only, "__import__('signal').pause()")
    assert workshop.build() == "c++ had no time to end"
    assert workshop.failure == ""
    assert not [path for path in workshop.directory.iterdir() if path.is_dir()], "nothing half made is left"


def test_a_library_that_cannot_be_opened_is_not_kept(only: Path) -> None:
    workshop = script(only, "open(out, 'w').write('nothing')")
    assert "kernels.so" in workshop.build()
    assert not workshop.library.exists()


def test_two_who_build_at_once_build_once(workshop: Workshop, only: Path) -> None:
    calls = only.parent / "calls"
    text = f"os.write(os.open({str(calls)!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT), b'x')\n"
    mine = script(only, f"{text}shutil.copy({str(workshop.library)!r}, out)")
    reasons: list[str] = []
    builders = [threading.Thread(target=lambda: reasons.append(Workshop(mine.directory).build())) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert reasons == ["", ""]
    assert calls.read_bytes() == b"x"
    assert mine.library.exists()
    assert mine.directory.stat().st_mode & 0o777 == 0o700


def test_the_key_changes_with_the_compiler_and_the_sources(
    only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = script(only, "")
    first = workshop.library
    (only / "c++").write_text("another")
    second = Workshop(workshop.directory).library
    monkeypatch.setattr("rnnlab.nn.native.building.SOURCE", only)
    assert len({first, second, Workshop(workshop.directory).library}) == 3


@pytest.mark.parametrize("why", ["a compiler does not know it", "what it made does not compute"])
def test_where_the_matrix_unit_comes_to_nothing_kernels_are_built_without(
    workshop: Workshop, only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.setattr(building, "_PROCESSOR", tmp_path / "cpuinfo")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    (tmp_path / "cpuinfo").write_text("processor: 0\nflags\t\t: fpu amx_bf16 amx_tile\n")
    bad = "sys.exit('error: no such option')" if "know" in why else "open(out, 'w').write('nothing')"
    good = f"shutil.copy({str(workshop.library)!r}, out)"
    mine = script(only, f"if '-mamx-bf16' in sys.argv:\n    {bad}\nelse:\n    {good}")
    assert mine.build() == ""
    assert mine.library.read_bytes() == workshop.library.read_bytes()


def test_the_key_changes_with_the_matrix_unit(only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_PROCESSOR", tmp_path / "cpuinfo")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    workshop, keys = script(only, ""), set()
    for flags in ("flags: fpu amx_bf16", "flags: fpu", "processor: amx_bf16"):
        (tmp_path / "cpuinfo").write_text(flags)
        keys.add(Workshop(workshop.directory).library)
    assert len(keys) == 2


class Wrong(Kernels):
    """Kernels whose backward is off in one number."""

    def call(self, name, dtype, *arguments):
        given = super().call(name, dtype, *arguments)
        if name == "backward" and dtype == torch.float32:
            sequence = Sequence.from_address(arguments[1])
            ctypes.cast(sequence.d_b_ih, ctypes.POINTER(ctypes.c_float))[0] += 0.5
        return given


def test_kernels_that_disagree_with_the_fused_engine_are_found_out(workshop: Workshop) -> None:
    assert checking.disagreement(Kernels(workshop.library)) == ""
    assert "rnn with 1 units in torch.float32 differs from the fused engine" in checking.disagreement(
        Wrong(workshop.library)
    )


class WronglyMoving(Kernels):
    """Kernels whose clip leaves the gradient as it is."""

    def call(self, name, dtype, *arguments):
        return 1.0 if name == "clip_norm" else super().call(name, dtype, *arguments)


def test_kernels_that_move_otherwise_than_torch_are_found_out(workshop: Workshop) -> None:
    assert "Adam's move in torch.float32 differs" in checking.disagreement(WronglyMoving(workshop.library))


# Finding.


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch, workshop: Workshop) -> Path:
    """A process that has not looked yet, and the cache in which there are kernels."""
    monkeypatch.setattr(finding, "_found", None)
    monkeypatch.setattr(finding, "_cache", None)
    monkeypatch.delenv(NATIVE_VARIABLE, raising=False)
    monkeypatch.setattr(finding, "FOLDER", workshop.directory.name)
    return workshop.directory.parent


def test_what_was_built_is_found_and_computes(looked: Path) -> None:
    finding.look_in(looked)
    assert finding.found().state == "ready"
    model = LanguageModel(ModelSpec(cell="gru", hidden=8), 5)
    assert model.engine == "native"
    model.loss(*torch.randint(5, (2, 3, 2)))[0].backward()
    assert model.output.weight.grad is not None


def test_what_others_could_have_written_is_not_opened(looked: Path, workshop: Workshop) -> None:
    finding.look_in(looked)
    library = workshop.library
    library.chmod(0o777)
    try:
        assert finding.found().state == "unusable"
        assert "could be written by others" in finding.found().reason
    finally:
        library.chmod(0o700)
    assert finding.found(again=True).state == "ready"


def test_where_it_is_not_there_the_fused_engine_takes_its_place(looked: Path, tmp_path: Path) -> None:
    finding.look_in(tmp_path)
    assert (finding.found().state, finding.found().reason) == ("missing", "it was not built yet")
    assert LanguageModel(ModelSpec(cell="gru", hidden=8, engine="native"), 5).engine == "fused"


def test_the_setting_turns_it_off(looked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NATIVE_VARIABLE, "off")
    finding.look_in(looked)
    assert finding.found() == Found(None, "unusable", "RNNLAB_NATIVE is off")


def test_someone_elses_build_is_seen(looked: Path, tmp_path: Path) -> None:
    finding.look_in(tmp_path)
    place = finding.workshop()
    place.directory.mkdir()
    with place._alone():
        assert finding.found().state == "building"
    assert finding.found(again=True).state == "missing"


def test_every_cell_with_kernels_says_so_in_its_line() -> None:
    for name, line in LINES.items():
        assert ("native" in line.engines) == (name in CELLS)
        if name in CELLS:
            assert (line.gates, line.states) == (CELLS[name].gates, 1 + CELLS[name].memory)
    assert [cell.number for cell in CELLS.values()] == list(itertools.islice(itertools.count(), len(CELLS)))
