"""Whole specs: the ways in, the ways out, and that each way in is checked."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from rnnlab.errors import SpecError
from rnnlab.specs import (
    FIELDS,
    SECTIONS,
    DataSpec,
    ModelSpec,
    RunSpec,
    from_document,
    from_toml,
    from_values,
    parse_assignments,
    to_document,
    to_toml,
)
from rnnlab.specs.section import Section

from .sentences import assert_one_sentence
from .strategies import specs, values


@given(specs())
def test_toml_reads_back_as_the_same_spec(spec: RunSpec) -> None:
    assert from_toml(to_toml(spec)) == spec


@given(specs())
def test_json_reads_back_as_the_same_spec(spec: RunSpec) -> None:
    assert from_document(json.loads(json.dumps(to_document(spec)))) == spec
    assert from_document(msgspec.json.decode(msgspec.json.encode(to_document(spec)))) == spec


@given(specs())
def test_typed_assignments_read_back_as_the_same_spec(spec: RunSpec) -> None:
    typed = [f"{path}={FIELDS[path].show(value)}" for path, value in spec.values().items()]
    assert from_values(parse_assignments(typed)) == spec


@given(specs(), st.data())
def test_replace_changes_the_named_fields_and_nothing_else(spec: RunSpec, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(FIELDS)))
    value = data.draw(values(FIELDS[path]))
    try:
        changed = spec.replace({path: value})
    except SpecError:
        reject()
    assert changed.values() == {**spec.values(), path: value}


def test_specs_are_frozen_and_can_be_keys() -> None:
    spec = RunSpec()
    with pytest.raises(AttributeError):
        spec.model = ModelSpec()  # ty: ignore[invalid-assignment]
    with pytest.raises(AttributeError):
        spec.model.hidden = 1  # ty: ignore[invalid-assignment]
    assert len({spec, RunSpec(), spec.replace({"train.lr": 0.5})}) == 2


@pytest.mark.parametrize("section", SECTIONS.values())
def test_a_section_that_is_made_directly_is_checked_too(section: type[Section]) -> None:
    name = next(name for name, known in SECTIONS.items() if known is section)
    for field in FIELDS.values():
        if field.section == name:
            with pytest.raises(SpecError) as caught:
                section(**{field.name: None})
            assert_one_sentence(caught, field.path)


def test_a_section_keeps_values_in_its_own_types_so_that_equal_specs_are_written_equally() -> None:
    spec = RunSpec(model=ModelSpec(dropout=0), data=DataSpec(clean=["lower"]))  # ty: ignore[invalid-argument-type]
    assert spec == from_toml(to_toml(spec))
    assert to_toml(spec) == to_toml(from_toml(to_toml(spec)))
    assert type(spec.model.dropout) is float
    assert spec.data.clean == ("lower",)
    hash(spec)


def test_a_tied_output_needs_an_embedding_as_wide_as_the_layers_output() -> None:
    with pytest.raises(SpecError, match="set embedding to 128") as caught:
        from_values({"model.tied": True, "model.hidden": 64, "model.bidirectional": True})
    assert_one_sentence(caught, "model.tied")
    assert from_values({"model.tied": True, "model.hidden": 64, "model.embedding": 64}).model.tied


@pytest.mark.parametrize(
    ("toml", "field"),
    [
        ("[model]\nhiden = 3", "model.hiden"),
        ("[modell]\nhidden = 3", "modell"),
        ("model = 3", "model"),
        ("[model]\nhidden = 0", "model.hidden"),
        ("[model]\nhidden = 3.0", "model.hidden"),
        ("[model]\nhidden = true", "model.hidden"),
        ("[model]\nhidden = 1979-05-27", "model.hidden"),
        ("[model]\nhidden = [[[1]]]", "model.hidden"),
        ("[model.hidden]\nx = 1", "model.hidden"),
        ("[train]\nlr = nan", "train.lr"),
        ("[train]\nlr = 1e400", "train.lr"),
        ("[train]\nlr = -inf", "train.lr"),
        ("[train]\nprefixes = [1]", "train.prefixes"),
        ("[train]\nprefixes = 'a'", "train.prefixes"),
        (f"[train]\nseed = {'9' * 4000}", "train.seed"),
        (f"[train]\nseed = {'9' * 5000}", "spec"),
        (f"[train]\nseed = 0x{'f' * 20000}", "train.seed"),
        ("[model]\nhidden = 1\nhidden = 2", "spec"),
        ("x", "spec"),
        (f"x = {'[' * 5000}", "spec"),
        ("\x00", "spec"),
    ],
)
def test_a_spec_file_that_does_not_hold_is_refused_in_one_sentence_at_its_field(toml: str, field: str) -> None:
    with pytest.raises(SpecError) as caught:
        from_toml(toml)
    assert_one_sentence(caught, field)


@pytest.mark.parametrize("document", [None, [], "spec", 3, [["model", {}]], {"model": []}, {"model": {"": 1}}, {1: {}}])
def test_a_document_that_is_no_spec_is_refused(document: object) -> None:
    with pytest.raises(SpecError):
        from_document(document)


@pytest.mark.parametrize("assignment", ["", "train.lr", "=3", "lr=3", "train.lr==3", "\x1b[2J=3", "train.lr=\x1b[2J"])
def test_an_assignment_that_does_not_read_is_refused(assignment: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_assignments([assignment])
    assert str(caught.value).isprintable()


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"did you mean train\.momentum\?"):
        parse_assignments(["train.momentun=0.9"])
    with pytest.raises(SpecError, match=r"there is no section 'trian'; did you mean train\?"):
        from_document({"trian": {}})


def test_a_cell_refuses_an_engine_that_does_not_compute_it() -> None:
    assert RunSpec().replace({"model.cell": "gru-simple", "model.engine": "scratch"}).model.cell == "gru-simple"
    with pytest.raises(
        SpecError, match="torch does not compute gru-simple: set engine to one of auto, scratch, native, fused"
    ) as caught:
        RunSpec().replace({"model.cell": "gru-simple", "model.engine": "torch"})
    assert caught.value.field == "model.engine"
