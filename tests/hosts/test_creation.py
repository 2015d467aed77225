"""Making a run: its directory is complete when it has a name, and nobody else's."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest

from rnnlab.errors import CorpusError
from rnnlab.hosts import creation, names
from rnnlab.hosts.creation import create_run
from rnnlab.hosts.names import new_id
from rnnlab.runs import manifest
from rnnlab.runs.paths import HomePaths, is_slug
from rnnlab.specs import RunSpec
from rnnlab.specs.cells import CELLS
from rnnlab.text.corpus import Corpus
from rnnlab.text.vocabulary import Vocabulary

from .live import small
from .runs_on_disk import make_run


def test_a_new_run_holds_its_spec_its_vocabulary_and_the_text_it_reads(home: Path, corpus: Path) -> None:
    run = make_run(home, corpus, now=5.0)
    what = manifest.read(run.manifest)
    assert (what.id, what.session, what.created_at, what.version) == (run.directory.name, "main", 5.0, manifest.VERSION)
    opened = Corpus.open(str(corpus))
    copy = HomePaths(home).corpus_copy(what.corpus.sha256)
    assert copy.read_bytes() == corpus.read_bytes()
    assert (what.corpus.name, what.corpus.sha256, what.corpus.bytes) == ("tide", opened.sha256, opened.bytes)
    vocabulary = Vocabulary.from_document(msgspec.json.decode(run.vocabulary.read_bytes()))
    assert vocabulary.tokens == opened.vocabulary.tokens
    assert sorted(path.name for path in run.directory.iterdir()) == ["spec.json", "vocab.json"]


def test_one_copy_of_a_text_serves_all_its_runs(home: Path, corpus: Path) -> None:
    for session in ("one", "two"):
        make_run(home, corpus, session)
    assert len(list((home / "corpora").iterdir())) == 1


def test_a_path_is_kept_absolute_and_a_bundled_corpus_brings_its_prefixes(
    home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(corpus.parent)
    opened = Corpus.open("tide.txt")
    run = create_run(HomePaths(home), small(Path("tide.txt")), opened, "main", now=1.0, taken=())
    assert manifest.read(run.manifest).spec.data.corpus == str(corpus)
    bundled = RunSpec().replace({"data.corpus": "the-tide-clock", "model.hidden": 8})
    run = create_run(HomePaths(home), bundled, Corpus.open("the-tide-clock"), "main", now=1.0, taken=())
    spec = manifest.read(run.manifest).spec
    assert spec.data.corpus == "the-tide-clock"
    assert spec.train.prefixes


def test_a_text_that_changes_while_the_run_is_made_is_refused_and_leaves_no_run(home: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the tide turns " * 100)
    opened = Corpus.open(str(text))
    text.write_text("another text " * 100)
    with pytest.raises(CorpusError, match="was changed"):
        create_run(HomePaths(home), small(text), opened, "main", now=1.0, taken=())
    assert not home.exists() or not list(home.glob("sessions/*/runs/*"))


def test_a_name_that_somebody_takes_at_this_very_moment_is_not_shared(
    home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = iter(["gru-8-shy-owl"] * 3 + ["gru-8-shy-fox"])
    monkeypatch.setattr(creation, "new_id", lambda spec, taken: next(few))
    first, second = make_run(home, corpus), make_run(home, corpus)
    assert [first.directory.name, second.directory.name] == ["gru-8-shy-owl", "gru-8-shy-fox"]
    assert manifest.read(first.manifest).id == "gru-8-shy-owl"


def test_runs_made_at_once_by_many_are_all_there(home: Path, corpus: Path) -> None:
    make_run(home, corpus)
    threads = [threading.Thread(target=make_run, args=(home, corpus)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(home.glob("sessions/main/runs/*/spec.json"))) == 21


@pytest.mark.parametrize("cell", CELLS)
def test_names_tell_the_model_and_are_slugs(cell: str) -> None:
    spec = RunSpec().replace({"model.cell": cell, "model.hidden": 16384})
    drawn = {new_id(spec, ()) for _ in range(200)}
    assert len(drawn) > 100
    for name in drawn:
        assert is_slug(name)
        assert name.startswith(f"{cell}-16384-")


def test_names_do_not_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_ADJECTIVES", "shy")
    monkeypatch.setattr(names, "_ANIMALS", "owl")
    taken: set[str] = set()
    for _ in range(5):
        taken.add(new_id(RunSpec(), taken))
    assert len(taken) == 5
    assert "gru-256-shy-owl" in taken
    assert all(is_slug(name) for name in taken)
