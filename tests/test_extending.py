"""`docs/extending.md` is true: its cell, put where the page says, trains."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rnnlab

PACKAGE = Path(rnnlab.__file__).parent
ROOT = PACKAGE.parent
PAGE = ROOT / "docs" / "extending.md"


def blocks() -> dict[str, str]:
    """The page's Python, by the file that its first line names."""
    return dict(re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))


@pytest.fixture
def extended(tmp_path: Path) -> Path:
    """A copy of the package with the page's cell in it."""
    shutil.copytree(PACKAGE, tmp_path / "rnnlab", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "corpora", tmp_path / "corpora", dirs_exist_ok=True)
    (new, equations), (table, line) = blocks().items()
    assert not (tmp_path / new).exists()
    (tmp_path / new).write_text(equations)
    before = (tmp_path / table).read_text()
    beginning = "CELLS: dict[str, CellShape] = {\n"
    assert beginning in before
    (tmp_path / table).write_text(before.replace(beginning, f"{beginning}    {line}"))
    return tmp_path


def test_the_pages_cell_is_a_file_and_a_line_and_trains(extended: Path, tmp_path: Path) -> None:
    words = ["train", "--cell", "leaky", "--hidden", "16", "--layers", "2", "--set", "train.max_steps=20"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "rnnlab", "--home", str(tmp_path / "home"), *words, "--set", "train.log_every=1"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(extended)},
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    perplexities = [float(found) for found in re.findall(r"^step .* perplexity ([0-9.]+)", done.stdout, re.MULTILINE)]
    assert len(perplexities) == 20
    assert perplexities[-1] < 0.8 * perplexities[0]
    assert "scratch" in done.stdout.splitlines()[0]
