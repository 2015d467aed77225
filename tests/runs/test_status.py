"""The status: a worker's own word, of which nothing but the looks of a list depends."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rnnlab.events import AnyEvent, Evaluated, Finished, Paused, Saved, Started, Step, Unpaused
from rnnlab.runs import status
from rnnlab.runs.status import Status, fold

STARTED = Started(
    step=40, epoch=2, attempt=2, device="cpu", engine="fused", threads=1, parameters=10, vocabulary=5, unigram=4.0,
    train_tokens=100, validation_tokens=10, characters_per_token=1.0, batches=20, total_steps=200, epochs=10,
)  # fmt: skip


def validated(perplexity: float | None, *, best: bool, split: str = "validation") -> Evaluated:
    return Evaluated(step=50, epoch=3, split=split, loss=1.0, perplexity=perplexity, best=best)


def folded(*events: AnyEvent, begin: Status | None = None) -> Status:
    now = begin or Status()
    for event in events:
        now = fold(now, event)
    return now


@pytest.mark.parametrize("lasting", [True, False])
def test_what_is_written_is_read(tmp_path: Path, lasting: bool) -> None:
    path = tmp_path / "status.json"
    one = Status(state="failed", message="né\u2028", step=3, perplexity=2.5, device="cpu", progress=9)
    status.write(path, one, lasting=lasting)
    assert status.read(path) == one
    assert list(tmp_path.iterdir()) == [path]


def test_a_status_follows_its_events() -> None:
    step = Step(
        step=50, epoch=3, loss=1.0, perplexity=2.7, grad_norm=1.0, clipped=0.0, lr=0.1, tokens_per_s=9.0, elapsed_s=5.0
    )
    now = folded(STARTED, step)
    assert (now.state, now.step, now.epoch, now.total_steps, now.device) == ("running", 50, 3, 200, "cpu")
    assert (now.perplexity, now.tokens_per_s, now.elapsed_s) == (2.7, 9.0, 5.0)


def test_an_epoch_without_a_line_of_the_log_has_its_own_perplexity() -> None:
    assert folded(STARTED, validated(7.0, best=False, split="train")).perplexity == 7.0
    step = Step(
        step=60, epoch=3, loss=1.0, perplexity=2.7, grad_norm=1.0, clipped=0.0, lr=0.1, tokens_per_s=9.0, elapsed_s=5.0
    )
    assert folded(STARTED, step, validated(7.0, best=False, split="train")).perplexity == 2.7


def test_a_resumed_run_is_back_where_it_was_taken_up() -> None:
    assert folded(STARTED, begin=Status(state="died", step=57)).step == 40


def test_an_attempt_from_step_0_on_takes_no_figures_over_from_the_lost_one() -> None:
    again = msgspec.structs.replace(STARTED, step=0)
    now = folded(validated(4.0, best=True), again)
    assert (now.validation, now.best_validation) == (None, None)
    assert folded(validated(4.0, best=True), STARTED).best_validation == 4.0


def test_the_best_validation_is_kept_while_the_newest_moves() -> None:
    now = folded(
        validated(9.0, best=False), validated(4.0, best=True), validated(5.0, best=False),
        validated(1.0, best=True, split="train"),
    )  # fmt: skip
    assert (now.validation, now.best_validation) == (5.0, 4.0)


def test_pause_and_end_are_states() -> None:
    assert folded(STARTED, Paused(step=41, epoch=2)).state == "paused"
    assert folded(STARTED, Paused(step=41, epoch=2), Unpaused(step=41, epoch=2)).state == "running"
    ended = folded(STARTED, Finished(step=42, epoch=2, cause="failed", message="out of memory"))
    assert (ended.state, ended.message) == ("failed", "out of memory")
    assert folded(STARTED, Saved(step=41, epoch=2, reason="interval")).state == "running"


@pytest.mark.parametrize(
    "junk", [b"", b"{", b"[]", b"null", b"\xff", b'{"step":"x"}', b"[" * 100_000, b'{"x":' * 5000, b'{"step":NaN}']
)
def test_a_status_that_does_not_read_is_none(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "status.json"
    path.write_bytes(junk)
    assert status.read(path) is None


def test_no_status_is_none_also_where_something_else_has_its_name(tmp_path: Path) -> None:
    assert status.read(tmp_path / "status.json") is None
    assert status.read(tmp_path) is None


def test_a_status_with_fields_of_a_newer_program_reads(tmp_path: Path) -> None:
    (tmp_path / "status.json").write_bytes(b'{"state":"running","step":3,"mood":"good"}')
    assert status.read(tmp_path / "status.json") == Status(state="running", step=3)
