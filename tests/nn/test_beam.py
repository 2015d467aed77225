"""Beam search against all texts there are."""

import itertools
import math

import pytest
import torch

from rnnlab.errors import PromptError
from rnnlab.nn.beam import search
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.sampling import generate
from rnnlab.nn.stepper import stepper_of
from rnnlab.specs import ModelSpec, SampleSpec
from rnnlab.text.vocabulary import Vocabulary

FEW = Vocabulary.build("char", "abcd")


def model_of(seed, vocabulary=FEW):
    torch.manual_seed(seed)
    model = LanguageModel(ModelSpec(hidden=8), len(vocabulary)).eval()
    with torch.no_grad():
        model.output.weight *= 8
    return model


@torch.no_grad()
def score(model, prefix, tokens):
    """The log-probability of tokens after a prefix, by the model itself."""
    ids = torch.tensor([*prefix, *tokens])
    logits, _ = model(ids[:-1, None])
    log_p = logits[:, 0].double().log_softmax(-1)
    return float(log_p[len(prefix) - 1 :].gather(1, ids[len(prefix) :, None]).sum())


def found(model, prefix, width, length, **options):
    stepper = stepper_of(model)
    state = stepper.zero_state()
    for token in prefix:
        logits = stepper.step(token, state)
    return tuple(search(stepper, state, logits.copy(), width=width, length=length, **options))


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_as_wide_as_all_texts_finds_the_likeliest_of_them(seed):
    model = model_of(seed)
    best = max(itertools.product(range(4), repeat=4), key=lambda tokens: score(model, (0, 1), tokens))
    assert found(model, (0, 1), width=256, length=4) == best


@pytest.mark.parametrize("seed", range(5))
def test_texts_that_may_end_early_compete_as_they_are(seed):
    model, end = model_of(seed), 3
    texts = [t for n in range(1, 5) for t in itertools.product(range(4), repeat=n) if end not in t[:-1]]
    whole = [t for t in texts if len(t) == 4 or t[-1] == end]
    best = max(whole, key=lambda tokens: score(model, (0,), tokens))
    assert found(model, (0,), width=256, length=4, ended=lambda tokens: tokens[-1] == end) == best


def test_width_one_is_greedy_and_a_wider_beam_is_likelier():
    model = model_of(2)
    texts = {
        width: "".join(generate(model, FEW, "ab", SampleSpec(beam=width, greedy=width == 1, length=30)))
        for width in (1, 2, 8)
    }
    assert texts[1] == "".join(generate(model, FEW, "ab", SampleSpec(greedy=True, length=30)))
    scores = [score(model, FEW.encode("ab").tolist(), FEW.encode(text).tolist()) for text in texts.values()]
    assert scores[0] < scores[2]
    assert all(len(text) == 30 for text in texts.values())


def test_a_token_that_must_not_come_does_not():
    model = model_of(1)
    free = found(model, (0,), width=4, length=12)
    without = found(model, (0,), width=4, length=12, never=free[0])
    assert free[0] not in without
    assert math.isfinite(score(model, (0,), without))


def test_a_stop_text_ends_it():
    model = model_of(3)
    text = "".join(generate(model, FEW, "a", SampleSpec(beam=4, length=40)))
    stop = text[5:7]
    stopped = "".join(generate(model, FEW, "a", SampleSpec(beam=4, length=40, stop=stop)))
    assert stopped.endswith(stop) or stop not in stopped
    assert stopped.find(stop) in (-1, len(stopped) - len(stop))


def test_what_is_certain_comes_before_the_search_is_over():
    stepper = stepper_of(model_of(0))
    state = stepper.zero_state()
    logits = stepper.step(0, state).copy()
    seen = []
    tokens = search(stepper, state, logits, width=3, length=300, ended=lambda tokens: seen.append(tokens) or False)
    next(tokens)
    assert max(map(len, seen)) < 300


def test_it_needs_a_length():
    with pytest.raises(PromptError, match="beam search needs a length"):
        generate(model_of(0), FEW, "a", SampleSpec(beam=3, length=0))
