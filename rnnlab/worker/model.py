"""The run's model as a generator holds it: the weights of one checkpoint at a time, and the states it has been in.

It reads the run directory and never writes it. Where nobody needs the network, it writes with numpy alone and does
without torch. It must not know what is asked of a model.
"""

from __future__ import annotations

import contextlib

from rnnlab.errors import CheckpointError
from rnnlab.nn.keeping import Kept, Stepper
from rnnlab.nn.many import ManyStepper
from rnnlab.nn.single import SINGLES, NumpyStepper
from rnnlab.runs import checkpoints, manifest
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.paths import WEIGHTS, RunPaths
from rnnlab.specs.arithmetic import parameter_count, weight_shapes
from rnnlab.specs.clamps import Clamp, check_clamps
from rnnlab.text.corpus import Corpus
from rnnlab.worker.arrays import arrays_of
from rnnlab.worker.kept import home_of, open_corpus, vocabulary_of
from rnnlab.worker.warming import Warming

TYPE_CHECKING = False
if TYPE_CHECKING:
    import numpy as np

    from rnnlab.nn.model import LanguageModel

_FLOAT_BYTES = 4
_RETRIES = 3
"""A worker may delete an old checkpoint between our choosing it and our reading it."""


class Model:
    """The run's model with the weights of one checkpoint at a time."""

    def __init__(self, paths: RunPaths, warming: Warming | None = None) -> None:
        self._paths = paths
        self._warming = warming or Warming()
        self.run = manifest.read(paths.manifest)
        self.vocabulary = vocabulary_of(paths)
        self._model: LanguageModel | None = None
        self._loaded: CheckpointManifest | None = None
        self._corpus: Corpus | None = None
        self._weights: dict[str, np.ndarray] = {}
        self._stepping: tuple[tuple[Clamp, ...], bool, Stepper, Kept] | None = None

    def corpus(self) -> Corpus:
        """The text that the run trains on; raises CorpusError, or RunError where its copy is not what it was."""
        self._corpus = self._corpus or open_corpus(self._paths, self.run)
        return self._corpus

    @property
    def model(self) -> LanguageModel:
        """The network with the weights that `at` loaded last; the first time takes as long as importing torch."""
        assert self._loaded is not None, "nothing was loaded yet"
        if self._model is None:
            network = self._warming.module()
            home, spec = home_of(self._paths), self.run.spec.model
            self._model = network.network_of(spec, len(self.vocabulary), self._weights, home.cache)
        return self._model

    def stepping(self, clamps: tuple[Clamp, ...]) -> tuple[Stepper, Kept]:
        """The model made ready to write, and the states it was in since; raises BadInput for a clamp without a unit.

        Until torch is there it is numpy that writes: nobody waits for what is only faster.
        """
        warm = self._warming.done or self.run.spec.model.cell not in SINGLES
        if self._stepping is None or self._stepping[:2] != (clamps, warm):
            self._stepping = clamps, warm, self._stepper(clamps, warm), Kept()
        return self._stepping[2:]

    def many(self, clamps: tuple[Clamp, ...], sequences: int) -> tuple[Stepper, ManyStepper]:
        """What reads one text, and what goes on with so many at once; raises BadInput for a clamp without a unit."""
        return self._warming.module().many(self.model, clamps, sequences)

    def _stepper(self, clamps: tuple[Clamp, ...], warm: bool) -> Stepper:
        if warm:
            return self._warming.module().fastest(self.model, clamps, self.run.spec.train.device)
        check_clamps(clamps, self.run.spec.model)
        return NumpyStepper(self.run.spec.model, self._weights, clamps)

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
            # Until all of it is there.
            self._loaded = self._stepping = self._model = None
            self._weights = arrays_of(data)
            self._check_shapes(step)
            self._loaded = found
        return found

    def _check_shapes(self, step: int) -> None:
        """Raises CheckpointError where the weights are not those of the run's model."""
        shapes = {name: weight.shape for name, weight in self._weights.items()}
        expected = weight_shapes(self.run.spec.model, len(self.vocabulary))
        if wrong := sorted(name for name in {*shapes, *expected} if shapes.get(name) != expected.get(name)):
            found, right = shapes.get(wrong[0], "missing"), expected.get(wrong[0], "not one of its")
            raise CheckpointError(
                f"the checkpoint of step {step} does not fit its spec: {wrong[0][:80]} is {found}, not {right}"
            )
