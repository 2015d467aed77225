"""Engine and threads: what was asked for, what the run had, or what is fastest, measured once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
import torch

from rnnlab.errors import SpecError
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.native import finding
from rnnlab.nn.native.finding import Found
from rnnlab.settings import MEASURE_VARIABLE
from rnnlab.specs import RunSpec
from rnnlab.training import pace as paces
from rnnlab.training.pace import FRESH, Pace, fastest, settle

IDS = torch.arange(400) % 5


@pytest.fixture(autouse=True)
def same_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Measuring is on; gives the engines that were tried, in order."""
    monkeypatch.delenv(MEASURE_VARIABLE)
    monkeypatch.setattr(paces, "threads_here", lambda: [1, 2])
    tried: list[str] = []
    monkeypatch.setattr(paces, "_time", lambda step, pace: tried.append(pace.engine) or step(pace) or pace.threads)
    return tried


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_found", Found(None, "unusable", "the compiler broke"))


def test_what_a_spec_asks_for_is_taken(spec: RunSpec, measuring: list[str]) -> None:
    asked = spec.replace({"model.engine": "scratch", "train.threads": 2})
    assert settle(asked, 5, IDS, FRESH, None) == Pace("scratch", 2)
    assert torch.get_num_threads() == 2
    assert not measuring


def test_what_the_run_had_before_comes_before_what_might_be_faster(spec: RunSpec, measuring: list[str]) -> None:
    open_spec = spec.replace({"model.cell": "lstm", "train.threads": 0})
    assert settle(open_spec, 5, IDS, Pace("fused", 2), None) == Pace("fused", 2)
    assert not measuring


def test_the_fastest_is_found_by_trying_and_remembered(spec: RunSpec, measuring: list[str], tmp_path: Path) -> None:
    open_spec = spec.replace({"model.cell": "lstm", "train.threads": 0})
    found = settle(open_spec, 5, IDS, FRESH, tmp_path)
    assert found.threads == 1
    assert set(measuring) == {"torch", "fused"}
    measuring.clear()
    assert settle(open_spec, 5, IDS, FRESH, tmp_path) == found
    assert not measuring
    settle(open_spec.replace({"model.hidden": 13}), 5, IDS, FRESH, tmp_path)
    assert measuring, "another shape is another question"


def test_a_measurement_that_is_old_or_does_not_read_is_made_again(
    spec: RunSpec, measuring: list[str], tmp_path: Path
) -> None:
    open_spec = spec.replace({"train.threads": 0})
    settle(open_spec, 5, IDS, FRESH, tmp_path)
    (kept,) = (tmp_path / "paces").iterdir()
    for damage in (msgspec.json.encode({"pace": Pace("fused", 1), "at": 1.0}), b"{", b""):
        kept.write_bytes(damage)
        measuring.clear()
        settle(open_spec, 5, IDS, FRESH, tmp_path)
        assert measuring


def test_the_layouts_of_the_fastest_engine_are_tried_too(
    spec: RunSpec, measuring: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    times = {"": 5.0, "whole": 3.0, "pieces-2": 1.0, "pieces-1": 2.0}
    monkeypatch.setattr(paces, "_time", lambda step, pace: step(pace) or times[pace.layout])
    lstm = spec.replace({"model.cell": "lstm", "model.hidden": 64, "model.engine": "fused", "train.threads": 2})
    assert settle(lstm, 5, IDS, FRESH, tmp_path) == Pace("fused", 2, "pieces-2")
    times["pieces-2"] = 9.0
    assert settle(lstm, 5, IDS, FRESH, tmp_path).layout == "pieces-2", "it was measured a moment ago"
    assert settle(lstm, 5, IDS, FRESH, None).layout == "pieces-1"


def test_engines_are_compared_in_the_layout_that_is_likeliest_the_fastest(
    spec: RunSpec, measuring: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LanguageModel, "layouts_of", lambda self, engine: (f"{engine}, first", "second"))
    used = []
    monkeypatch.setattr(LanguageModel, "use", lambda self, engine, layout: used.append((engine, layout)))
    settle(spec.replace({"model.cell": "lstm", "train.threads": 1}), 5, IDS, FRESH, None)
    assert {("fused", "fused, first"), ("torch", "torch, first")} <= set(used)
    assert {layout for _, layout in used} == {"fused, first", "torch, first", "second"}


def test_kernels_that_have_learnt_of_a_matrix_unit_are_measured_anew(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = set()
    for kernels in (None, SimpleNamespace(tiles=False), SimpleNamespace(tiles=True)):
        monkeypatch.setattr(finding, "kernels", lambda found=kernels: found)
        names.add(paces._key(spec, 5, [FRESH]))
    assert len(names) == 2


def test_a_resume_takes_the_layout_that_the_run_had(spec: RunSpec, measuring: list[str]) -> None:
    lstm = spec.replace({"model.cell": "lstm", "model.hidden": 64})
    for layout in ("pieces-2", "pieces-1", ""):
        before = Pace("fused", 2, layout)
        assert settle(lstm, 5, IDS, before, None) == before
    assert not measuring


def test_a_layout_that_cannot_be_had_is_left_to_the_engine_and_said(spec: RunSpec, measuring: list[str]) -> None:
    pace = settle(spec.replace({"model.hidden": 63}), 5, IDS, Pace("fused", 2, "pieces-2"), None)
    assert (pace.engine, pace.threads, pace.layout) == ("fused", 2, "")
    assert pace.note == (
        "how the fused engine laid this run out cannot be had here: it goes on, not bit for bit as before"
    )


def test_one_slow_moment_does_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = {"native": [3.0, 1.0, 1.0, 1.0, 1.0], "fused": [2.0, 2.0, 2.0, 2.0, 2.0]}
    monkeypatch.setattr(paces, "_time", lambda step, pace: clock[pace.engine].pop(0))
    assert fastest(lambda pace: None, [Pace("native", 1), Pace("fused", 1)]).engine == "native"


def test_a_demanded_engine_that_is_not_there_is_refused_with_the_reason(spec: RunSpec, gone: None) -> None:
    with pytest.raises(SpecError, match="cannot be used here, the compiler broke: set engine to auto") as caught:
        settle(spec.replace({"model.engine": "native"}), 5, IDS, FRESH, None)
    assert caught.value.field == "model.engine"


@pytest.mark.parametrize("engine", ["auto", "native"])
def test_a_run_whose_engine_is_gone_goes_on_and_says_so(spec: RunSpec, gone: None, engine: str) -> None:
    pace = settle(spec.replace({"model.engine": engine}), 5, IDS, Pace("native", 1), None)
    assert (pace.engine, pace.threads) == ("fused", 1)
    assert pace.note == (
        "the native engine is not here any more, the compiler broke: fused goes on, not bit for bit as before"
    )
    assert pace.document() == {"engine": "fused", "threads": 1, "layout": ""}
