"""`doctor`: what is there, what is wrong with it, and torch asked from a safe distance."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rnnlab.cli import doctor
from rnnlab.cli.doctor import Checkup, Finding

from .recorded import Cli


def findings(cli: Cli, *words: str) -> tuple[int, dict[str, Finding]]:
    said = cli("doctor", "--json", *words)
    checkup = msgspec.json.decode(said.out, type=Checkup)
    return said.code, {finding.name: finding for finding in checkup.findings}


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Let the worker that is asked for the native engine give that answer, and torch none."""
    monkeypatch.delenv("RNNLAB_NATIVE")
    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        if "rnnlab.worker.native" in command:
            command = [sys.executable, "-c", f"import sys; print({answer!r} if sys.argv[1:] else '')", *command[4:]]
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ('{"state":"ready","library":"/kernels.so"}', "ready, /kernels.so"),
        (
            '{"state":"ready","library":"/kernels.so","tiles":true}',
            "ready, with the processor's matrix unit, /kernels.so",
        ),
        ('{"state":"building","reason":"it is being built"}', "building"),
        ('{"state":"missing","compiler":"/usr/bin/c++"}', "not built yet, with /usr/bin/c++"),
        ('{"state":"unusable","reason":"c++: no such header"}', "not used because c++: no such header"),
        ("nonsense", "not used because it cannot be asked for: JSON is malformed: invalid character (byte 4)"),
    ],
)
def test_the_native_engine_is_there_or_a_reason(
    cli: Cli, quick_torch: None, monkeypatch: pytest.MonkeyPatch, answer: str, value: str
) -> None:
    answering(monkeypatch, answer)
    code, found = findings(cli)
    assert found["native"].value == value
    assert code == 0, "nothing needs it"


def test_that_it_is_off_is_said_without_asking(cli: Cli, quick_torch: None) -> None:
    assert findings(cli)[1]["native"].value == "not used because RNNLAB_NATIVE is off"


@pytest.fixture
def quick_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A torch that is asked in a tenth of the time, for what is not about torch."""
    monkeypatch.setattr(doctor, "_ASK_TORCH", "print('0'); print('cpu')")


def test_it_finds_what_there_is(cli: Cli) -> None:
    code, found = findings(cli)
    assert code == 0
    assert found["torch"].value == importlib.metadata.version("torch")
    assert found["devices"].value.startswith("cpu, ")
    assert found["textual"].value == importlib.metadata.version("textual")
    assert sys.executable in found["python"].value
    assert {"platform", "terminal", "size", "locale", "home", "disk"} <= found.keys()


def test_the_host_s_machine_comes_along(cli: Cli, quick_torch: None) -> None:
    checkup = msgspec.json.decode(cli("doctor", "--json").out, type=Checkup)
    assert checkup.machine is not None
    assert checkup.machine.label == "demo"
    assert "memory    4.3 GB free of 8.6 GB" in cli("doctor").lines


def test_a_torch_that_cannot_be_imported_is_a_finding_and_exit_code_1(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_ASK_TORCH", "raise ImportError('libcudart is \\x1b missing')")
    code, found = findings(cli)
    assert code == 1
    assert found["torch"].fatal
    assert "libcudart" in found["torch"].remedy
    assert "torch: it cannot be imported (ImportError: libcudart is ␛ missing)" in cli("doctor").err


def test_a_torch_that_never_answers_is_a_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_ASK_TORCH", "import time; time.sleep(60)")
    monkeypatch.setattr(doctor, "_TORCH_PATIENCE", 0.05)
    code, found = findings(cli)
    assert (code, found["torch"].fatal) == (1, True)


def test_no_torch_py_of_the_current_directory_is_run(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "_ASK_TORCH", "import torch; print(torch.__version__); print('cpu')")
    code, _ = findings(cli)
    assert code == 0
    assert not (tmp_path / "run").exists()


def test_the_home_directory_is_named_and_not_made(cli: Cli, quick_torch: None, tmp_path: Path) -> None:
    code, found = findings(cli, "--home", str(tmp_path / "lab"))
    assert (code, found["home"].value) == (0, f"{tmp_path}/lab (not made yet)")
    assert not (tmp_path / "lab").exists()


def test_a_home_that_is_a_file_is_a_finding_and_exit_code_1(cli: Cli, quick_torch: None, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, found = findings(cli, "--home", str(tmp_path / "file"))
    assert (code, found["home"].fatal) == (1, True)
    assert "is not a directory" in found["home"].remedy


@pytest.mark.parametrize("term", ["", "dumb"])
def test_a_terminal_that_cannot_draw_gets_a_remedy(
    term: str, cli: Cli, quick_torch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    assert "TERM=xterm-256color" in findings(cli)[1]["terminal"].remedy
