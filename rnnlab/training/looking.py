"""Looking at a model while it trains: the loss on held-out text, and samples from fixed prefixes.

It changes nothing that training depends on: no gradient, no dropout, none of torch's own random numbers. It must not
know when it is time to look.
"""

from __future__ import annotations

import re

import msgspec
from torch import Tensor

from rnnlab.nn.evaluation import mean_loss
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.sampling import generate
from rnnlab.specs import RunSpec, SampleSpec
from rnnlab.text.vocabulary import Vocabulary

_TWO_WORDS = re.compile(r"\S+(?:\s+\S+)?")


class Looker:
    """Holds the text to measure on and the prefixes to write on from."""

    def __init__(
        self, model: LanguageModel, vocabulary: Vocabulary, validation: Tensor, prefixes: tuple[str, ...]
    ) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._validation = validation
        self._prefixes = prefixes

    @property
    def validates(self) -> bool:
        """Whether there is held-out text."""
        return len(self._validation) > 1

    def validation_loss(self, spec: RunSpec) -> float:
        """Nats per token over the held-out text; synchronises with the device."""
        return mean_loss(self._model, self._validation, batch=spec.data.batch, steps=spec.data.steps).item()

    def samples(self, spec: RunSpec) -> list[tuple[str, str]]:
        """(prefix, what the model writes on) for each prefix."""
        # A fixed seed for each prefix, so that from one sample to the next only the model has changed.
        first = spec.sample.seed or spec.train.seed + 1
        length = spec.train.sample_length
        return [
            (prefix, self._write(prefix, msgspec.structs.replace(spec.sample, seed=first + number, length=length)))
            for number, prefix in enumerate(self._prefixes)
        ]

    def _write(self, prefix: str, sample: SampleSpec) -> str:
        return "".join(generate(self._model, self._vocabulary, prefix, sample))


def first_words(text: str) -> str:
    """The first two words of a text as they stand there, a prefix that its vocabulary is sure to know."""
    line = next((line.strip() for line in text[:200].splitlines() if line.strip()), "")
    found = _TWO_WORDS.match(line)
    return found[0][:24] if found else text[:1]
