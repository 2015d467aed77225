"""Checkpoints: whole or refused, and never fewer than one that is whole."""

from __future__ import annotations

import errno
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from rnnlab import files
from rnnlab.errors import CheckpointError, NotFound, StorageError
from rnnlab.runs import checkpoints
from rnnlab.runs.checkpoints import KEEP, CheckpointManifest, StoredFile, read_file, read_manifest, resolve, save, steps
from rnnlab.runs.paths import CHECKPOINT_MANIFEST, STATE, WEIGHTS, RunPaths

CONTENTS = {WEIGHTS: bytes(range(256)) * 2, STATE: b"state" * 20}


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    return RunPaths(tmp_path / "gru-8-shy-owl")


def manifest(step: int) -> CheckpointManifest:
    return CheckpointManifest(step=step, epoch=1, split="validation", perplexity=2.5, state={"a": [1, None]}, files={})


def keep(run: RunPaths, *numbers: int, best: int | None = None) -> None:
    for step in numbers:
        save(run, manifest(step), {**CONTENTS, STATE: b"%d" % step}, best=step == best)


def load(run: RunPaths, step: int) -> dict[str, bytes]:
    """Everything in a checkpoint, read as a worker does."""
    found = read_manifest(run, step)
    return {name: read_file(run, found, name) for name in (WEIGHTS, STATE)}


def rewrite(run: RunPaths, of: int, **changes: object) -> CheckpointManifest:
    """Change what a checkpoint's manifest says, as someone who sends one may."""
    changed = msgspec.structs.replace(read_manifest(run, of), **changes).sealed()
    (run.checkpoint(of) / CHECKPOINT_MANIFEST).write_bytes(msgspec.json.encode(changed))
    return changed


def test_what_is_saved_is_read(run: RunPaths) -> None:
    save(run, manifest(7), CONTENTS)
    assert load(run, 7) == CONTENTS
    found = read_manifest(run, 7)
    assert (found.step, found.split, found.perplexity, found.state) == (7, "validation", 2.5, {"a": [1, None]})


def test_there_are_no_steps_before_the_first_is_saved(run: RunPaths) -> None:
    assert steps(run) == []
    assert checkpoints.best_step(run) is None


def test_a_thousand_flips_and_cuts_are_all_noticed(run: RunPaths) -> None:
    save(run, manifest(7), CONTENTS)
    chance = random.Random(7)
    everything = {name: (run.checkpoint(7) / name).read_bytes() for name in (*CONTENTS, CHECKPOINT_MANIFEST)}
    noticed = 0
    for _ in range(1000):
        name = chance.choice(sorted(everything))
        path, data = run.checkpoint(7) / name, bytearray(everything[name])
        if chance.random() < 0.3:
            data = data[: chance.randrange(len(data))]
        else:
            data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
        path.unlink()
        path.write_bytes(data)
        try:
            load(run, 7)
        except CheckpointError as error:
            noticed += "step 7" in str(error)
        path.unlink()
        path.write_bytes(everything[name])
    assert noticed == 1000


def test_the_newest_the_best_and_the_untrained_one_stay(run: RunPaths) -> None:
    keep(run, 0, 10, 20, 30, best=10)
    assert steps(run) == [0, 10, 20, 30]
    keep(run, 40, 50)
    assert steps(run) == [0, 10, 30, 40, 50]
    keep(run, 60, best=60)
    assert steps(run) == [0, 40, 50, 60], "the best one before goes"
    assert checkpoints.best_step(run) == 60
    keep(run, 70, 80, 90)
    assert steps(run) == [0, 60, 70, 80, 90]


def test_order_is_by_step_and_not_by_name_or_time(run: RunPaths) -> None:
    keep(run, 9, 10, 100, 1000)
    assert steps(run) == [9, 10, 100, 1000]
    os.utime(run.checkpoint(9), (2e9, 2e9))
    assert resolve(run, "last") == 1000


def test_what_a_resume_went_back_from_does_not_push_out_what_it_saves(run: RunPaths) -> None:
    keep(run, 0, 100, 110, 120, best=120)
    for step in (110, 120):
        (run.checkpoint(step) / WEIGHTS).write_bytes(b"damaged")
    keep(run, 105)
    assert steps(run) == [0, 100, 105]
    assert load(run, 105)[STATE] == b"105"
    assert checkpoints.best_step(run) is None
    assert resolve(run, "best") == 105


def test_saving_a_step_again_replaces_it(run: RunPaths) -> None:
    keep(run, 0, 10)
    save(run, manifest(10), {**CONTENTS, STATE: b"again"})
    assert load(run, 10)[STATE] == b"again"
    assert steps(run) == [0, 10]
    assert {entry.name for entry in run.checkpoints.iterdir()} == {"step-0", "step-10"}


