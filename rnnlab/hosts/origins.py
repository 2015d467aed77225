"""Runs that begin with another's weights: forks, which go on with the same model and text under a changed spec, and
runs on another corpus, whose vocabulary the worker maps token by token.

What can be wrong is found here, before a process starts. It must not know torch, nor how workers are started.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from pathlib import Path

import msgspec

from rnnlab.errors import BadInput, CheckpointError, RunError, SpecError
from rnnlab.files import commit_directory, make_directory, write_atomic
from rnnlab.runs import checkpoints, manifest
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.history import checked, history
from rnnlab.runs.manifest import Manifest, Parent
from rnnlab.runs.paths import CHECKPOINT_MANIFEST, STATE, HomePaths, RunPaths
from rnnlab.specs import RunSpec, Value
from rnnlab.specs.arithmetic import plan
from rnnlab.specs.knobs import MODEL_SHAPE, turned
from rnnlab.text.cache import Cache
from rnnlab.text.corpus import Corpus
from rnnlab.text.vocabulary import Vocabulary

_SAME_TOKENS = (
    "data.corpus", "data.tokens", "data.clean", "data.encoding", "data.separator", "data.min_count", "data.max_tokens",
)  # fmt: skip
"""What a fork's ids depend on, beside the limit, whose vocabulary is compared."""
_RETRIES = 3
"""A live parent may delete an old checkpoint between our choosing it and our reading it."""


class Origin(msgspec.Struct, frozen=True):
    """What a run begins with: the parent on record, its vocabulary, and one of its checkpoints, verified."""

    parent: Parent
    vocabulary: bytes
    checkpoint: CheckpointManifest
    files: dict[str, bytes]

    def lay_beside(self, paths: RunPaths) -> None:
        """Put it into the new run's directory, for its worker."""
        there = RunPaths(paths.origin)
        make_directory(there.directory)
        write_atomic(there.vocabulary, self.vocabulary)
        stored = {**self.files, CHECKPOINT_MANIFEST: msgspec.json.encode(self.checkpoint)}
        commit_directory(there.checkpoint(self.checkpoint.step), stored)


def forked(home: HomePaths, paths: RunPaths, at: str, changes: Mapping[str, Value]) -> tuple[RunSpec, Corpus, Origin]:
    """(spec, corpus, origin) of a fork: the parent's spec as its knobs stood at that checkpoint, with the changes.

    Raises NotFound, CheckpointError, or SpecError for a change that the parent's weights do not allow.
    """
    what = manifest.read(paths.manifest)
    checkpoint, files = read_checkpoint(paths, at)
    before = as_turned(what.spec, paths, checkpoint.step)
    spec = before.replace(changes)
    for path in (*MODEL_SHAPE, *_SAME_TOKENS):
        if spec.value(path) != before.value(path):
            other = (
                "`rnnlab train --init` takes its weights to another text" if path in _SAME_TOKENS else "start a new run"
            )
            raise SpecError(path, f"a fork keeps the {path} of its parent: {other}")
    corpus = corpus_of(home, what, spec)
    vocabulary = manifest.read_vocabulary(paths)
    if corpus.vocabulary != _vocabulary(vocabulary, what.id):
        raise SpecError("data.limit", "with this limit the text has another alphabet than the parent's: keep its limit")
    _check_room(spec, corpus, checkpoint.step)
    keeps = _keeps(before, spec, changes) if STATE in checkpoint.files else ()
    parent = Parent(run=what.id, step=checkpoint.step, kind="fork", keeps=keeps)
    return spec, corpus, Origin(parent, vocabulary, checkpoint, files)


