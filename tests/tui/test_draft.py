"""The draft: texts of the form and what they come to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rnnlab.specs import FIELDS, DataSpec, RunSpec
from rnnlab.text.corpus import Corpus
from rnnlab.text.statistics import report
from rnnlab.tui.draft import Draft, check, reads, restored

REPORT = report(Corpus.from_text("the sea told the time for everyone. " * 300))


def test_an_empty_draft_is_the_default_spec():
    assert check(Draft()).spec == RunSpec()


def test_a_draft_keeps_only_what_differs_from_the_defaults():
    draft = Draft().changed("model.hidden", "128")
    assert draft.texts == {"model.hidden": "128"}
    assert draft.changed("model.hidden", "256").texts == {}


def test_every_wrong_field_has_its_own_sentence():
    draft = Draft({"model.hidden": "-1", "train.lr": "fast", "data.batch": "16"})
    checked = check(draft)
    assert set(checked.errors) == {"model.hidden", "train.lr"}
    assert checked.spec is None


def test_what_only_the_corpus_can_refuse_is_refused_at_its_field():
    checked = check(Draft({"data.batch": "60000"}), REPORT)
    assert set(checked.errors) == {"data.batch"}
    assert checked.plan is None


def test_a_model_that_does_not_fit_in_memory_is_refused_before_it_is_started():
    draft = Draft({"model.hidden": "16384", "model.layers": "16"})
    assert check(draft, REPORT, available=10**15).plan
    assert "memory" in check(draft, REPORT, available=10**9).errors["model.hidden"]


def test_fields_that_only_cut_batches_do_not_make_a_corpus_be_read_again():
    draft = Draft({"data.batch": "nonsense", "data.steps": "7", "data.corpus": "gazette"})
    assert reads(draft) == DataSpec(corpus="gazette")


def test_nothing_is_read_while_a_field_that_decides_how_is_wrong():
    assert reads(Draft({"data.limit": "many"})) is None


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20)))
def test_a_desk_from_another_version_gives_a_draft_with_known_fields_only(texts):
    assert set(restored(texts).texts) <= set(FIELDS)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=50)))
def test_no_text_in_any_field_is_more_than_a_sentence_or_a_spec(texts):
    checked = check(Draft(texts), REPORT, available=10**9)
    assert checked.errors or checked.spec
