"""`recipes` and `train --recipe`: the list, a training of one, and an honest verdict."""

from __future__ import annotations

import json
import math

import msgspec
import pytest

from rnnlab.cli.recipes import Verdict, verdict
from rnnlab.errors import CorpusError
from rnnlab.events import Evaluated, Record, Started
from rnnlab.hosts.fake import Recording
from rnnlab.specs import RunSpec
from rnnlab.specs.model import READS_FUTURE
from rnnlab.specs.recipes import FETCHED, RECIPES, find_recipe

from .recorded import Cli, GrowingHost, records, summary

RUN = "gru-64-calm-owl"


class Bare(GrowingHost):
    """A host that has none of the corpora that are to be fetched."""

    def start(self, spec: RunSpec, session: str, init: str = "", at: str = "last") -> str:
        raise CorpusError(f"there is no corpus or file '{spec.data.corpus}'")


def trained(*perplexities: float, split: str = "train") -> GrowingHost:
    """A host whose next run evaluates to these."""
    before = records()
    events = [
        Evaluated(step=5, epoch=1, split=split, loss=math.log(perplexity), perplexity=perplexity)
        for perplexity in perplexities
    ]
    whole = (*(record.event for record in before[:-1]), *events, before[-1].event)
    numbered = tuple(Record(seq=seq, at=0.0, event=event) for seq, event in enumerate(whole, start=1))
    return GrowingHost([Recording(summary=summary(), records=numbered)])


def test_the_list_names_every_recipe_with_its_number(cli: Cli) -> None:
    said = cli("recipes")
    assert said.code == 0
    assert [line.split()[0] for line in said.lines] == ["recipe", *(recipe.name for recipe in RECIPES)]
    assert all(recipe.published in said.out for recipe in RECIPES)
    lines = [json.loads(line) for line in cli("recipes", "--json").lines]
    assert [line["name"] for line in lines] == [recipe.name for recipe in RECIPES]
    assert all({"published", "at_most", "values", "source"} <= set(line) for line in lines)


def test_train_begins_with_a_recipe_and_what_is_typed_goes_over_it(cli: Cli, host: GrowingHost) -> None:
    said = cli("train", "--recipe", "d2l-8.6", "--epochs", "3", "--corpus", "mine.txt")
    assert said.code == 0
    expected = find_recipe("d2l-8.6").spec.replace({"train.epochs": 3, "data.corpus": "mine.txt"})
    assert host.starts == [(expected, "demo")]


def test_a_recipe_and_a_spec_file_exclude_each_other(cli: Cli) -> None:
    said = cli("train", "--recipe", "d2l-8.6", "--spec", "x.toml")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "not allowed with" in said.err


def test_a_misspelt_recipe_is_answered_with_the_nearest(cli: Cli) -> None:
    for words in (("train", "--recipe", "d2l8.6"), ("recipes", "--check", "d2l8.6")):
        said = cli(*words)
        assert said.code == 2
        assert "did you mean d2l-8.6?" in said.err


@pytest.mark.parametrize("words", [("train", "--recipe", "d2l-8.6"), ("recipes", "--check", "nanogpt-budget")])
def test_where_the_corpus_is_not_there_it_is_said_how_to_get_it(cli: Cli, words: tuple[str, ...]) -> None:
    said = cli(*words, on=Bare())
    assert said.code == 2
    name = next(name for name in FETCHED if name in said.err)
    assert f"`rnnlab corpus fetch {name}`" in said.err
    assert "--corpus PATH" in said.err


def test_a_misspelt_path_is_not_taken_for_a_recipes_corpus(cli: Cli) -> None:
    said = cli("train", "--recipe", "d2l-8.6", "--corpus", "typo.txt", on=Bare())
    assert "fetch" not in said.err


@pytest.mark.parametrize(("reached", "code", "word"), [(1.39, 0, "reproduced"), (1.41, 1, "NOT reproduced")])
def test_a_check_trains_in_its_own_session_and_says_whether_it_reproduced(
    cli: Cli, reached: float, code: int, word: str
) -> None:
    host = trained(5.0, reached)
    said = cli("recipes", "--check", "d2l-8.6", on=host)
    assert host.starts == [(find_recipe("d2l-8.6").spec, "recipes")]
    assert said.code == code
    assert f"d2l-8.6 {word}: training perplexity {reached:.3f}, published 1.3" in said.err


def test_a_check_ends_with_its_verdict_as_json(cli: Cli) -> None:
    said = cli("recipes", "--check", "d2l-8.6", "--json", on=trained(1.25))
    found = msgspec.json.decode(said.lines[-1], type=Verdict)
    assert (found.reached, found.reproduced, found.run, found.tokens_per_s) == (1.25, True, RUN, 900.0)


def test_a_check_whose_run_fails_reproduces_nothing(cli: Cli) -> None:
    host = GrowingHost([Recording(summary=summary(state="failed"), records=records(cause="failed"))])
    said = cli("recipes", "--check", "d2l-8.6", on=host)
    assert said.code == 1
    assert "reproduced" not in said.err


def test_training_counts_its_last_epoch_and_validation_its_best() -> None:
    def reached(name: str, split: str) -> float | None:
        events = (
            Evaluated(step=n, epoch=1, split=split, loss=0.0, perplexity=p) for n, p in enumerate((3.0, 2.0, 2.5))
        )
        return verdict(find_recipe(name), RUN, events).reached

    assert reached("d2l-8.6", "train") == 2.5
    assert reached("charrnn-shakespeare", "validation") == 2.0
    assert reached("charrnn-shakespeare", "train") is None


def test_what_a_crash_made_void_is_not_what_was_reached() -> None:
    began = next(record.event for record in records() if isinstance(record.event, Started))
    better = Evaluated(step=9, epoch=1, split="validation", loss=0.0, perplexity=2.0)
    worse = Evaluated(step=9, epoch=1, split="validation", loss=0.0, perplexity=3.0)
    events = (began, better, msgspec.structs.replace(began, step=5, attempt=2), worse)
    assert verdict(find_recipe("charrnn-shakespeare"), RUN, iter(events)).reached == 3.0


def test_a_check_of_a_bidirectional_model_reproduces_nothing_and_says_why(cli: Cli) -> None:
    said = cli("recipes", "--check", "d2l-8.6", "--set", "model.bidirectional=true", on=trained(1.01))
    assert said.code == 1
    assert "NOT reproduced: training perplexity 1.010" in said.err
    assert said.err.rstrip().endswith(f"tokens/s; {READS_FUTURE}")


def test_a_run_that_was_not_measured_reproduces_nothing() -> None:
    assert not verdict(find_recipe("d2l-8.6"), RUN, iter(())).reproduced
