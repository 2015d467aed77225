"""Whatever goes wrong is one sentence and an exit code, with the streams as they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rnnlab.cli.exits import ExitCode
from rnnlab.errors import BadInput, CheckpointError, RnnlabError, SpecError, StorageError

from .processes import environment, rnnlab_process
from .recorded import Cli, GrowingHost


class FailingHost(GrowingHost):
    """A host that cannot even list its runs."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def runs(self, session: str = ""):
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [(RnnlabError("a"), 1), (BadInput("a"), 2), (StorageError("a"), 1), (CheckpointError("a"), 1)],
)
def test_an_error_for_people_is_its_sentence_and_its_exit_code(error: RnnlabError, code: int, cli: Cli) -> None:
    said = cli("runs", on=FailingHost(error))
    assert (said.code, said.out, said.err) == (code, "", "rnnlab: a\n")


@pytest.mark.parametrize(
    ("field", "sentence", "said"),
    [
        ("data.split", "validation must be at most 0.5", "validation must be at most 0.5 (data.split)"),
        ("model.hidden", "hidden must be at least 1", "hidden must be at least 1"),
        ("spec", "the file is not TOML", "the file is not TOML"),
    ],
)
def test_a_value_that_does_not_fit_has_the_name_that_was_typed(field: str, sentence: str, said: str, cli: Cli) -> None:
    assert cli("runs", on=FailingHost(SpecError(field, sentence))).err == f"rnnlab: {said}\n"


def test_a_surprise_is_one_line_that_offers_the_details(cli: Cli) -> None:
    said = cli("runs", on=FailingHost(ZeroDivisionError("by \x1b zero")))
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "rnnlab: this should not have happened (ZeroDivisionError: by ␛ zero); "
        "RNNLAB_DEBUG=1 shows where, please report it\n"
    )


@pytest.mark.parametrize("error", [MemoryError(), RecursionError("deep"), BrokenPipeError(32, "Broken pipe")])
def test_an_error_of_the_host_is_never_taken_for_one_of_the_output(error: Exception, cli: Cli) -> None:
    said = cli("runs", on=FailingHost(error))
    assert said.code == 1
    assert type(error).__name__ in said.err


def test_debug_shows_where(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNLAB_DEBUG", "1")
    said = cli("runs", on=FailingHost(BadInput("a")))
    assert said.code == 2
    assert "Traceback" in said.err
    assert said.err.endswith("rnnlab: a\n")


def test_ctrl_c_is_quiet(cli: Cli) -> None:
    said = cli("runs", on=FailingHost(KeyboardInterrupt()))
    assert (said.code, said.out, said.err) == (130, "", "")


def test_every_exit_code_has_its_meaning() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "FAILURE": 1,
        "USAGE": BadInput.exit_code,
        "HANGUP": 128 + signal.SIGHUP,
        "INTERRUPTED": 128 + signal.SIGINT,
        "BROKEN_PIPE": 128 + signal.SIGPIPE,
        "TERMINATED": 128 + signal.SIGTERM,
    }


@pytest.mark.parametrize(("words", "code"), [([], 77), (["demo"], 78)])
def test_the_screen_is_what_the_composition_root_makes_of_it(words: list[str], code: int, cli: Cli) -> None:
    assert cli(*words).code == code


BAD = [
    "",
    "demo",
    "trian",
    "runs --jason",
    "train --hidden 0",
    "train --lr nan",
    "train --batch 99999999",
    "train --set train.lrr=1",
    "train --corpus /nowhere/text.txt",
    "train --corpus /dev/zero",
    "train --corpus nosuch",
    "train --steps 60000 --corpus gazette",
    "train --batch 60000 --corpus gazette",
    "train --hidden 16384 --layers 16 --corpus gazette",
    "train --spec /nowhere.toml",
    "train --session ../../etc",
    "--session a/b runs",
    "runs --session=",
    "recipes --corpus gazette",
    "show nosuch",
    "watch last",
    "watch nosuch --after x",
    "stop best",
    "delete last --yes",
    "generate nosuch --prefix a",
    "generate last",
    "corpus",
    "corpus show /nowhere",
    "completion perl",
    "--home /etc/passwd runs",
    "--home ~nobody-of-that-name runs",
]


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_exit_code_2_one_sentence_and_no_traceback(words: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    said = rnnlab_process(*words.split(), env=environment(RNNLAB_HOME=str(home)))
    assert (said.returncode, said.stdout) == (2, ""), said.stderr
    assert said.stderr.startswith("rnnlab: ")
    assert said.stderr.count("\n") == 1
    assert not list(home.glob("sessions/*/runs/*"))


@pytest.mark.parametrize("words", [[], ["demo"]])
def test_where_no_screen_can_be_drawn_nothing_is_made(words: list[str], tmp_path: Path) -> None:
    said = rnnlab_process(*words, env=environment(RNNLAB_HOME=str(tmp_path / "home")), stdin=subprocess.DEVNULL)
    assert "standard input is not a terminal" in said.stderr
    assert not (tmp_path / "home").exists()


def test_a_home_that_cannot_be_written_is_one_sentence() -> None:
    said = rnnlab_process("--home", "/proc/nowhere", "train", "--corpus", "gazette")
    assert said.returncode == 1
    assert said.stderr.startswith("rnnlab: ")
    assert said.stderr.count("\n") == 1


def test_a_reader_that_stops_reading_ends_the_program_quietly() -> None:
    words = [sys.executable, "-P", "-m", "rnnlab", "corpus", "show", "lyrics-zh", "--json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == ExitCode.BROKEN_PIPE


@pytest.mark.parametrize("words", ["--help", "--version", "corpus list", "completion bash", "corpus show gazette"])
def test_a_full_disk_behind_the_output_is_said(words: str) -> None:
    with open("/dev/full", "w") as full:
        said = rnnlab_process(*words.split(), capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert said.returncode == 1
    assert said.stderr == "rnnlab: the output could not be written: No space left on device\n"


@pytest.mark.parametrize("words", ["--version", "corpus list", "runs --json", "trian"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_do_no_harm(words: str, closed: str, tmp_path: Path) -> None:
    command = f'exec "{sys.executable}" -P -m rnnlab --home "{tmp_path}" {words} {closed}'
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment(), check=False)
    assert said.returncode == (2 if words == "trian" else 0), said.stderr
    assert "Traceback" not in said.stderr


def test_a_terminal_without_utf_8_gets_codes_and_no_traceback(tmp_path: Path) -> None:
    env = environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="POSIX")
    said = rnnlab_process("corpus", "show", "lyrics-zh", env=env)
    assert (said.returncode, "Traceback" in said.stderr) == (0, False)
    assert "\\u4e0d" in said.stdout


def test_arguments_that_are_no_text_are_refused(tmp_path: Path) -> None:
    words = [os.fsencode(sys.executable), b"-P", b"-m", b"rnnlab", b"show", b"\xff\xfe"]
    said = subprocess.run(words, capture_output=True, env=environment(), check=False)
    assert said.returncode == 2
    assert said.stderr.count(b"\n") == 1
    assert b"is not text in this terminal's encoding" in said.stderr
