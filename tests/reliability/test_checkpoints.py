"""P9 and P11: taken up at any step, a training is bit for bit the one that was not interrupted; of a thousand damages
to a checkpoint each is noticed, and the one before is taken.
"""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
import safetensors.torch

from rnnlab.runs import checkpoints
from rnnlab.runs.paths import RunPaths
from rnnlab.specs import RunSpec, Value
from rnnlab.text.corpus import Corpus
from rnnlab.training.trainer import Trainer
from rnnlab.worker import tensors
from rnnlab.worker.tensors import Kept
from tests.worker.test_resume import ALL, HELD_OUT_IS_HARD, learnt

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

STEPS = 20
DAMAGES = 1000


def kept(trainer: Trainer) -> Kept:
    return Kept(snapshot=trainer.snapshot(), step=trainer.progress.step, epoch=1, split="", perplexity=None)


def digest(trainer: Trainer) -> str:
    return hashlib.sha256(safetensors.torch.save(trainer.snapshot().weights)).hexdigest()


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_taken_up_at_twenty_random_steps_it_goes_on_bit_for_bit(tmp_path: Path, cell: str) -> None:
    changes: dict[str, Value] = {**ALL, "model.cell": cell}
    spec = RunSpec().replace(changes)
    corpus = Corpus.from_text(HELD_OUT_IS_HARD, spec.data)
    trainer = Trainer(spec, corpus)
    happened, at, begun = [], random.Random(cell).sample(range(1, 110), STEPS), {}
    for new in trainer.steps():
        happened += new
        step = trainer.progress.step
        if step in at and step not in begun:
            # Through the disk, as a worker would.
            tensors.save(RunPaths(tmp_path / str(step)), kept(trainer))
            begun[step] = len(happened)
    assert len(begun) == STEPS
    for step, first in begun.items():
        again, rest = Trainer(spec, corpus, attempt=2), []
        again.restore(tensors.load(RunPaths(tmp_path / str(step)), step))
        for new in again.steps():
            rest += new
        assert learnt(rest) == learnt(happened[first:])
        assert digest(again) == digest(trainer)
    print(f"{cell}: taken up at {len(begun)} random steps, every loss and the last weights the same bit for bit")


def test_of_a_thousand_damages_each_is_noticed_and_the_one_before_is_taken(tmp_path: Path) -> None:
    spec = RunSpec().replace(ALL)
    trainer = Trainer(spec, Corpus.from_text(HELD_OUT_IS_HARD, spec.data))
    paths, chance = RunPaths(tmp_path / "run"), random.Random(11)
    for _ in trainer.steps():
        if trainer.progress.step in (5, 10):
            tensors.save(paths, kept(trainer))
        if trainer.progress.step > 10:
            break
    newest = paths.checkpoint(10)
    whole = {file: file.read_bytes() for file in newest.iterdir()}
    noticed = 0
    for _ in range(DAMAGES):
        file = chance.choice([*whole])
        data = bytearray(whole[file])
        if chance.random() < 0.3:
            data = data[: chance.randrange(len(data))]
        else:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        file.write_bytes(data)
        found = tensors.load_newest(paths)
        noticed += found is not None and found.document["progress"]["step"] == 5
        file.write_bytes(whole[file])
    print(f"{DAMAGES} flips and cuts: {noticed} noticed and the checkpoint before taken")
    assert noticed == DAMAGES


def test_without_digests_damage_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in the files is what was saved."""
    monkeypatch.setattr(checkpoints.CheckpointManifest, "sealed", lambda self: self)
    monkeypatch.setattr(checkpoints, "_stored", lambda data: checkpoints.StoredFile(len(data), ""))
    with pytest.raises((AssertionError, KeyError)):
        test_of_a_thousand_damages_each_is_noticed_and_the_one_before_is_taken(tmp_path)
