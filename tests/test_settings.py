"""The home directory: which name wins, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from rnnlab.errors import BadInput
from rnnlab.settings import GRAPH_VARIABLE, graphs_are_on, home_directory


def test_a_home_given_by_hand_wins_over_the_environment(tmp_path: Path) -> None:
    assert home_directory(str(tmp_path / "a"), {"RNNLAB_HOME": str(tmp_path / "b")}) == tmp_path / "a"


def test_the_environment_wins_over_the_platform(tmp_path: Path) -> None:
    assert home_directory(None, {"RNNLAB_HOME": str(tmp_path)}) == tmp_path


def test_an_empty_variable_counts_as_unset() -> None:
    expected = Path(platformdirs.user_data_dir("rnnlab", appauthor=False))
    assert home_directory("", {"RNNLAB_HOME": ""}) == expected
    assert expected.name == "rnnlab"


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert home_directory("desk/../lab") == tmp_path / "lab"


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_directory("~/lab") == tmp_path / "lab"


def test_a_tilde_that_means_nobody_is_refused_and_not_taken_as_a_name() -> None:
    with pytest.raises(BadInput, match="RNNLAB_HOME"):
        home_directory("~nobody-of-that-name/lab")


def test_a_file_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="is not a directory"):
        home_directory(str(tmp_path / "file"))


def test_naming_a_home_makes_nothing(tmp_path: Path) -> None:
    home_directory(tmp_path / "new")
    assert os.listdir(tmp_path) == []


def test_a_graph_is_tried_only_where_somebody_says_so() -> None:
    assert not graphs_are_on({})
    assert not graphs_are_on({GRAPH_VARIABLE: "off"})
    assert graphs_are_on({GRAPH_VARIABLE: "On"})