def test_files_that_we_did_not_write_are_left_alone(run: RunPaths) -> None:
    keep(run, 0)
    (run.checkpoints / "notes.txt").write_bytes(b"mine")
    (run.checkpoints / "step-best").mkdir()
    keep(run, 1, 2, 3, 4, 5)
    assert (run.checkpoints / "notes.txt").read_bytes() == b"mine"
    assert (run.checkpoints / "step-best").is_dir()
    assert steps(run) == [0, 3, 4, 5]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_at_no_refusal_of_the_disk_is_there_less_than_there_was(
    run: RunPaths, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    keep(run, 0, 10, 20, 30)
    refused, at = 0, 0
    while True:
        calls = iter(range(10**6))
        with monkeypatch.context() as patch:
            for name in ("write", "fsync", "rename", "replace"):
                patch.setattr(os, name, failing(getattr(os, name), calls, at, error))
            try:
                keep(run, 40, best=40)
                done = True
            except StorageError:
                done = False
        for step in steps(run):
            load(run, step)
        assert {20, 30} <= set(steps(run))
        files.settle(run.checkpoints)
        if done:
            break
        refused, at = refused + 1, at + 1
        if 40 in steps(run):
            files.remove_tree(run.checkpoint(40))
    assert refused > 8
    assert checkpoints.best_step(run) == 40


def failing(call: Callable[..., object], calls: Iterator[int], at: int, error: int) -> Callable[..., object]:
    def act(*arguments: object, **options: object) -> object:
        if next(calls) == at:
            raise OSError(error, os.strerror(error))
        return call(*arguments, **options)

    return act


def test_a_reference_is_last_best_or_a_number(run: RunPaths) -> None:
    keep(run, 0, 10, 20, best=10)
    assert [resolve(run, at) for at in ("last", "best", "0", "20")] == [20, 10, 0, 20]


@pytest.mark.parametrize("at", ["", "7", "-1", "20.0", "２0", "last ", "newest", "9" * 400, "\x1b[2J", "1_0"])
def test_another_reference_is_answered_with_what_there_is(run: RunPaths, at: str) -> None:
    keep(run, 0, 10, 20)
    with pytest.raises(NotFound, match=r"it has 0, 10, 20, last and best") as caught:
        resolve(run, at)
    assert str(caught.value).isprintable()


def test_a_run_without_weights_says_that_they_will_come(run: RunPaths) -> None:
    with pytest.raises(NotFound, match="train it to its first checkpoint"):
        resolve(run, "last")


@pytest.mark.parametrize("pointer", [b"", b"{", b'{"step":99}', b'{"step":-1}', b'{"step":"../x"}', b"[" * 50_000])
def test_a_best_that_is_gone_or_damaged_is_the_last_one(run: RunPaths, pointer: bytes) -> None:
    keep(run, 0, 10, best=0)
    run.best.write_bytes(pointer)
    assert checkpoints.best_step(run) is None
    assert resolve(run, "best") == 10


def test_a_checkpoint_cannot_speak_for_another(run: RunPaths) -> None:
    keep(run, 0, 10)
    rewrite(run, of=10, step=0)
    with pytest.raises(CheckpointError, match="step 10 is damaged: it says it is of step 0"):
        read_manifest(run, 10)


def test_a_checkpoint_of_a_newer_format_says_so(run: RunPaths) -> None:
    keep(run, 0)
    rewrite(run, 0, version=checkpoints.VERSION + 1)
    with pytest.raises(CheckpointError, match="newer rnnlab"):
        read_manifest(run, 0)


@pytest.mark.parametrize("size", [10**18, 2**62, -1, -(10**9), 0, 10**9])
def test_a_size_that_a_manifest_makes_up_takes_no_memory(run: RunPaths, size: int) -> None:
    keep(run, 0)
    found = rewrite(run, 0, files={WEIGHTS: StoredFile(bytes=size, sha256="0" * 64)})
    begun = time.monotonic()
    with pytest.raises(CheckpointError, match="is not what was saved"):
        read_file(run, found, WEIGHTS)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("name", ["../../spec.json", "/etc/passwd", "other.safetensors", ""])
def test_only_files_that_the_manifest_knows_are_read(run: RunPaths, name: str) -> None:
    keep(run, 0)
    with pytest.raises(CheckpointError, match="has no"):
        read_file(run, read_manifest(run, 0), name)


@pytest.mark.parametrize("junk", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"state":' + b'{"x":' * 5000, b'{"step":0}',
     b'{"step":0,"epoch":1,"files":{},"state":{"x":%d}}' % 10**30])  # fmt: skip
def test_a_manifest_that_does_not_read_is_damage(run: RunPaths, junk: bytes) -> None:
    keep(run, 0)
    (run.checkpoint(0) / CHECKPOINT_MANIFEST).write_bytes(junk)
    with pytest.raises(CheckpointError, match="step 0 is damaged"):
        read_manifest(run, 0)


def test_a_file_in_the_place_of_the_directory_is_no_checkpoint(run: RunPaths) -> None:
    run.directory.mkdir()
    run.checkpoints.write_bytes(b"")
    assert steps(run) == []
    run.checkpoints.unlink()
    keep(run, 0)
    (run.checkpoints / "step-5").write_bytes(b"")
    with pytest.raises(CheckpointError, match="step 5 is damaged"):
        read_manifest(run, 5)
    keep(run, 10, 11, 12, 13)
    assert 5 not in steps(run)


def test_as_many_stay_as_is_said() -> None:
    assert KEEP >= 2, "one that is whole while the next is written, and one to fall back to"
