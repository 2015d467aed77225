"""The base of a spec's sections: a section that exists is in bounds by itself.

It must not know which sections there are.
"""

from __future__ import annotations

import functools

import msgspec

from rnnlab.specs.fields import Field, fields_of

Texts = tuple[str, ...]
"""The type of a field that holds several texts."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every field is checked when one is made and kept in its own type (0 as 0.0): equals are written alike."""

    def __post_init__(self) -> None:
        for field in _fields(type(self)):
            given = getattr(self, field.name)
            value = field.check(given)
            if value is not given:
                msgspec.structs.force_setattr(self, field.name, value)


@functools.cache
def _fields(section: type[Section]) -> tuple[Field, ...]:
    # `ModelSpec` is the section `model`.
    return fields_of(section.__name__.removesuffix("Spec").lower(), section)
