"""P19: what a person can type or point at by mistake gives one plain sentence, no traceback, and an exit code that is
not 0; the rows of hyperparameters, run directories, text records, names, clocks, terminals and hosts.

(Texts and their encodings, and prefixes, are in `tests/text` and `tests/cli`.)
"""

from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from rnnlab.cli.main import Wiring, run
from rnnlab.dialogue import Turn
from rnnlab.events import Finished, Record, Sampled, Step
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.sessions import SessionStore
from rnnlab.runs import checkpoints, journal, manifest, status
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import CHECKPOINT_MANIFEST, STATE, WEIGHTS, HomePaths, RunPaths
from rnnlab.runs.status import Status
from tests.worker.processes import TEXT, make_run

Cli = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def refused(home: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Perform a command line on that home; gives the one sentence with which it is refused."""

    def act(*words: str) -> str:
        wiring = Wiring(host=lambda _: LocalHost(home), desk=lambda _, __: 0, demo=lambda: 0)
        code = run(words, wiring)
        said = capsys.readouterr()
        assert code in (1, 2), said
        lines = said.err.rstrip("\n").split("\n")
        assert len(lines) == 1, said.err
        assert lines[0].startswith("rnnlab: ")
        assert "should not have happened" not in lines[0]
        assert "Traceback" not in said.err
        return lines[0]

    return act


@pytest.fixture
def paths(home: Path) -> Iterator[RunPaths]:
    """A run that has ended, with a journal and a checkpoint."""
    made = make_run(home, {})
    writer = JournalWriter(made.journal)
    writer.write(Step(step=1, epoch=1, loss=1.0, perplexity=2.7, grad_norm=1.0, clipped=0.0, lr=0.1, tokens_per_s=1.0,
                      elapsed_s=1.0))  # fmt: skip
    writer.write(Finished(step=1, epoch=1, cause="stopped"))
    writer.close()
    status.write(made.status, Status(state="stopped", step=1))
    checkpoints.save(made, CheckpointManifest(step=1, epoch=1, files={}), {WEIGHTS: b"weights", STATE: b"state"})
    yield made
    if made.directory.exists():
        made.directory.chmod(0o700)


# Hyperparameters.


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("model.hidden=0", "hidden"),
        ("model.hidden=-1", "hidden"),
        ("model.hidden=1000000000", "hidden"),
        ("model.hidden=abc", "hidden"),
        ("model.hidden=１２", "hidden"),
        ("model.hidden=1e2", "hidden"),
        ("model.hidden=", "hidden"),
        ("model.dropout=1.0", "dropout"),
        ("model.dropout=nan", "dropout"),
        ("train.lr=nan", "rate"),
        ("train.lr=inf", "rate"),
        ("train.lr=1e400", "rate"),
        ("train.lr=1e30", "rate"),
        ("train.lr=0", "rate"),
        ("train.lr=-1", "rate"),
        ("train.seed=18446744073709551616", "seed"),
        ("data.batch=1000000", "batch"),
        ("data.steps=1000000", "steps"),
        ("train.epochs=99999999999999999999999999", "epochs"),
        ("model.cell=transformer", "cell"),
        ("model.nothing=1", "nothing"),
        ("model", "model"),
        ("=1", "no hyperparameter"),
    ],
)
def test_a_hyperparameter_that_does_not_hold(
    refused: Cli, tmp_path: Path, home: Path, setting: str, words: str
) -> None:
    text = tmp_path / "text.txt"
    text.write_text(TEXT)
    assert words in refused("train", "--corpus", str(text), "--set", setting)
    assert not (home / "sessions").exists(), "nothing was made"


# Run directories.


def spec_of(paths: RunPaths, change: Callable[[dict], object]) -> None:
    document = msgspec.json.decode(paths.manifest.read_bytes())
    change(document)
    paths.manifest.write_bytes(msgspec.json.encode(document))


DAMAGES: dict[str, tuple[Callable[[RunPaths], object], tuple[str, ...], str]] = {
    "no spec": (lambda p: p.manifest.unlink(), ("show", "{run}"), "no run"),
    "an empty spec": (lambda p: p.manifest.write_bytes(b""), ("show", "{run}"), "damaged|no run"),
    "a newer spec": (lambda p: spec_of(p, lambda d: d.update(version=99)), ("show", "{run}"), "newer rnnlab|no run"),
    "a list for a spec": (lambda p: p.manifest.write_bytes(b"[1]"), ("show", "{run}"), "damaged|no run"),
    "a deep spec": (lambda p: p.manifest.write_bytes(b"[" * 10**5), ("show", "{run}"), "damaged|no run"),
    "a number of 5,000 digits": (
        lambda p: p.manifest.write_bytes(b'{"version":' + b"9" * 5000 + b"}"), ("show", "{run}"), "damaged|no run",
    ),
    "NaN for a rate": (
        lambda p: p.manifest.write_bytes(p.manifest.read_bytes().replace(b'created_at": ', b'created_at": NaN, "x": ')),
        ("show", "{run}"), "damaged|no run",
    ),
    "hidden out of bounds": (
        lambda p: spec_of(p, lambda d: d["spec"]["model"].update(hidden=10**9)),
        ("show", "{run}"), "does not hold|no run",
    ),
    "no vocabulary": (lambda p: p.vocabulary.unlink(), ("fork", "{run}", "--set", "train.epochs=9"), "vocabulary"),
    "a checkpoint that is damaged": (
        lambda p: (p.checkpoint(1) / WEIGHTS).write_bytes(b"other"), ("export", "{run}", "-o", "{file}"), "damaged",
    ),
    "no checkpoint": (lambda p: shutil.rmtree(p.checkpoints), ("export", "{run}", "-o", "{file}"), "no weights"),
    "a checkpoint of a newer format": (
        lambda p: (p.checkpoint(1) / CHECKPOINT_MANIFEST).write_bytes(
            msgspec.json.encode(CheckpointManifest(version=99, step=1, epoch=1, files={}).sealed())
        ),
        ("export", "{run}", "-o", "{file}"), "newer",
    ),
    "a link for its checkpoints": (
        lambda p: (p.checkpoints.rename(p.directory.with_name("away")), p.checkpoints.symlink_to(p.directory)),
        ("resume", "{run}"), "is a link",
    ),
    "a link for its requests": (lambda p: p.requests.symlink_to("/etc"), ("resume", "{run}"), "is a link"),
    "weights alone": (
        lambda p: checkpoints.save(p, CheckpointManifest(step=2, epoch=1, files={}), {WEIGHTS: b"weights"}),
        ("resume", "{run}"), "came with its weights only",
    ),
    "its text is gone": (
        lambda p: shutil.rmtree(HomePaths(p.directory.parents[3]).corpora), ("resume", "{run}"), "not on this machine",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*DAMAGES])
def test_a_run_directory_that_is_damaged(refused: Cli, paths: RunPaths, tmp_path: Path, name: str) -> None:
    damage, words, sentence = DAMAGES[name]
    damage(paths)
    told = refused(*(word.format(run=paths.directory.name, file=tmp_path / "out") for word in words))
    assert any(part in told for part in sentence.split("|")), told


def test_a_pointer_to_a_best_checkpoint_that_is_gone_means_the_last_one(paths: RunPaths) -> None:
    paths.best.write_bytes(b'{"step":77}')
    assert checkpoints.resolve(paths, "best") == 1


def test_of_a_field_that_stands_twice_one_is_taken(paths: RunPaths) -> None:
    data = paths.manifest.read_bytes()
    paths.manifest.write_bytes(data.replace(b'"version": 1', b'"version": 1, "version": 1', 1))
    assert manifest.read(paths.manifest).id == paths.directory.name


def test_a_directory_that_is_deleted_while_somebody_looks(refused: Cli, paths: RunPaths) -> None:
    shutil.rmtree(paths.directory)
    assert "no run" in refused("watch", paths.directory.name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_directory(refused: Cli, paths: RunPaths) -> None:
    os.chmod(paths.directory, 0o500)
    assert "cannot" in refused("resume", paths.directory.name)


# Text records.


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\u2029b", "a\r\nb", "a\x0bb\x0cc", "a\x1cb\x1db\x1ec"])
def test_a_text_that_other_programs_cut_into_lines_stays_one_record(paths: RunPaths, home: Path, text: str) -> None:
    line = journal.encode(Record(seq=3, at=1.0, event=Sampled(step=1, epoch=1, prefix=text, text=text)))
    with paths.journal.open("ab") as file:
        file.write(line)
    chunk = journal.read(paths.journal)
    assert chunk.damaged == 0
    assert chunk.records[-1].event == Sampled(step=1, epoch=1, prefix=text, text=text)
    host = LocalHost(home)
    host.remember("main", Turn(prefix=text, text=text, run="r", step=1))
    assert [turn.text for turn in host.transcript("main")] == [text]


# Names.


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "../up", "-rf", "x" * 300, "[/x]", "\x1b[31m", "trailing.", "CON/x", "e\u0301", "é", "A",
     "a b", "a\nb", "--home"],
)  # fmt: skip
def test_a_session_with_such_a_name(refused: Cli, home: Path, name: str) -> None:
    if name:
        told = refused("--session", name, "runs")
        assert "session" in told
        assert "\x1b" not in told
    with pytest.raises(Exception, match=r"session|1 to 64"):
        SessionStore(HomePaths(home), LocalHost(home)._runs).transcript(name)
    assert not list(home.rglob("*.json"))


def test_twins_that_differ_in_case_or_composition_are_no_names(refused: Cli) -> None:
    assert "lower-case" in refused("--session", "Songs", "runs")
    assert "lower-case" in refused("--session", "cafe\u0301", "runs")


# Clocks.


@pytest.mark.parametrize("clock", [[5e9, 1.0, 4e9], [0.0, 0.0, 0.0], [1e9, 1e9 - 3600, 1e9 - 7200]])
def test_a_clock_that_jumps_changes_no_order(paths: RunPaths, clock: list[float]) -> None:
    times = iter(clock)
    writer = JournalWriter(paths.journal, clock=lambda: next(times))
    for _ in clock:
        writer.write(Finished(step=2, epoch=1, cause="stopped"))
    writer.close()
    chunk = journal.read(paths.journal)
    assert [record.seq for record in chunk.records] == [1, 2, 3, 4, 5]
    assert chunk.damaged == 0


def test_a_run_from_1970_is_listed(home: Path, paths: RunPaths, capsys: pytest.CaptureFixture[str]) -> None:
    spec_of(paths, lambda document: document.update(created_at=0.0))
    for moment in (0, time.time() + 1e9):
        os.utime(paths.status, (moment, moment))
        assert run(["runs"], Wiring(lambda _: LocalHost(home), lambda _, __: 0, lambda: 0)) == 0
        assert paths.directory.name in capsys.readouterr().out


# Terminals and hosts: the real program, in a process of its own.


def program(home: Path, *words: str, **options) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RNNLAB_HOME": str(home), "PYTHONPATH": os.getcwd(), **options.pop("environment", {})}
    for name in options.pop("without", ()):
        environment.pop(name, None)
    command = [sys.executable, "-P", "-m", "rnnlab", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, **options)


def one_sentence(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode in (1, 2), done
    assert done.stderr.startswith("rnnlab: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert words in done.stderr


def test_no_terminal(home: Path) -> None:
    done = program(home, stdin=subprocess.DEVNULL)
    one_sentence(done, "not a terminal")
    assert not home.exists()


@pytest.mark.parametrize("words", [("runs",), ("corpus", "list")])
def test_standard_streams_in_ascii_show_codes_and_do_not_break(home: Path, words: tuple[str, ...]) -> None:
    done = program(home, *words, environment={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    one_sentence(program(file, "runs"), "is not a directory")
    one_sentence(program(Path("/proc/nothing/here"), "runs"), "cannot write")


def test_no_home_at_all() -> None:
    nobody = {"RNNLAB_HOME": "~nobody-of-that-name/x"}
    one_sentence(program(Path("/"), "runs", environment=nobody), "home directory")


def test_no_room_for_another_open_file(home: Path, tmp_path: Path) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))

    assert program(home, "runs", preexec_fn=few).returncode == 0
    (tmp_path / "text.txt").write_text(TEXT)
    done = program(home, "corpus", "show", str(tmp_path / "text.txt"), preexec_fn=few)
    assert done.returncode == 0, done.stderr


def test_a_socket_and_a_pipe_for_a_corpus(refused: Cli, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for name in ("pipe", "socket"):
            assert "not a file" in refused("corpus", "show", str(tmp_path / name))
