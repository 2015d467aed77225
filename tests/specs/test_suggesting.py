"""A suggested spec fits its text, whatever its size."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rnnlab.specs import RunSpec, find_field
from rnnlab.specs.arithmetic import parameter_count, plan
from rnnlab.specs.suggesting import HIDDEN, WEIGHTS_PER_TOKEN, suggest


def better(spec: RunSpec, tokens: int, vocabulary: int) -> RunSpec:
    found = suggest(spec, tokens=tokens, vocabulary=vocabulary)
    assert all(each.reason for each in found)
    return spec.replace({each.path: find_field(each.path).parse(each.value) for each in found})


@given(st.integers(100, 10**9), st.integers(2, 10**5), st.sampled_from(["char", "word", "bpe"]))
def test_a_suggestion_always_fits_its_text(tokens: int, vocabulary: int, kind: str) -> None:
    spec = better(RunSpec().replace({"data.tokens": kind}), tokens, vocabulary)
    assert plan(spec, tokens=tokens, vocabulary=vocabulary).batches >= 1


@given(st.integers(20_000, 10**8))
def test_weights_grow_with_the_text_and_never_far_beyond_it(tokens: int) -> None:
    spec, larger = better(RunSpec(), tokens, 80), better(RunSpec(), 4 * tokens, 80)
    assert larger.model.hidden >= spec.model.hidden
    assert parameter_count(spec.model, 80) <= 2 * WEIGHTS_PER_TOKEN * tokens or spec.model.hidden == HIDDEN[0]


def test_a_tied_output_is_untied_where_sizes_change() -> None:
    tied = RunSpec().replace({"model.tied": True, "model.embedding": 256})
    assert not better(tied, 100_000, 80).model.tied
