"""`rnnlab bench` itself: what it prints, and what its exit code says."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from rnnlab.bench.values import About, Agreement, AnyRow, Doing, Figure, Spread, Target
from rnnlab.cli import bench
from rnnlab.cli.exits import ExitCode

from .processes import rnnlab_process
from .recorded import Cli

AGREES = Agreement(part="train", what="GRU", who="fused", steps=2, loss=1.0, reference=1.0, rounding=0.0, agrees=True)
SPEED = Figure(
    part="train", what="GRU", who="fused", unit="tokens/s", value=Spread(5e4, 4e4, 6e4, 3), targets=(Target(1e5),)
)


def measured(*rows: AnyRow):
    def measure(arguments: object) -> Iterator[AnyRow]:
        yield About(part="machine", facts={"processor": "8086"})
        yield from rows

    return measure


def test_a_quick_look_at_a_tiny_model_through_the_real_command(tmp_path) -> None:
    said = rnnlab_process("bench", "train", "--quick", "--hidden", "4", "--threads", "1", "--json", cwd=tmp_path)
    rows = [msgspec.json.decode(line, type=AnyRow) for line in said.stdout.splitlines()]
    assert said.returncode == 0, said.stderr
    assert isinstance(rows[0], About)
    assert {row.what.split(",")[0] for row in rows if isinstance(row, Agreement)} == {"RNN", "GRU", "LSTM"}
    assert all(row.agrees for row in rows if isinstance(row, Agreement))
    assert {"textbook", "torch.nn", "fused", "best"} <= {row.who for row in rows if isinstance(row, Figure)}
    assert not list(tmp_path.iterdir())


def test_tables_are_drawn_and_the_targets_counted(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_measured", measured(AGREES, Doing(part="train", what="speed"), SPEED))
    said = cli("bench", "train")
    assert said.code == ExitCode.OK, "a target that is missed is no failure"
    assert said.lines[0] == "processor  8086"
    assert "fused  50.0 k tokens/s  40.0 k–60.0 k  ✕ ≥ 100 k tokens/s" in said.lines
    assert "1 of 2 targets met" in said.err


def test_with_json_each_row_is_a_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_measured", measured(AGREES, SPEED))
    lines = cli("bench", "--json").lines
    assert [msgspec.json.decode(line, type=AnyRow) for line in lines][1:] == [AGREES, SPEED]


def test_a_curve_that_differs_is_a_failure(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_measured", measured(msgspec.structs.replace(AGREES, agrees=False)))
    assert cli("bench", "train").code == ExitCode.FAILURE


@pytest.mark.parametrize(
    "words", [("bench", "train", "speed"), ("bench", "--hidden", "0"), ("bench", "--threads", "x")]
)
def test_what_cannot_be_measured_is_refused_before_anything_starts(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli(*words).code == ExitCode.USAGE


def test_where_the_measuring_breaks_off_its_last_words_are_said(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    said = cli("bench", "text")
    assert said.code == ExitCode.FAILURE
    assert "the measuring ended early: exit code 1" in said.err
