"""A run in one file and back: the same weights, the same words, and nothing for a file that lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rnnlab.course import Course, fold
from rnnlab.errors import BadInput, RnnlabError, RunError
from rnnlab.events import Adopted, Finished, Record, Started
from rnnlab.hosts import origins
from rnnlab.hosts.local import LocalHost
from rnnlab.runs import checkpoints, digest, journal
from rnnlab.runs.bundle import MAX_DOCUMENTS, open_bundle, pack
from rnnlab.runs.paths import HomePaths

from .live import Live, small


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Live:
    """A finished run on the machine that exports it."""
    home = tmp_path_factory.mktemp("owner") / "home"
    host = LocalHost(home)
    live = Live(host, home, host.start(small(corpus, train__prefixes=("the tide",)), "main"))
    live.ends()
    return live


@pytest.fixture(scope="module")
def file(owner: Live) -> bytes:
    return owner.host.export_run(owner.run, "last", whole=True)


def remade(file: bytes, **changes: Callable[[Any], Any]) -> bytes:
    """The file with documents, weights or state changed, and a true digest."""
    opened = open_bundle(file)
    documents = {name: opened.document(name) for name in MAX_DOCUMENTS}
    weights, state = opened.weights_file(), opened.state_file()
    for name, change in changes.items():
        if name == "weights":
            weights = change(weights)
        else:
            documents[name] = change(documents[name])
    return pack(weights, state, documents)


def told(**changes: Any) -> Callable[[bytes], bytes]:
    """The manifest with other fields."""
    return lambda data: msgspec.json.encode({**msgspec.json.decode(data), **changes})


def test_a_run_comes_back_with_its_weights_journal_spec_and_vocabulary(
    owner: Live, file: bytes, host: LocalHost, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "EVERY", 2)
    run = host.import_run(file, "songs")
    assert run == owner.run
    live = Live(host, home, run)
    there, here = owner.host.run(owner.run), host.run(run)
    assert (here.session, here.state, here.step, here.validation) == ("songs", "finished", there.step, there.validation)
    assert here.spec.replace({"data.corpus": there.spec.data.corpus}) == there.spec
    assert live.events() == owner.events()
    assert live.paths.vocabulary.read_bytes() == owner.paths.vocabulary.read_bytes()
    for name in ("weights.safetensors", "state.safetensors"):
        ours, theirs = (checkpoints.read_manifest(each.paths, here.step) for each in (live, owner))
        assert len(checkpoints.read_file(live.paths, ours, name)) > 0
        assert ours.state == theirs.state
    # As any long run: who opens it does not read all of it.
    read, known = host.read(run, 0, 10**6), host.beginning(run)
    assert (known.cursor, known.course) == (read.cursor, fold(Course(), read.records))


def test_a_file_names_no_place_of_the_machine_it_is_from(owner: Live, file: bytes, corpus: Path) -> None:
    assert str(corpus.parent).encode() not in file
    assert str(owner.paths.directory.parents[3]).encode() not in file


def test_a_name_that_is_taken_gives_another(file: bytes, host: LocalHost) -> None:
    assert host.import_run(file, "main") != host.import_run(file, "main")
    assert len(host.runs()) == 2


def test_an_imported_run_goes_on_where_its_text_is(
    owner: Live, file: bytes, host: LocalHost, home: Path, corpus: Path
) -> None:
    without = host.import_run(file, "main")
    with pytest.raises(RunError, match="is not on this machine"):
        host.fork(without, "last", {"train.epochs": 3})
    run = host.import_run(file, "main", str(corpus))
    child = Live(host, home, host.fork(run, "last", {"train.epochs": 3}))
    assert child.ends() == "finished"
    assert child.of(Adopted)[0].fresh == ()
    assert child.of(Started)[0].step == owner.host.run(owner.run).step


def test_another_text_is_not_taken_for_its_own(file: bytes, host: LocalHost, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("another text altogether; " * 100)
    with pytest.raises(BadInput, match="is not the text"):
        host.import_run(file, "main", str(other))
    assert host.runs() == ()


def test_weights_alone_go_on_with_everything_else_anew(owner: Live, host: LocalHost, home: Path, corpus: Path) -> None:
    small_file = owner.host.export_run(owner.run, "best", whole=False)
    run = host.import_run(small_file, "main", str(corpus))
    with pytest.raises(RunError, match=f"weights only, and nothing to resume with: `rnnlab fork {run}`"):
        origins.check_state(HomePaths(home).session("main").run(run))
    origins.check_state(owner.paths)
    child = Live(host, home, host.fork(run, "last", {"train.epochs": 3}))
    assert child.ends() == "finished"
    assert child.of(Adopted)[0].fresh == ("optimizer", "position", "rate")


def _other_words(data: bytes) -> bytes:
    document = msgspec.json.decode(data)
    document["test"]["text"] = "x" + document["test"]["text"][1:]
    return msgspec.json.encode(document)


def _other_nats(data: bytes) -> bytes:
    document = msgspec.json.decode(data)
    document["test"]["nats"][5] += 0.01
    return msgspec.json.encode(document)


def _larger(data: bytes) -> bytes:
    document = msgspec.json.decode(data)
    document["spec"]["model"]["hidden"] = 16384
    return msgspec.json.encode(document)


def _not_numbers(weights: bytes) -> bytes:
    return weights[:-4] + b"\x00\x00\xc0\x7f"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"manifest": _other_words}, "does not write what it wrote"),
        ({"manifest": _other_nats}, "does not give its test text the probabilities"),
        ({"manifest": _larger}, "not those of the model"),
        ({"manifest": told(version=99)}, "newer rnnlab"),
        ({"manifest": told(spec={"model": {"hidden": -1}})}, "hidden must be"),
        ({"manifest": told(test=None)}, "do not read"),
        ({"manifest": lambda data: b"[" * 100_000}, "do not read"),
        ({"vocabulary": lambda data: b'{"kind":"char","unknown":null,"tokens":["a"]}'}, "not those of the model"),
        ({"vocabulary": lambda data: b'{"kind":"char","unknown":7,"tokens":["ab"]}'}, "vocabulary is damaged"),
        ({"journal": lambda data: data.replace(b"step", b"stop", 1)}, "journal is damaged"),
        ({"weights": _not_numbers}, "not finite"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_and_leaves_nothing(
    file: bytes, host: LocalHost, home: Path, changes: dict[str, Callable[[Any], Any]], words: str
) -> None:
    with pytest.raises(RnnlabError, match=words):
        host.import_run(remade(file, **changes), "main")
    assert host.runs() == ()
    assert [path for path in home.rglob("*") if "import" in path.name] == []


def test_a_model_that_reads_the_future_is_proved_by_what_it_finds_likeliest(
    host: LocalHost, home: Path, corpus: Path, tmp_path: Path
) -> None:
    live = Live(host, home, host.start(small(corpus, model__bidirectional=True, train__max_steps=30), "main"))
    live.ends()
    data = host.export_run(live.run, "last", whole=False)
    test = msgspec.json.decode(open_bundle(data).document("manifest"))["test"]
    assert (len(test["nats"]), len(test["greedy"]) > 50) == (0, True)
    other = LocalHost(tmp_path / "other")
    assert other.import_run(data, "main") == live.run


@pytest.mark.parametrize("name", ["../../../evil", "/etc/passwd", "", "a/b", "x" * 200, "con\x1b[2J", ".hidden"])
def test_a_name_leads_nowhere(file: bytes, host: LocalHost, home: Path, name: str) -> None:
    run = host.import_run(remade(file, manifest=told(id=name)), "main")
    assert run != name
    assert host.run(run).state == "finished"
    assert [path.name for path in (home / "sessions" / "main" / "runs").iterdir()] == [run]


def test_what_a_failure_said_stays_at_home(owner: Live, file: bytes) -> None:
    lines = owner.paths.journal.read_bytes()
    last = Record(seq=10**6, at=0.0, event=Finished(step=9, epoch=1, cause="failed", message="cannot write /home/me"))
    owner.paths.journal.write_bytes(lines + journal.encode(last))
    try:
        found = open_bundle(owner.host.export_run(owner.run, "last", whole=False)).document("journal")
    finally:
        owner.paths.journal.write_bytes(lines)
    assert b'"cause":"failed"' in found
    assert b"/home/me" not in found
