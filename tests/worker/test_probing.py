"""Probes are answered from texts and runs: findings that a face can show, and sentences where there are none."""

import msgspec
import pytest
import torch

from rnnlab.dialogue import JudgePairs, MeasureMemory, RankUnits, ScoreText, WatchUnit
from rnnlab.errors import BadInput, PromptError, RunError
from rnnlab.findings import AnyFinding
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import DataSpec, ModelSpec
from rnnlab.text.corpus import Corpus
from rnnlab.worker.probing import Subject, find

TEXT = 'the cat said "come in" and the dog said "no"\n' * 120


def subject(tokens="char", **spec):
    torch.manual_seed(1)
    corpus = Corpus.from_text(TEXT, DataSpec(tokens=tokens))
    model = LanguageModel(ModelSpec(hidden=6, **spec), len(corpus.vocabulary))
    return Subject(model, corpus.vocabulary, 7, lambda: corpus)


def found(probe, **spec):
    findings = list(find(subject(**spec), probe))
    assert msgspec.json.decode(msgspec.json.encode(findings), type=list[AnyFinding]) == findings
    return findings


@pytest.mark.parametrize("tokens", ["char", "byte", "word"])
def test_a_score_tells_every_token_and_sums_them_up(tokens):
    *parts, total = found(ScoreText(text="the dog said"), tokens=tokens)
    told = [token for part in parts for token in part.tokens]
    assert "".join(token.token for token in told) == "the dog said"
    assert (total.tokens, total.characters) == (len(told), 12)
    assert total.nats == pytest.approx(sum(token.nats for token in told))
    assert total.perplexity**total.tokens == pytest.approx(2 ** (total.bits_per_character * 12))
    for token in told:
        assert len(token.guesses) == 5
        assert (token.rank == 1) == (token.token == token.guesses[0].token)


def test_memory_tells_the_held_out_text_where_there_is_enough_of_it():
    (short,) = found(MeasureMemory(lags=10, contexts=(1, 5), positions=4))
    (long,) = found(MeasureMemory(lags=400, contexts=(1,), positions=4))
    assert (short.text, long.text) == ("validation", "train")
    assert (len(short.hidden), len(long.hidden), short.cell) == (10, 400, ())
    assert [(point.tokens, point.perplexity > 1) for point in short.context] == [(1, True), (5, True)]


def test_units_are_ranked_and_the_best_can_be_watched():
    (ranking,) = found(RankUnits(hypothesis="match", pattern="[aeiou]", count=3, gates=True), cell="lstm")
    assert (len(ranking.units), ranking.measure, ranking.step) == (3, "auc", 7)
    assert ranking.units[0].fitted >= ranking.units[1].fitted > 0.5
    best = ranking.units[0]
    (along,) = found(WatchUnit(text="the cat", part=best.part, layer=best.layer, unit=best.unit), cell="lstm")
    assert "".join(along.tokens) == "the cat"
    assert len(set(along.values)) > 1


def test_pairs_are_judged_in_their_order_by_what_they_cost():
    pairs = tuple((f"the {a} said", f"the {b} said no") for a in ("cat", "dog", "no") for b in ("cat", "dog")) * 20
    findings = found(JudgePairs(pairs=pairs))
    assert [finding.start for finding in findings] == [0, 64]
    margins = [margin for finding in findings for margin in finding.margins]
    for (good, bad), margin in list(zip(pairs, margins, strict=True))[:8]:
        cost = [found(ScoreText(text=text))[-1].nats for text in (good, bad)]
        assert margin == pytest.approx(cost[1] - cost[0])


@pytest.mark.parametrize(
    ("probe", "sentence"),
    [
        (ScoreText(text="x" * 2_000_001), "at most 2,000,000"),
        (ScoreText(text=""), "no token"),
        (ScoreText(text="the é"), "never saw"),
        (MeasureMemory(lags=0), "lags must be 1 to 2,000"),
        (MeasureMemory(contexts=(0,)), "contexts must be"),
        (RankUnits(hypothesis="match", pattern="("), "no regular expression"),
        (RankUnits(hypothesis="match", pattern="z"), "nowhere, or everywhere"),
        (WatchUnit(text="the", part="forget"), "a gru has no 'forget'"),
        (WatchUnit(text="the", unit=6), "unit must be 0 to 5"),
        (JudgePairs(pairs=(("a é", "a"),)), "never saw"),
    ],
)
def test_what_cannot_be_found_is_refused_in_a_sentence(probe, sentence):
    with pytest.raises(BadInput, match=sentence):
        found(probe)


def test_a_model_that_sees_the_future_is_not_probed():
    with pytest.raises(PromptError, match="bidirectional"):
        found(ScoreText(text="the"), bidirectional=True)


def test_weights_that_are_no_numbers_are_named():
    broken = subject()
    with torch.no_grad():
        broken.model.output.bias[0] = float("nan")
    with pytest.raises(RunError, match="step 7 are not all numbers"):
        list(find(broken, ScoreText(text="the")))
