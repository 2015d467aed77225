"""The page's tables and plots, from rows."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import rnnlab
from rnnlab.bench.values import About, Agreement, AnyRow, Figure, Point, SameText, Spread, Target

SCRIPTS = Path(rnnlab.__file__).parents[1] / "benchmarks"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.syspath_prepend(SCRIPTS)
    page = importlib.import_module("page")

    (tmp_path / "performance.md").write_text(f"by hand\n{page.BEGIN}\nold\n{page.END}\nalso by hand\n")
    monkeypatch.setattr(page, "DOCS", tmp_path)
    yield page
    for name in ("page", "plots"):
        sys.modules.pop(name)


def speed(cell: str, who: str, ratio: float, *targets: Target) -> Figure:
    value, beside = Spread(ratio * 1e4, 1.0, 2.0, 3), Spread(ratio, ratio, ratio, 3)
    what = f"{cell}, hidden 256, vocabulary 28"
    note = "fused" if who == "best" else ""
    return Figure(
        part="train", what=what, who=who, unit="tokens/s", value=value, ratio=beside, targets=targets, note=note
    )


def rows() -> list[AnyRow]:
    agreement = Agreement(
        part="train", what="RNN, tiny", who="fused", steps=9, loss=1.5, reference=1.5, rounding=0.0, agrees=True
    )
    point = Spread(3.0, 3.0, 3.0, 1)
    return [
        About(part="machine", facts={"processor": "8086 | 8087"}),
        agreement,
        speed("RNN", "textbook", 1.0),
        speed("RNN", "fused", 2.5, Target(2.2, "ratio")),
        speed("RNN", "best", 2.5, Target(1.0, "ratio")),
        speed("GRU", "fused", 2.1, Target(2.2, "ratio")),
        SameText(part="generate", what="RNN", who="numpy", tokens=100, ties=1, faults=0),
        Point(part="growth", sweep="hidden", x=64, who="textbook", unit="µs a token", value=point),
        Point(part="growth", sweep="hidden", x=1024, who="a < b", unit="µs a token", value=Spread(90.0, 90.0, 90.0, 1)),
    ]


def test_what_is_written_by_hand_stays_and_the_measured_part_is_replaced(page, tmp_path: Path) -> None:
    page.write(rows(), note="Measured on a Sunday.")
    text = (tmp_path / "performance.md").read_text()
    assert text.startswith("by hand\n")
    assert text.endswith("also by hand\n")
    assert "old" not in text
    assert "Measured on a Sunday." in text
    page.write(rows(), note="Measured on a Sunday.")
    assert (tmp_path / "performance.md").read_text() == text


def test_cells_stand_side_by_side_with_their_targets_and_the_fastest_below(page, tmp_path: Path) -> None:
    page.write(rows(), note="")
    text = (tmp_path / "performance.md").read_text()
    assert "| fused | 25.0 k, ×2.50 ✓ | 21.0 k, ×2.10 ✕ 2.2 |  |" in text
    assert "| fastest | fused ×2.50 ✓ (≥ 1) |  |  |" in text
    assert "4 of 5 targets were met" in text
    assert "8086 ¦ 8087" in text, "a bar would end the cell"
    assert "of 100, 1 differed by a tie and 0 otherwise" in text


def test_the_plot_is_well_formed_and_its_points_lie_within_it(page, tmp_path: Path) -> None:
    page.write(rows(), note="")
    root = ElementTree.parse(tmp_path / "performance.svg").getroot()
    circles = [node for node in root.iter() if node.tag.endswith("circle")]
    assert len(circles) == 2
    assert all(0 < float(node.attrib["cx"]) < 300 and 0 < float(node.attrib["cy"]) < 220 for node in circles)
    assert "a < b" in [node.text for node in root.iter() if node.tag.endswith("text")]