def initial(paths: RunPaths, at: str, spec: RunSpec, corpus: Corpus) -> Origin:
    """The origin of a run that begins with the weights of another on another corpus.

    Raises SpecError where the models differ, BadInput where the vocabularies have nothing in common.
    """
    what = manifest.read(paths.manifest)
    for path in (*MODEL_SHAPE, "data.tokens"):
        if spec.value(path) != what.spec.value(path):
            raise SpecError(path, f"the weights of {what.id} need {path}={what.spec.value(path)}")
    checkpoint, files = read_checkpoint(paths, at)
    vocabulary = manifest.read_vocabulary(paths)
    if not set(_vocabulary(vocabulary, what.id).tokens) & set(corpus.vocabulary.tokens):
        raise BadInput(f"{what.id} and {corpus.name} have no token in common: start without --init")
    return Origin(Parent(run=what.id, step=checkpoint.step, kind="init"), vocabulary, checkpoint, files)


def as_turned(spec: RunSpec, paths: RunPaths, step: int) -> RunSpec:
    """A run's spec with the knobs as they stood for the step after that one."""
    _, turns = history(paths)
    for when in sorted(when for when in turns if when <= step):
        for changes in turns[when]:
            spec = turned(spec, checked(changes))
    return spec


def check_state(paths: RunPaths) -> None:
    """Raises RunError where the newest checkpoint has weights alone; one that is damaged is the worker's matter."""
    there = checkpoints.steps(paths)
    with contextlib.suppress(CheckpointError):
        if there and STATE not in checkpoints.read_manifest(paths, there[-1]).files:
            run = paths.directory.name
            raise RunError(
                f"{run} came with its weights only, and nothing to resume with: `rnnlab fork {run}` goes on from them "
                "with a fresh optimizer"
            )


def corpus_copy(home: HomePaths, what: Manifest) -> Path:
    """The kept copy of a run's text; raises RunError where it is not here."""
    copy = home.corpus_copy(what.corpus.sha256)
    if not copy.exists():
        raise RunError(
            f"the text of {what.id}, {what.corpus.name}, is not on this machine: "
            "import the run with --corpus PATH, which must be that very text"
        )
    return copy


def corpus_of(home: HomePaths, what: Manifest, spec: RunSpec) -> Corpus:
    """A run's text, from the copy that was kept, as a spec tokenizes it; raises RunError where it is not here."""
    copy = corpus_copy(home, what)
    corpus = Corpus.open(
        str(copy), spec.data, cache=Cache(home.cache), sha256=what.corpus.sha256, encoding=what.corpus.encoding
    )
    return dataclasses.replace(corpus, name=what.corpus.name, source=what.corpus.source)


def read_checkpoint(paths: RunPaths, at: str) -> tuple[CheckpointManifest, dict[str, bytes]]:
    """A checkpoint (`last`, `best` or a step) and its files, verified; raises NotFound or CheckpointError."""
    for _ in range(_RETRIES - 1):
        with contextlib.suppress(CheckpointError):
            return _read_once(paths, at)
    return _read_once(paths, at)


def _read_once(paths: RunPaths, at: str) -> tuple[CheckpointManifest, dict[str, bytes]]:
    found = checkpoints.read_manifest(paths, checkpoints.resolve(paths, at))
    return found, {name: checkpoints.read_file(paths, found, name) for name in found.files}


def _vocabulary(data: bytes, run: str) -> Vocabulary:
    try:
        return Vocabulary.from_document(msgspec.json.decode(data))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise CheckpointError(f"the vocabulary of {run} is damaged: make the run again from its corpus") from None


def _check_room(spec: RunSpec, corpus: Corpus, step: int) -> None:
    total = plan(spec, tokens=len(corpus.ids), vocabulary=len(corpus.vocabulary)).total_steps
    if step >= total:
        raise SpecError(
            "train.epochs",
            f"step {step:,} is the end of {spec.train.epochs:,} epochs ({total:,} steps): set train.epochs higher, "
            "or fork an earlier checkpoint with --at",
        )


def _keeps(before: RunSpec, spec: RunSpec, changes: Mapping[str, Value]) -> tuple[str, ...]:
    same_place = before.data == spec.data and before.train.seed == spec.train.seed
    keeps = ("optimizer", "position" if same_place else "", "" if "train.lr" in changes else "rate")
    return tuple(what for what in keeps if what)
