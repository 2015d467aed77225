"""What starting up costs: a front end never imports torch, and `--version` nearly nothing.

import-linter sees module-level imports of the package only; these look at what a process really loaded.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

import rnnlab

ROOT = Path(rnnlab.__file__).parents[1]

REPORT = "import sys, json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"

COMMANDS = [
    "--version",
    "--help",
    "train --help",
    "generate --help",
    "corpus show --help",
    "completion bash",
    "completion fish",
    "runs",
    "runs --json",
    "sessions",
    "corpus list",
    "corpus list --json",
    "corpus show gazette --json",
    "doctor --json",
    "show last",
    "trian",
    "train --hidden 0",
]


def loaded_by(code: str, home: Path) -> set[str]:
    """The top-level packages that a Python has loaded after some code."""
    said = subprocess.run(
        [sys.executable, "-P", "-c", code + "\n" + REPORT],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "RNNLAB_HOME": str(home), "PATH": "/usr/bin:/bin", "TERM": "xterm-256color"},
    )
    return set(json.loads(said.stdout.strip().split("\n")[-1]))


def loaded_by_command(words: str, home: Path) -> set[str]:
    return loaded_by(f"import sys; from rnnlab.__main__ import main; sys.argv[1:] = {words.split()!r}; main()", home)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_that_does_not_train_imports_neither_torch_nor_textual(words: str, tmp_path: Path) -> None:
    assert not loaded_by_command(words, tmp_path) & {"torch", "textual"}


@pytest.mark.parametrize("words", ["--version", "--help"])
def test_version_and_help_import_nothing_that_is_not_pythons_own(words: str, tmp_path: Path) -> None:
    foreign = {"numpy", "msgspec", "rich", "psutil", "platformdirs", "tomli_w", "shtab", "importlib_metadata", "email"}
    assert not loaded_by_command(words, tmp_path) & foreign


@pytest.mark.parametrize("words", ["runs", "sessions", "show last", "watch last", "stop last"])
def test_a_command_that_reads_no_text_does_not_import_numpy(words: str, tmp_path: Path) -> None:
    assert "numpy" not in loaded_by_command(words, tmp_path)


def test_importing_rnnlab_imports_nothing_heavy(tmp_path: Path) -> None:
    assert not loaded_by("import rnnlab", tmp_path) & {"torch", "numpy", "msgspec", "textual"}


def test_the_library_s_specs_and_corpora_come_without_torch(tmp_path: Path) -> None:
    assert "torch" not in loaded_by("from rnnlab import Corpus, RunSpec, Vocabulary", tmp_path)


def test_the_hosts_come_without_torch(tmp_path: Path) -> None:
    assert "torch" not in loaded_by("import rnnlab.hosts.local, rnnlab.hosts.demo, rnnlab.hosts.fake", tmp_path)


def test_the_screen_comes_without_torch_and_is_there_before_numpy(tmp_path: Path) -> None:
    assert not loaded_by("import rnnlab.tui.app, rnnlab.hosts.local", tmp_path) & {"torch", "numpy"}


def test_a_generator_that_only_writes_comes_without_torch(tmp_path: Path) -> None:
    assert "torch" not in loaded_by("import rnnlab.worker.generator", tmp_path)


def test_the_proof_can_fail(tmp_path: Path) -> None:
    assert "numpy" in loaded_by("import numpy", tmp_path)


def seconds(*words: str) -> float:
    """How long a Python takes with these words: the fastest of some tries, which other processes disturb least."""
    tries = []
    for _ in range(15):
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-P", *words],
            stdout=subprocess.DEVNULL,
            check=True,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
        )
        tries.append(time.perf_counter() - begin)
    return statistics.quantiles(tries, n=5)[0]


def test_version_answers_in_about_the_time_that_python_and_argparse_take() -> None:
    # 1.8 as measured; the rest is for a machine that does other things at the same time.
    assert seconds("-m", "rnnlab", "--version") < 2.5 * seconds("-c", "import argparse")
