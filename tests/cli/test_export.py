"""`export` and `import`: bytes between a host and a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rnnlab.hosts.fake import Recording

from .recorded import Cli, GrowingHost, records, summary

RUN = "gru-64-calm-owl"


class Sharing(GrowingHost):
    """A host whose runs are some bytes."""

    def __init__(self) -> None:
        super().__init__([Recording(summary=summary(), records=records())])
        self.asked: list[tuple[object, ...]] = []

    def export_run(self, run: str, at: str, *, whole: bool) -> bytes:
        self.asked.append((run, at, whole))
        return b"a run"

    def import_run(self, file: bytes, session: str, corpus: str = "") -> str:
        self.asked.append((file, session, corpus))
        return "gru-64-new-owl"


@pytest.fixture
def host() -> Sharing:
    return Sharing()


def test_an_export_is_a_file(cli: Cli, host: Sharing, tmp_path: Path) -> None:
    path = tmp_path / "run.rnnlab"
    said = cli("export", "last", "-o", str(path), "--json")
    assert said.code == 0
    assert path.read_bytes() == b"a run"
    assert json.loads(said.out) == {"run": RUN, "file": str(path), "bytes": 5}
    cli("export", "last", "-o", str(path), "--at", "best", "--weights-only")
    assert host.asked == [(RUN, "last", True), (RUN, "best", False)]
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_that_cannot_be_written_leaves_the_old_file(cli: Cli, host: Sharing, tmp_path: Path) -> None:
    said = cli("export", "last", "-o", str(tmp_path / "missing" / "run.rnnlab"))
    assert said.code == 1
    assert "cannot write" in said.err
    assert said.err.count("\n") == 1


def test_an_import_prints_the_new_runs_id(cli: Cli, host: Sharing, tmp_path: Path) -> None:
    path = tmp_path / "run.rnnlab"
    path.write_bytes(b"a run")
    said = cli("import", str(path), "--session", "songs", "--corpus", "x.txt")
    assert (said.code, said.out) == (0, "gru-64-new-owl\n")
    assert host.asked == [(b"a run", "songs", "x.txt")]


def test_what_is_no_file_is_refused_at_once(cli: Cli, host: Sharing, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "missing", Path("/dev/zero")):
        said = cli("import", str(path))
        assert said.code == 2, path
        assert said.err.count("\n") == 1
    assert host.asked == []


def test_an_export_goes_to_no_stream(cli: Cli, host: Sharing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = cli("export", "last", "-o", "-")
    assert (said.code, said.err) == (2, "rnnlab: export writes a file: name one, as -o run.rnnlab\n")
    assert list(tmp_path.iterdir()) == []
