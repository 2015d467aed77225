"""The next run as it is being typed: the form's texts, valid or not, and what they come to.

Pure functions over frozen values, so that the form only paints. It must not know any widget, nor the host.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from rnnlab.errors import SpecError
from rnnlab.specs import FIELDS, DataSpec, Field, RunSpec, Value, from_values
from rnnlab.specs.arithmetic import Plan, check_memory, plan
from rnnlab.text.report import CorpusReport

_CUTTING = ("split", "test", "held_out", "batch", "steps", "sampling")
"""Fields of `data` that cut the tokens into batches and leave the tokens themselves as they are."""


class Draft(msgspec.Struct, frozen=True):
    """The texts of the form by dotted name; what is missing has its default."""

    texts: dict[str, str] = {}

    def text(self, path: str) -> str:
        """What the field shows."""
        return self.texts.get(path, show(FIELDS[path], FIELDS[path].default))

    def changed(self, path: str, text: str) -> Draft:
        """The draft with another text in one field; a default's own text is not kept."""
        rest = {name: kept for name, kept in self.texts.items() if name != path}
        return Draft(rest if text == show(FIELDS[path], FIELDS[path].default) else {**rest, path: text})


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft comes to."""

    errors: dict[str, str]
    """A sentence for each field that is wrong, by dotted name."""
    spec: RunSpec | None
    """The spec, where every field is right."""
    plan: Plan | None
    """Its sizes on the corpus, where that is known and fits."""


def show(field: Field, value: Value) -> str:
    """The text of a value in the form: a field's own, but yes and no for what is one of the two."""
    return ("yes" if value else "no") if isinstance(value, bool) else field.show(value)


def restored(texts: Mapping[str, str]) -> Draft:
    """A draft from a session, without the fields that this version does not have."""
    return Draft({path: text for path, text in texts.items() if path in FIELDS and isinstance(text, str)})


def check(draft: Draft, report: CorpusReport | None = None, available: int | None = None) -> Checked:
    """Everything that is wrong with the draft, in the order of the form; else its spec, and its plan on that corpus.

    With the free bytes of memory, a model that does not fit in them is wrong too.
    """
    values, errors = _parsed(draft)
    if errors:
        return Checked(errors=errors, spec=None, plan=None)
    try:
        spec = from_values(values)
    except SpecError as error:
        return Checked(errors={error.field: str(error)}, spec=None, plan=None)
    if report is None:
        return Checked(errors={}, spec=spec, plan=None)
    return _planned(spec, report, available)


def reads(draft: Draft) -> DataSpec | None:
    """What of the draft decides how a corpus is read: fields that only cut batches have their defaults.

    None where one of the fields that matter is wrong.
    """
    values: dict[str, Value] = {}
    for path, text in draft.texts.items():
        field = FIELDS[path]
        if field.section != "data" or field.name in _CUTTING:
            continue
        try:
            values[path] = field.parse(text)
        except SpecError:
            return None
    return from_values(values).data


def _parsed(draft: Draft) -> tuple[dict[str, Value], dict[str, str]]:
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for path, field in FIELDS.items():
        if path not in draft.texts:
            continue
        try:
            values[path] = field.parse(draft.texts[path])
        except SpecError as error:
            errors[path] = str(error)
    return values, errors


def _planned(spec: RunSpec, report: CorpusReport, available: int | None) -> Checked:
    vocabulary = len(report.vocabulary)
    try:
        sizes = plan(spec, tokens=report.tokens, vocabulary=vocabulary)
        if available is not None:
            check_memory(spec, vocabulary=vocabulary, available=available)
    except SpecError as error:
        return Checked(errors={error.field: str(error)}, spec=spec, plan=None)
    return Checked(errors={}, spec=spec, plan=sizes)
