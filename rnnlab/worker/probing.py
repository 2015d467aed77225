"""Questions about a model's inside, answered with the probes: from texts to ids, from arrays to findings.

It must not know where the model came from, who asks, or how an answer travels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from rnnlab.dialogue import MAX_TEXT, AnyProbe, JudgePairs, MeasureMemory, RankUnits, ScoreText, WatchUnit
from rnnlab.errors import BadInput, PromptError, RunError
from rnnlab.findings import (
    Activations,
    AnyFinding,
    ContextPoint,
    Guess,
    Judged,
    Memory,
    Ranking,
    Surprise,
    TokenSurprise,
    UnitScore,
    perplexity_of,
    score_of,
    sent,
)
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.probes import memory, neurons, surprise
from rnnlab.nn.writing import beginning, encode_prefix
from rnnlab.specs.arithmetic import split_tokens
from rnnlab.text.corpus import Corpus
from rnnlab.text.hypotheses import pieces_of, truth_of
from rnnlab.text.parts import part_of
from rnnlab.text.vocabulary import Vocabulary
from rnnlab.worker.limits import at_most

MAX_TOKENS = 100_000
"""Tokens whose activations are held at once."""
MAX_LAGS = 2_000
SEARCH_SECONDS = 2.0
"""What a person's regular expression may take: some take centuries."""
_SIMPLER = "try one without a repetition inside a repetition"
_JUDGED_AT_ONCE = 64
_NO_PAIRS = "take pairs of your own without it, or a run on corpus agreement"


@dataclass(frozen=True)
class Subject:
    """What is looked into."""

    model: LanguageModel
    vocabulary: Vocabulary
    step: int
    corpus: Callable[[], Corpus]
    """Opens the text that the model is trained on."""


def find(subject: Subject, probe: AnyProbe) -> Iterator[AnyFinding]:
    """The findings, as they come; raises BadInput, or RunError where the weights are no numbers any more."""
    if not all(bool(weight.isfinite().all()) for weight in subject.model.parameters()):
        raise RunError(f"the weights of step {subject.step:,} are not all numbers, the run diverged: take another step")
    yield from _FINDERS[type(probe)](subject, probe)


def _score(subject: Subject, probe: ScoreText) -> Iterator[AnyFinding]:
    ids = _ids(subject, probe.text)
    pieces, start, nats = pieces_of(subject.vocabulary, ids), 0, 0.0
    before, alternatives = beginning(subject.vocabulary), _between("alternatives", probe.alternatives, 0, 100)
    for part in surprise.surprises(subject.model, ids, before=before, alternatives=alternatives):
        rows = zip(pieces[start:], part.nats, part.ranks, part.best, part.probabilities, strict=False)
        tokens = tuple(
            TokenSurprise(piece, float(cost), int(rank), _guesses(subject.vocabulary, best, p))
            for piece, cost, rank, best, p in rows
        )
        yield Surprise(start=start, tokens=tokens)
        start, nats = start + len(tokens), nats + float(part.nats.sum())
    unknown = sum(1 for token in ids if token == subject.vocabulary.unknown)
    yield score_of(nats, len(ids), len(probe.text), unknown)


def _guesses(vocabulary: Vocabulary, best: np.ndarray, probabilities: np.ndarray) -> msgspec.Raw:
    return sent(Guess(vocabulary.tokens[int(t)], float(p)) for t, p in zip(best, probabilities, strict=True))


def _remember(subject: Subject, probe: MeasureMemory) -> Iterator[AnyFinding]:
    lags = _between("lags", probe.lags, 1, MAX_LAGS)
    contexts = tuple(_between("contexts", context, 1, MAX_LAGS) for context in probe.contexts) or (1,)
    positions = _between("positions", probe.positions, 1, 10_000)
    where, ids = _text_of(subject, needed=max(2 * lags, 2 * max(contexts)) + 100)
    reach = memory.reach(subject.model, ids, lags=lags, positions=positions, warm_up=min(50, lags))
    nats = memory.context_curve(subject.model, ids, contexts, positions=4 * positions)
    yield Memory(
        weights="trained" if subject.step else "untrained",
        step=subject.step,
        hidden=tuple(reach.hidden.tolist()),
        cell=tuple(reach.cell.tolist()),
        context=tuple(
            ContextPoint(count, n, perplexity_of(n)) for count, n in zip(contexts, nats.tolist(), strict=True)
        ),
        positions=positions,
        text=where,
    )


