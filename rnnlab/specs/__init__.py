"""What goes into a run: frozen, validated values without torch. See `run.RunSpec`."""

from rnnlab.specs.fields import About, Field, Value
from rnnlab.specs.run import (
    RunSpec,
    find_field,
    from_document,
    from_toml,
    from_values,
    parse_assignments,
    to_document,
    to_toml,
)
from rnnlab.specs.sections import FIELDS, SECTIONS, DataSpec, ModelSpec, SampleSpec, TrainSpec

__all__ = [
    "FIELDS",
    "SECTIONS",
    "About",
    "DataSpec",
    "Field",
    "ModelSpec",
    "RunSpec",
    "SampleSpec",
    "TrainSpec",
    "Value",
    "find_field",
    "from_document",
    "from_toml",
    "from_values",
    "parse_assignments",
    "to_document",
    "to_toml",
]
