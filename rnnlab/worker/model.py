"""The run's model as a generator holds it: the weights of one checkpoint at a time, and the states it has been in.

It reads the run directory and never writes it. It must not know what is asked of a model.
"""

from __future__ import annotations

import contextlib

from rnnlab.errors import CheckpointError
from rnnlab.nn.keeping import Kept, Stepper
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.native import finding
from rnnlab.nn.stepper import stepper_of
from rnnlab.runs import checkpoints, manifest
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.paths import WEIGHTS, RunPaths
from rnnlab.specs.arithmetic import parameter_count
from rnnlab.specs.clamps import Clamp
from rnnlab.text.corpus import Corpus
from rnnlab.worker.origin import vocabulary_of
from rnnlab.worker.tensors import tensors_of
from rnnlab.worker.train import home_of, open_corpus

_FLOAT_BYTES = 4
_RETRIES = 3
"""A worker may delete an old checkpoint between our choosing it and our reading it."""


class Model:
    """The run's model with the weights of one checkpoint at a time."""

    def __init__(self, paths: RunPaths) -> None:
        self._paths = paths
        finding.look_in(home_of(paths).cache)
        self.run = manifest.read(paths.manifest)
        self.vocabulary = vocabulary_of(paths)
        self._model: LanguageModel | None = None
        self._loaded: CheckpointManifest | None = None
        self._corpus: Corpus | None = None
        self._stepping: tuple[tuple[Clamp, ...], Stepper, Kept] | None = None

    def corpus(self) -> Corpus:
        """The text that the run trains on; raises CorpusError, or RunError where its copy is not what it was."""
        self._corpus = self._corpus or open_corpus(self._paths, self.run)
        return self._corpus

    @property
    def model(self) -> LanguageModel:
        """The network with the weights that `at` loaded last."""
        assert self._model is not None, "nothing was loaded yet"
        return self._model

    def stepping(self, clamps: tuple[Clamp, ...]) -> tuple[Stepper, Kept]:
        """The model made ready to write, and the states it was in since; raises BadInput for a clamp without a unit."""
        if self._stepping is None or self._stepping[0] != clamps:
            self._stepping = clamps, stepper_of(self.model, clamps), Kept()
        return self._stepping[1:]

    def at(self, which: str) -> CheckpointManifest:
        """Load the weights of `last`, `best` or a step; raises NotFound or CheckpointError."""
        for _ in range(_RETRIES - 1):
            try:
                return self._load(checkpoints.resolve(self._paths, which))
            except CheckpointError:
                continue
        return self._last_whole() if which == "last" else self._load(checkpoints.resolve(self._paths, which))

    def _last_whole(self) -> CheckpointManifest:
        """The newest checkpoint that is whole, as a resume would take it."""
        newest = checkpoints.resolve(self._paths, "last")
        for step in reversed(checkpoints.steps(self._paths)):
            with contextlib.suppress(CheckpointError):
                return self._load(step)
        return self._load(newest)

    def _load(self, step: int) -> CheckpointManifest:
        found = checkpoints.read_manifest(self._paths, step)
        if self._loaded is None or found.files != self._loaded.files:
            data = checkpoints.read_file(self._paths, found, WEIGHTS)
            # Before anything is made: what a stranger's spec says must not decide how much memory is taken.
            if len(data) < _FLOAT_BYTES * parameter_count(self.run.spec.model, len(self.vocabulary)):
                raise CheckpointError(f"the checkpoint of step {step} does not fit its spec: it has too few weights")
            # Until all of it is there: a refusal leaves some tensors of each.
            self._loaded = self._stepping = None
            self._model = self._model or LanguageModel(self.run.spec.model, len(self.vocabulary)).eval()
            try:
                self._model.load_state_dict(tensors_of(data))
            except RuntimeError as error:
                raise CheckpointError(
                    f"the checkpoint of step {step} does not fit its spec: {first_line(error)}"
                ) from None
            self._loaded = found
        return found


def first_line(error: Exception) -> str:
    """An error of torch's without the pages that follow."""
    return " ".join(str(error).split())[:200]
