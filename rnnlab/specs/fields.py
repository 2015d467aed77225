"""What one field of a spec is: its label, help, bounds, choices and default, and how text becomes its value.

The form, the command line, `--set`, TOML and the docs all read fields from here, so that a bound stands in one
place. It must not know which fields there are (the sections say that), nor torch, nor any screen.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import types
import typing
from collections.abc import Iterable
from typing import Any

import msgspec

from rnnlab.errors import SpecError

Value = int | float | bool | str | tuple[str, ...]
"""What a field can hold."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_PART = re.compile(r'\s*"(?:[^"\\]|\\.)*"\s*(?=,|$)|[^,]+', re.DOTALL)
"""A part of a list: a quoted text, or whatever stands between commas."""
_MAX_DIGITS = 40
"""Longer numbers are refused before Python spends quadratic time on them."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside a field's type: everything that a form needs to ask for it."""

    label: str
    """A word or two, as the form shows it."""
    help: str
    """One line on what it does to training."""
    low: float | None = None
    """The smallest value allowed."""
    high: float | None = None
    """The largest value allowed."""
    above: float | None = None
    """The value must be larger than this."""
    below: float | None = None
    """The value must be smaller than this."""
    choices: tuple[str, ...] = ()
    """The only texts allowed; empty where any will do."""
    folded: bool = False
    """Whether a form shows it only when asked for more."""
    length: int = 4096
    """The longest text allowed, in characters."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a spec: its dotted name, type, default and what is said about it."""

    path: str
    kind: type
    default: Value
    about: About

    @property
    def section(self) -> str:
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        return self.path.partition(".")[2]

    def parse(self, text: str) -> Value:
        """The value that typed text means; raises SpecError with a sentence for the field."""
        return self.check(_PARSERS[self.kind](self, text.strip() if self.kind is not str else text))

    def check(self, value: object) -> Value:
        """The value itself, in the field's own type; raises SpecError where it is out of bounds."""
        if self.kind is float and type(value) is int:
            value = _as_float(value)
        if self.kind is tuple and isinstance(value, list):
            value = tuple(value)
        if type(value) is not self.kind:
            raise self.error(f"must be {_KIND_NAMES[self.kind]}, not {_shown(value)}")
        self._check_bounds(value)
        return typing.cast(Value, value)

    def show(self, value: Value) -> str:
        """The text that `parse` reads back as the value."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            return _shortest(value)
        return ", ".join(map(_quoted, value)) if isinstance(value, tuple) else str(value)

    def error(self, sentence: str) -> SpecError:
        return SpecError(self.path, f"{self.about.label} {sentence}")

    def bounds(self, *, most: float = math.inf) -> str:
        """The bounds in words, without an upper one that is above `most`; nothing where there are none."""
        about = self.about
        parts = [
            f"at least {_number(about.low)}" if about.low is not None else "",
            f"more than {_number(about.above)}" if about.above is not None else "",
            f"at most {_number(about.high)}" if about.high is not None and about.high <= most else "",
            f"less than {_number(about.below)}" if about.below is not None else "",
        ]
        return " and ".join(part for part in parts if part)

    def _check_bounds(self, value: Any) -> None:
        if isinstance(value, bool):
            return
        if isinstance(value, int | float):
            self._check_number(value)
            return
        texts = (value,) if isinstance(value, str) else value
        self._check_texts(texts)
        choices = self.about.choices
        for text in texts if choices else ():
            if text not in choices:
                raise self.error(f"must be one of {', '.join(choices)}{closest(text, choices)}")

    def _check_number(self, value: int | float) -> None:
        about = self.about
        if isinstance(value, float) and not math.isfinite(value):
            raise self.error(f"must be a finite number, not {value}")
        if (
            (about.low is not None and value < about.low)
            or (about.above is not None and value <= about.above)
            or (about.high is not None and value > about.high)
            or (about.below is not None and value >= about.below)
        ):
            raise self.error(f"must be {self.bounds()}, not {_shown(value)}")

    def _check_texts(self, texts: Iterable[object]) -> None:
        for text in texts:
            if not isinstance(text, str):
                raise self.error(f"must be {_KIND_NAMES[self.kind]}")
            if len(text) > self.about.length:
                raise self.error(f"must be at most {self.about.length:,} characters long")
            if any("\ud800" <= character <= "\udfff" for character in text):
                raise self.error("holds half of a surrogate pair; type the whole character")


def closest(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, or nothing where no known word is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def fields_of(section: str, spec: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields of one section, in the order in which its class writes them."""
    hints = typing.get_type_hints(spec, include_extras=True)
    return tuple(
        Field(
            path=f"{section}.{field.name}",
            kind=_kind(hints[field.name]),
            default=field.default,
            about=next(m for m in hints[field.name].__metadata__ if isinstance(m, About)),
        )
        for field in msgspec.structs.fields(spec)
    )


def _kind(hint: Any) -> type:
    bare = hint.__origin__
    origin = typing.get_origin(bare)
    return origin if origin is not None and not isinstance(bare, types.UnionType) else bare


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _parse_int(field: Field, text: str) -> int:
    if not _INTEGER.fullmatch(text) or len(text) > _MAX_DIGITS:
        raise field.error(f"must be a whole number, not {_shown(text)}")
    return int(text)


def _parse_float(field: Field, text: str) -> float:
    try:
        if not text.isascii() or "_" in text or len(text) > _MAX_DIGITS:
            raise ValueError
        return float(text)
    except ValueError:
        raise field.error(f"must be a number, not {_shown(text)}") from None


def _parse_bool(field: Field, text: str) -> bool:
    if text.lower() not in _TRUE + _FALSE:
        raise field.error(f"must be true or false, not {_shown(text)}")
    return text.lower() in _TRUE


def _parse_texts(field: Field, text: str) -> tuple[str, ...]:
    return tuple(_unquoted(field, part.strip()) for part in _PART.findall(text) if part.strip())


def _quoted(text: str) -> str:
    """The text as one part of a list: in JSON's quotes where a comma, a line end, a space at an end … needs them."""
    printable = text.isprintable()
    plain = text and printable and text == text.strip() and "," not in text and not text.startswith('"')
    return text if plain else json.dumps(text, ensure_ascii=not printable)


def _unquoted(field: Field, part: str) -> str:
    if not part.startswith('"'):
        return part
    try:
        return str(json.loads(part))
    except (ValueError, RecursionError):
        raise field.error('has a quote that does not end: write "like this, with a comma", or leave it out') from None


def _shortest(value: float) -> str:
    text = format(value, ".15g")
    return text if float(text) == value else repr(value)


def _shown(value: object) -> str:
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except (ValueError, RecursionError):
        # Python writes out no integer of thousands of digits, and no list in lists without end.
        return "what was given"
    text = ascii(text)[1:-1] if not text.isprintable() else text
    if value == "":
        return "nothing"
    return text if len(text) <= 40 else text[:37] + "..."


def _number(value: float | None) -> str:
    return "" if value is None else (f"{value:,.0f}" if float(value).is_integer() else f"{value:g}")


_PARSERS: dict[type, Any] = {
    int: _parse_int,
    float: _parse_float,
    bool: _parse_bool,
    str: lambda field, text: text,
    tuple: _parse_texts,
}
_KIND_NAMES: dict[type, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    tuple: "a list of texts",
}
