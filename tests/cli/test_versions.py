"""Versions without imports: as importlib.metadata says, only sooner."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from rnnlab import __version__
from rnnlab.cli.versions import installed_version, version_line

from .recorded import Cli


@pytest.mark.parametrize("name", ["torch", "textual", "numpy", "pytest_asyncio"])
def test_the_version_is_what_the_metadata_say(name: str) -> None:
    assert installed_version(name) == importlib.metadata.version(name)


def test_what_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed_version("no_such_distribution") == ""
    monkeypatch.setattr(sys, "path", ["/nowhere"])
    assert "torch not installed" in version_line()


def test_the_first_on_the_path_is_the_one_that_would_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch-9.9.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert installed_version("torch") == "9.9"


def test_version_is_one_line_on_standard_output(cli: Cli) -> None:
    said = cli("--version")
    torch = importlib.metadata.version("torch")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"rnnlab {__version__} (python {sys.version_info[0]}.")
    assert f"torch {torch}, textual {importlib.metadata.version('textual')})\n" in said.out
