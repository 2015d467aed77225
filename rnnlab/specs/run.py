"""`RunSpec`: everything that goes into one training, and the ways into it: defaults, TOML, JSON, `--set`.

It must not know where specs are kept, nor torch.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import tomli_w

from rnnlab.errors import SpecError
from rnnlab.specs.cells import CELLS
from rnnlab.specs.fields import Value, closest
from rnnlab.specs.sections import FIELDS, SECTIONS, DataSpec, ModelSpec, SampleSpec, TrainSpec


class RunSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One training's spec: the model, the data, the training and how the console samples to begin with."""

    model: ModelSpec = ModelSpec()
    data: DataSpec = DataSpec()
    train: TrainSpec = TrainSpec()
    sample: SampleSpec = SampleSpec()

    def __post_init__(self) -> None:
        width = self.model.hidden * (2 if self.model.bidirectional else 1)
        if self.model.tied and self.model.embedding != width:
            raise SpecError(
                "model.tied",
                f"tied output needs an embedding as wide as the output of the layers: set embedding to {width}",
            )

        engines = ("auto", "scratch", *CELLS[self.model.cell].engines)
        if self.model.engine not in engines:
            raise SpecError(
                "model.engine",
                f"{self.model.engine} does not compute {self.model.cell}: set engine to one of {', '.join(engines)}",
            )

    def value(self, path: str) -> Value:
        """The value of a field by its dotted name."""
        field = find_field(path)
        return getattr(getattr(self, field.section), field.name)

    def values(self) -> dict[str, Value]:
        """Every field's value by its dotted name."""
        return {path: self.value(path) for path in FIELDS}

    def replace(self, changes: Mapping[str, Value]) -> RunSpec:
        """The spec with some fields changed; raises SpecError as making one does."""
        return from_values({**self.values(), **changes})


def find_field(path: str) -> Any:
    """The field of that dotted name; raises SpecError that names the nearest."""
    if path not in FIELDS:
        raise SpecError(path, f"there is no hyperparameter {path[:80]!r}{closest(path, FIELDS)}")
    return FIELDS[path]


def from_values(values: Mapping[str, object]) -> RunSpec:
    """A spec from dotted names; what is not named keeps its default."""
    sections: dict[str, dict[str, object]] = {name: {} for name in SECTIONS}
    for path, value in values.items():
        field = find_field(path)
        sections[field.section][field.name] = field.check(value)
    return RunSpec(**{name: SECTIONS[name](**given) for name, given in sections.items()})  # ty: ignore[invalid-argument-type]


def from_document(document: object) -> RunSpec:
    """A spec from nested tables, as TOML and JSON give them; raises SpecError that names the field."""
    return from_values(flatten(document))


def flatten(document: object) -> dict[str, object]:
    """Dotted names from nested tables; raises SpecError where they are not two levels of tables."""
    if not isinstance(document, Mapping):
        raise SpecError("spec", "a spec must be a table with the sections model, data, train and sample")
    flat: dict[str, object] = {}
    for section, table in document.items():
        if section not in SECTIONS:
            raise SpecError(str(section), f"there is no section {str(section)[:80]!r}{closest(str(section), SECTIONS)}")
        if not isinstance(table, Mapping):
            raise SpecError(section, f"{section} must be a table of hyperparameters")
        flat |= {f"{section}.{name}": value for name, value in table.items()}
    return flat


def parse_assignments(assignments: Iterable[str]) -> dict[str, Value]:
    """`train.lr=0.1` texts as values; raises SpecError that names what is wrong."""
    values: dict[str, Value] = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals:
            raise SpecError(path, f"{path[:80]!r} must look like train.lr=0.002")
        values[path.strip()] = find_field(path.strip()).parse(text)
    return values


def to_document(spec: RunSpec) -> dict[str, dict[str, Any]]:
    """Nested tables of plain values, which `from_document` reads back."""
    return msgspec.to_builtins(spec)


def to_toml(spec: RunSpec) -> str:
    """TOML text that `from_toml` reads back as the same spec."""
    return tomli_w.dumps(to_document(spec))


def from_toml(text: str) -> RunSpec:
    """A spec from TOML; raises SpecError with the line where it is not TOML."""
    try:
        return from_document(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SpecError("spec", f"the spec file is not TOML: {error}") from None
    except ValueError:
        # What is left of ValueError is Python's refusal to read an integer of thousands of digits.
        raise SpecError("spec", "the spec file holds a number too long to be one") from None
    except RecursionError:
        raise SpecError("spec", "the spec file is nested too deeply to be a spec") from None
