"""Completion scripts: static, for every shell that shtab knows, and right in a real bash."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import shtab

from rnnlab.cli.commands import COMMANDS
from rnnlab.cli.completion import SHELLS, script

from .recorded import Cli


def test_every_shell_that_shtab_knows_is_offered() -> None:
    assert set(SHELLS) == set(shtab.SUPPORTED_SHELLS)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_names_every_command_and_many_flags(shell: str, cli: Cli) -> None:
    said = cli("completion", shell)
    assert (said.code, said.err) == (0, "")
    for word in (*(command.name for command in COMMANDS), "temperature", "detach"):
        assert word in said.out


def completed_by_bash(script_file: Path, line: str) -> set[str]:
    """What Tab offers at the end of a line."""
    words = line.split(" ")
    program = f"""
        source {script_file}
        COMP_WORDS=({" ".join(f"'{word}'" for word in words)}); COMP_CWORD={len(words) - 1}
        COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}
        $(complete -p rnnlab | sed 's/.*-F \\([^ ]*\\) .*/\\1/') rnnlab '{words[-1]}' '{words[-2]}'
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    said = subprocess.run(["bash", "--norc", "-c", program], capture_output=True, text=True, check=True)
    return {word.strip() for word in said.stdout.split("\n") if word.strip()}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("rnnlab tr", {"train"}),
        ("rnnlab corpus ", {"list", "show"}),
        ("rnnlab train --cell ", {"rnn", "gru", "lstm", "rnn-relu"}),
        ("rnnlab train --epo", {"--epochs"}),
        ("rnnlab completion ", set(SHELLS)),
    ],
)
def test_bash_completes(line: str, offered: set[str], tmp_path: Path) -> None:
    file = tmp_path / "completion.bash"
    file.write_text(script("bash"), encoding="utf-8")
    assert offered <= completed_by_bash(file, line)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_files_for_a_corpus(tmp_path: Path) -> None:
    file, text = tmp_path / "completion.bash", tmp_path / "notes.txt"
    file.write_text(script("bash"), encoding="utf-8")
    text.touch()
    assert str(text) in completed_by_bash(file, f"rnnlab train --corpus {tmp_path}/not")
