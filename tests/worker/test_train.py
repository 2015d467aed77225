"""What a worker makes of failures, of former attempts, and of the text it was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnlab.errors import RunError, SpecError
from rnnlab.events import Changed, Finished, Saved, Started
from rnnlab.runs import journal, manifest, status
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import HomePaths, RunPaths
from rnnlab.worker.train import checked, history, open_corpus, open_trainer

from .processes import TEXT, Run, make_run


def started(step: int, attempt: int) -> Started:
    return Started(
        step=step, epoch=1, attempt=attempt, device="cpu", engine="fused", threads=1, parameters=10, vocabulary=5,
        unigram=4.0, train_tokens=100, validation_tokens=10, characters_per_token=1.0, batches=20, total_steps=200,
        epochs=10,
    )  # fmt: skip


def changed(step: int, lr: str) -> Changed:
    return Changed(step=step, epoch=1, changes={"train.lr": lr})


def test_former_attempts_are_counted_and_only_the_knobs_that_still_count_are_turned_again(tmp_path: Path) -> None:
    paths = RunPaths(tmp_path)
    assert history(paths) == (0, {})
    writer = JournalWriter(paths.journal)
    for event in (
        started(0, 1), changed(10, "0.1"), changed(10, "0.2"), changed(30, "0.3"), Saved(step=20, epoch=1, reason="x"),
        started(20, 2), changed(25, "0.30000000000000004"),
    ):  # fmt: skip
        writer.write(event)
    writer.close()
    turned = {10: [{"train.lr": 0.1}, {"train.lr": 0.2}], 25: [{"train.lr": 0.1 + 0.2}]}
    assert history(paths) == (2, turned)


def test_values_of_knobs_are_checked_whether_they_are_text_or_not() -> None:
    assert checked({"train.lr": "0.5", "train.patience": 3, "train.clip": "none"}) == {
        "train.lr": 0.5,
        "train.patience": 3,
        "train.clip": "none",
    }
    for wrong in ({"train.lr": -1}, {"train.lr": "x"}, {"no.such": 1}, {"train.patience": [3]}):
        with pytest.raises(SpecError):
            checked(wrong)


def test_the_text_is_the_one_that_was_kept_and_no_other(tmp_path: Path) -> None:
    paths = make_run(tmp_path, {})
    what = manifest.read(paths.manifest)
    (tmp_path / "text.txt").unlink()
    copy = HomePaths(tmp_path).corpus_copy(what.corpus.sha256)
    copy.write_text(TEXT + "x")
    with pytest.raises(RunError, match="is not the text that the run was made with"):
        open_corpus(paths, what)
    copy.write_text(TEXT)
    before = open_corpus(paths, what)
    assert before.text == TEXT
    # Encoded once, it is known by its digest: the copy is not even read again.
    copy.write_text(TEXT + "x")
    assert (open_corpus(paths, what).ids == before.ids).all()


def test_a_new_run_begins_at_nothing(tmp_path: Path) -> None:
    trainer, turned = open_trainer(make_run(tmp_path, {}))
    assert (trainer.progress.step, turned) == (0, {})


def test_a_run_whose_spec_does_not_hold_fails_with_a_sentence(tmp_path: Path) -> None:
    run = Run(tmp_path, {})
    run.paths.manifest.write_bytes(run.paths.manifest.read_bytes().replace(b'"hidden": 12', b'"hidden": -12'))
    run.start()
    assert run.process is not None
    run.process.join()
    assert run.process.exitcode == 1
    (end,) = [record.event for record in journal.read(run.paths.journal).records]
    assert isinstance(end, Finished)
    assert end.cause == "failed"
    assert "hidden must be at least 1" in end.message
    now = status.read(run.paths.status)
    assert now is not None
    assert (now.state, now.message) == ("failed", end.message)
