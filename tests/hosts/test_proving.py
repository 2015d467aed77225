"""The self-test of a run that travels: the model is judged, and the sampler only where it is the same."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from rnnlab.dialogue import Prompt
from rnnlab.hosts.proving import SAMPLER, SelfTest, judged
from rnnlab.nn.choosing import Chooser
from rnnlab.specs import SampleSpec

SAMPLES = {
    "plain": SampleSpec(seed=1),
    "narrow": SampleSpec(seed=2, top_k=9, top_p=0.9, min_p=0.05),
    "penalised": SampleSpec(seed=3, repetition=1.5, cycle=("0.4", "1.2")),
}
DRAWN = {
    "plain": [7, 40, 39, 13, 21, 21, 33, 39, 2, 1, 39, 20],
    "narrow": [46, 46, 33, 33, 2, 20, 27, 8, 27, 27, 27, 14],
    "penalised": [8, 27, 20, 32, 33, 1, 2, 41, 14, 14, 46, 25],
}
"""Twelve draws of each by version 1."""
TEST = SelfTest(
    prefix="the ",
    sample=SampleSpec(length=10, seed=1),
    text="tide",
    greedy="tides",
    nats=(1.0, 0.02, 3.5, 0.4, 2.0, 1.1, 0.3, 0.2, 0.1),
)


class Says:
    """A model that answers as it did at its export."""

    def __init__(self, test: SelfTest = TEST) -> None:
        self._test = test

    def written(self, prompt: Prompt) -> str:
        assert prompt.prefix == self._test.prefix
        return self._test.greedy if prompt.sample.greedy else self._test.text

    def scored(self, text: str, at: int) -> tuple[float, ...]:
        return self._test.nats if text == self._test.prefix + self._test.greedy else ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        # Another sampler draws other texts from the same model.
        ({"sampler": SAMPLER + 1, "text": "something else"}, ""),
        ({"text": "something else"}, "write what it wrote"),
        # Other hardware sums in another order.
        ({"nats": tuple(n * 1.0002 + 0.0003 for n in TEST.nats)}, ""),
        ({"nats": (1.01, *TEST.nats[1:])}, "give its test text the probabilities"),
        ({"nats": TEST.nats[:-1]}, "give its test text the probabilities"),
        ({"nats": (float("nan"), *TEST.nats[1:])}, "give its test text the probabilities"),
        ({"greedy": "and the tide"}, "give its test text the probabilities"),
        # One that reads the future has no nats; a file from before there were any has its text alone.
        ({"nats": ()}, ""),
        ({"nats": (), "greedy": "and the tide"}, "find likeliest what it found likeliest"),
        ({"nats": (), "greedy": ""}, ""),
        ({"nats": (), "greedy": "", "text": "something else"}, "write what it wrote"),
    ],
)
def test_the_model_is_judged_and_the_sampler_only_where_it_is_the_same(changes: dict[str, Any], words: str) -> None:
    test = msgspec.structs.replace(TEST, **changes)
    assert judged(Says(), test, 7).startswith(words)
    assert bool(judged(Says(), test, 7)) == bool(words)


def test_the_sampler_draws_what_its_version_drew() -> None:
    """Where this fails, the sampler was changed: raise `proving.SAMPLER` and put the new draws here."""
    logits = np.sin(np.arange(50.0)).astype(np.float32) * 3
    drawn = {}
    for name, sample in SAMPLES.items():
        chooser = Chooser(sample)
        drawn[name] = [chooser.choose(logits.copy()) for _ in range(12)]
    assert (SAMPLER, drawn) == (1, DRAWN)
