"""How a training begins: what it says of itself at first, and how it takes over what another training left.

It must not know where another's snapshot was kept.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch

from rnnlab.errors import CheckpointError
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import DataSpec
from rnnlab.specs.arithmetic import Plan, split_spans
from rnnlab.specs.model import READS_FUTURE
from rnnlab.text.baselines import rulers
from rnnlab.text.corpus import Corpus
from rnnlab.text.statistics import unigram_perplexity
from rnnlab.text.vocabulary import Vocabulary
from rnnlab.training import device as devices
from rnnlab.training.optimizers import Optimizer
from rnnlab.training.pace import Pace
from rnnlab.training.progress import Progress
from rnnlab.training.snapshot import Snapshot, load_optimizer, progress_of

INHERITABLE = ("optimizer", "position", "rate")
"""What a fork may take over beside the weights: the optimizer's moments; data position, hidden state and generators;
the part of the learning rate that going back has left."""
SHOWN = 100
"""Tokens that an event lists of those added or dropped."""


def facts(
    data: DataSpec, plan: Plan, model: LanguageModel, corpus: Corpus, device: torch.device, pace: Pace, graph: str
) -> dict[str, Any]:
    """What `Started` says of the place and of the sizes of things; `graph` is said along with it."""
    notes = pace.note, graph, READS_FUTURE if model.spec.bidirectional else ""
    return {
        "device": devices.describe(device),
        "unigram": unigram_perplexity(corpus.counts_in(split_spans(data, len(corpus.ids))["train"])),
        "engine": model.engine,
        "threads": pace.threads,
        "layout": pace.layout,
        "note": "; ".join(note for note in notes if note),
        "parameters": plan.parameters,
        "vocabulary": len(corpus.vocabulary),
        "train_tokens": plan.train_tokens,
        "validation_tokens": plan.validation_tokens,
        "rulers": rulers(corpus),
        "unknown_share": corpus.unknown_share,
        "characters_per_token": corpus.characters_per_token,
        "batches": plan.batches,
        "total_steps": plan.total_steps,
    }


def forked(snapshot: Snapshot, optimizer: Optimizer, plan: Plan, keeps: Collection[str]) -> tuple[Progress, set[str]]:
    """(where a fork begins, what it could not take over of what it keeps); gives the optimizer its moments.

    The step is the parent's; best score and patience begin anew. Without `position`, it is the place in the new plan
    that as many steps would have led to.
    """
    progress = progress_of(snapshot.document)
    progress.best = progress.validation = progress.train = None
    progress.elapsed_s = 0.0
    progress.evaluations_since_best = progress.evaluations_since_cut = progress.skipped_in_a_row = 0
    progress.explosions, progress.exploded_at, progress.spiked_at = 0, None, None
    if "rate" not in keeps:
        progress.rewinds = 0
    if "position" not in keeps:
        progress.epoch, progress.batch = progress.step // plan.batches + 1, progress.step % plan.batches
    lost = {what for what in INHERITABLE if what not in keeps}
    if "optimizer" in keeps and not _load_moments(optimizer, snapshot):
        lost.add("optimizer")
    return progress, lost


def _load_moments(optimizer: Optimizer, snapshot: Snapshot) -> bool:
    there = {name.removeprefix("optimizer.") for name in snapshot.tensors if name.startswith("optimizer.")}
    if there != set(optimizer.state):
        return False
    load_optimizer(optimizer, snapshot.tensors)
    return True


@torch.no_grad()
def map_tokens(model: LanguageModel, snapshot: Snapshot, old: Vocabulary, new: Vocabulary) -> None:
    """Put another vocabulary's weights into a model: the rows of tokens that both have move to their new ids, the rows
    of new tokens stay as they were drawn, all else is copied.

    Raises CheckpointError where the weights are of another model.
    """
    ids = {token: i for i, token in enumerate(old.tokens)}
    theirs = torch.tensor([ids[token] for token in new.tokens if token in ids], dtype=torch.int64)
    ours = torch.tensor([i for i, token in enumerate(new.tokens) if token in ids], dtype=torch.int64)
    state = model.state_dict()
    if set(state) != set(snapshot.weights):
        raise CheckpointError("the weights to begin with are of another model: take its cell, layers and embedding")
    for name, weight in state.items():
        given, axis = snapshot.weights[name], _token_axis(model, name)
        shape = list(given.shape)
        if axis is not None and shape[axis] == len(old):
            shape[axis] = len(new)
        if shape != list(weight.shape):
            raise CheckpointError(f"the weights to begin with are of another model: {name} has another shape")
        if axis is None:
            weight.copy_(given)
        else:
            weight.index_copy_(axis, ours.to(weight.device), given.index_select(axis, theirs).to(weight))


def adoption(
    parent: str, step: int, fresh: Collection[str], new: Vocabulary, old: Vocabulary | None = None
) -> dict[str, Any]:
    """What `Adopted` says: of which run and step the weights are, what begins anew, and the tokens of both."""
    before, now = set((old or new).tokens), set(new.tokens)
    added = [token for token in new.tokens if token not in before]
    dropped = [token for token in (old or new).tokens if token not in now]
    return {
        "parent": parent,
        "from_step": step,
        "fresh": tuple(sorted(fresh)),
        "kept": len(before & now),
        "added": tuple(added[:SHOWN]),
        "dropped": tuple(dropped[:SHOWN]),
        "added_count": len(added),
        "dropped_count": len(dropped),
    }


def _token_axis(model: LanguageModel, name: str) -> int | None:
    """Which axis of a weight goes over the tokens, or None."""
    if name in ("embedding.weight", "output.weight", "output.bias"):
        return 0
    one_hot = model.embedding is None and name.startswith("recurrent.weight_ih_l0")
    return 1 if one_hot else None