def _rank(subject: Subject, probe: RankUnits) -> Iterator[AnyFinding]:
    where, ids = _text_of(subject, needed=2_000)
    ids = ids[: _between("tokens", probe.tokens, 1, MAX_TOKENS)]
    pieces = pieces_of(subject.vocabulary, ids)
    with at_most(SEARCH_SECONDS, BadInput(f"{probe.pattern[:80]!r} takes too long to search for: {_SIMPLER}")):
        truth = truth_of(probe.hypothesis, probe.pattern, pieces)
    parts = neurons.activations(subject.model, ids, gates=probe.gates)
    told = [neurons.tell(values.reshape(len(ids), -1), truth) for values in parts.values()]
    best = neurons.rank(told, _between("count", probe.count, 1, 100_000))
    yield Ranking(
        hypothesis=f"match {probe.pattern}" if probe.hypothesis == "match" else probe.hypothesis,
        measure="auc" if truth.dtype == bool else "correlation",
        share=float(truth.mean()) if truth.dtype == bool else 1.0,
        tokens=len(ids),
        text=where,
        step=subject.step,
        units=tuple(_unit(list(parts)[part], told[part], unit, subject.model) for part, unit in best),
    )


def _unit(part: str, told: neurons.Told, unit: int, model: LanguageModel) -> UnitScore:
    layer, number = divmod(unit, model.spec.hidden)
    return UnitScore(
        part=part,
        layer=layer,
        unit=number,
        score=float(told.score[unit]),
        sign=int(told.sign[unit]),
        fitted=float(told.fitted[unit]),
        low=float(told.low[unit]),
        high=float(told.high[unit]),
    )


def _watch(subject: Subject, probe: WatchUnit) -> Iterator[AnyFinding]:
    ids = _ids(subject, probe.text)[:MAX_TOKENS]
    parts = neurons.activations(subject.model, ids, gates=True)
    if probe.part not in parts:
        raise BadInput(f"a {subject.model.spec.cell} has no {probe.part[:40]!a}: it has {', '.join(parts)}")
    layer = _between("layer", probe.layer, 0, subject.model.spec.layers - 1)
    unit = _between("unit", probe.unit, 0, subject.model.spec.hidden - 1)
    yield Activations(
        part=probe.part,
        layer=layer,
        unit=unit,
        tokens=tuple(pieces_of(subject.vocabulary, ids)),
        values=tuple(parts[probe.part][:, layer, unit].tolist()),
    )


def _judge(subject: Subject, probe: JudgePairs) -> Iterator[AnyFinding]:
    before = beginning(subject.vocabulary)
    for start in range(0, len(probe.pairs), _JUDGED_AT_ONCE):
        pairs = probe.pairs[start : start + _JUDGED_AT_ONCE]
        texts = [encode_prefix(subject.vocabulary, text, _NO_PAIRS) for pair in pairs for text in pair]
        nats = np.concatenate(list(surprise.nats_of(subject.model, texts, before=before)))
        yield Judged(start=start, margins=tuple((nats[1::2] - nats[::2]).tolist()))


def _ids(subject: Subject, text: str) -> np.ndarray:
    if len(text) > MAX_TEXT:
        raise PromptError(f"the text has {len(text):,} characters: take at most {MAX_TEXT:,}")
    ids = encode_prefix(subject.vocabulary, text)
    if not len(ids):
        raise PromptError("there is no token in the text: take one that is not empty")
    return ids


def _text_of(subject: Subject, needed: int) -> tuple[str, np.ndarray]:
    """The held-out text, or, where that has fewer tokens than are needed, what the model is trained on."""
    corpus = subject.corpus()
    held_out = split_tokens(corpus.spec, len(corpus.ids)).validation
    name = "validation" if held_out >= needed else "train"
    return name, part_of(corpus, corpus.spec, name)


def _between(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise BadInput(f"{name} must be {low:,} to {high:,}, not {value:,}")
    return value


_FINDERS: dict[type[msgspec.Struct], Callable[[Subject, Any], Iterator[AnyFinding]]] = {
    ScoreText: _score,
    MeasureMemory: _remember,
    RankUnits: _rank,
    WatchUnit: _watch,
    JudgePairs: _judge,
}
