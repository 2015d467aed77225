"""A run's text is kept as it was read, however it came: from standard input, from several files, in an old encoding."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from rnnlab.events import Started
from rnnlab.hosts import origins
from rnnlab.hosts.creation import create_run, settled
from rnnlab.hosts.local import LocalHost
from rnnlab.runs import manifest
from rnnlab.runs.paths import HomePaths
from rnnlab.specs import RunSpec
from rnnlab.text.corpus import Corpus

from .live import Live, small

POEM = "潮水来了又去了，钟声在屋里响着。\n" * 60


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_run_from_standard_input_goes_on_is_forked_and_shows_its_text_later(
    host: LocalHost, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, POEM.encode("gb18030"))
    spec = small(Path("-"), data__encoding="gb18030", train__epochs=10**6)
    run = Live(host, home, host.start(spec, "main"))
    run.reaches(3)
    host.request(run.run, "stop")
    assert run.ends() == "stopped"
    given(monkeypatch, b"")  # it cannot be read again
    host.resume(run.run)
    run.comes(Started, 2)
    run.kill()
    kept = host.run(run.run).spec.data
    assert Path(kept.corpus).is_absolute()
    assert host.corpus(kept).characters == len(POEM)
    assert host.passage(kept, 0, 4).text == POEM[:4]
    assert host.originality(run.run, POEM[:40]).share == 1.0
    fork = Live(host, home, host.fork(run.run, "last", {"train.max_minutes": 0.001}))
    assert fork.ends() == "time"


def made(home: HomePaths, reference: str, encoding: str) -> manifest.Manifest:
    spec = RunSpec().replace({"data.corpus": reference, "data.encoding": encoding, "data.batch": 2, "data.steps": 5})
    corpus = Corpus.open(reference, spec.data)
    paths = create_run(home, settled(home, spec, corpus), corpus, "main", now=time.time(), taken=())
    return manifest.read(paths.manifest)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le"])
def test_the_copy_of_several_files_in_an_old_encoding_is_read_as_what_it_is(home: Path, encoding: str) -> None:
    for name in ("1.txt", "2.txt"):
        (home.parent / name).write_bytes(POEM.encode(encoding))
    what = made(HomePaths(home), f"{home.parent}/1.txt:{home.parent}/2.txt", encoding)
    opened = origins.corpus_of(HomePaths(home), what, what.spec)
    assert opened.text == POEM * 2
    assert (opened.name, opened.sha256) == ("1+2", what.corpus.sha256)


def test_a_file_is_named_by_its_whole_path_in_the_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.parent / "poem.txt").write_text(POEM, encoding="utf-8")
    monkeypatch.chdir(home.parent)
    assert made(HomePaths(home), "poem.txt", "").spec.data.corpus == str(home.parent / "poem.txt")
