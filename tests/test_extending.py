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


def said(extended: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the command line says, with the page's cell in the package."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "rnnlab", "--home", str(home), *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(extended)},
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_the_pages_cell_is_a_file_and_a_line_and_trains_goes_on_and_writes(extended: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    spec = ["--cell", "leaky", "--hidden", "16", "--layers", "2", "--set", "train.log_every=1"]
    done = said(extended, home, "train", *spec, "--set", "train.max_steps=20")
    perplexities = [float(found) for found in re.findall(r"^step .* perplexity ([0-9.]+)", done.stdout, re.MULTILINE)]
    assert len(perplexities) == 20
    assert perplexities[-1] < 0.8 * perplexities[0]
    assert "scratch" in done.stdout.splitlines()[0]
    on = said(extended, home, "fork", "last", "--set", "train.max_steps=25")
    assert re.findall(r"^(?:started|step) +([0-9]+)", on.stdout, re.MULTILINE) == list(map(str, range(20, 26)))
    text = said(extended, home, "generate", "last", "--prefix", "the", "--length", "30", "--seed", "1").stdout
    assert len(text.removesuffix("\n")) >= 30
