"""Which run a reference means."""

from __future__ import annotations

import pytest

from rnnlab.errors import NotFound
from rnnlab.hosts.selection import choose
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import RunSpec, Value


def run(
    name: str,
    data: dict[str, Value] | None = None,
    *,
    corpus: str = "aa",
    validation: float | None = None,
    perplexity: float | None = None,
) -> RunSummary:
    spec = RunSpec().replace({f"data.{field}": value for field, value in (data or {}).items()})
    return RunSummary(
        id=name, session="main", spec=spec, corpus="tide", corpus_sha256=corpus, created_at=0.0, state="finished",
        validation=validation, perplexity=perplexity,
    )  # fmt: skip


RUNS = (
    run("gru-8-shy-owl", validation=5.0),
    run("gru-8-shy-owlet", validation=4.0),
    run("lstm-8-sly-fox", {"batch": 7}, validation=3.0),
    run("rnn-8-old-fox", validation=1.0, corpus="bb"),
)


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("last", "gru-8-shy-owl"),
        ("gru-8-shy-owl", "gru-8-shy-owl"),
        ("gru-8-shy-owle", "gru-8-shy-owlet"),
        ("l", "lstm-8-sly-fox"),
        ("rnn-8-old-fox", "rnn-8-old-fox"),
        ("best", "lstm-8-sly-fox"),
    ],
)
def test_a_reference_is_last_best_an_id_or_its_unique_beginning(reference: str, found: str) -> None:
    assert choose(reference, RUNS).id == found


def test_a_beginning_of_several_names_them() -> None:
    with pytest.raises(NotFound, match="'gru' could be gru-8-shy-owl, gru-8-shy-owlet: type more of it"):
        choose("gru", RUNS)


@pytest.mark.parametrize("reference", ["", "fox", "LAST", "\x1b[2J", "x" * 5000])
def test_what_no_run_is_called_is_a_sentence(reference: str) -> None:
    with pytest.raises(NotFound, match="`rnnlab runs` lists those there are") as caught:
        choose(reference, RUNS)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_where_there_is_no_run_the_sentence_says_how_to_make_one() -> None:
    for reference in ("last", "best", "gru"):
        with pytest.raises(NotFound, match="rnnlab train"):
            choose(reference, ())


@pytest.mark.parametrize("other", [{"tokens": "word"}, {"clean": ("lower",)}, {"limit": 10}, {"split": 0.2}])
def test_the_best_is_among_runs_that_read_the_same_tokens_as_the_last(other: dict[str, Value]) -> None:
    runs = (run("a", validation=5.0), run("b", other, validation=1.0), run("c", validation=4.0))
    assert choose("best", runs).id == "c"


def test_validation_goes_before_training_and_either_before_nothing() -> None:
    assert choose("best", (run("a"), run("b", perplexity=2.0), run("c", validation=9.0, perplexity=1.0))).id == "b"
    assert choose("best", (run("a"), run("b"))).id == "a"
