"""Small corpora and specs, so that a whole training takes a fraction of a second."""

from __future__ import annotations

import pytest

from rnnlab.specs import RunSpec
from rnnlab.text.corpus import Corpus

TEXT = "the tide turns and the clock turns with it; " * 40


@pytest.fixture
def spec() -> RunSpec:
    return RunSpec().replace(
        {
            "model.hidden": 12,
            "model.dropout": 0.0,
            "data.batch": 4,
            "data.steps": 10,
            "train.epochs": 2,
            "train.threads": 1,
            "train.log_every": 1,
            "train.sample_length": 10,
        }
    )


@pytest.fixture
def corpus(spec: RunSpec) -> Corpus:
    return Corpus.from_text(TEXT, spec.data)
