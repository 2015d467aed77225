"""Hyperparameters on the command line: flags made from the spec's own fields, `--set PATH=VALUE`, `--spec FILE`.

Every flag is another spelling of `--set`: what is typed becomes a list of `path=value`, in the order typed, and the
later one wins. Labels, bounds, choices and defaults stand in the spec alone. It must not know which command asks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rnnlab.errors import BadInput
from rnnlab.specs import FIELDS, Field, RunSpec, Value, from_toml, parse_assignments

_MAX_SPEC = 1 << 20
"""Bytes that a spec file may have; a real one has a few hundred."""


def add_field(group: Any, path: str) -> None:
    """The flag of one field: `model.hidden` is `--hidden`."""
    field = FIELDS[path]
    action = group.add_argument(
        f"--{field.name.replace('_', '-')}",
        action=_Assign,
        nargs=0 if field.kind is bool else None,
        path=path,
        metavar=_metavar(field),
        help=_help(field),
    )
    action.field_choices = field.about.choices


def add_clip(group: Any) -> None:
    """`--clip X`: a number clips the gradient's norm there, `none` does not clip."""
    default = FIELDS["train.clip_at"].default
    group.add_argument(
        "--clip", action=_Clip, metavar="X", help=f"clip the gradient's norm at X, or `none` (default {default:g})"
    )


def add_set(parser: argparse.ArgumentParser, sections: Sequence[str]) -> None:
    """`--set PATH=VALUE` for every field of those sections; the end of the help names them."""
    parser.add_argument(
        "--set",
        action=_Assign,
        path="",
        metavar="PATH=VALUE",
        help="set any hyperparameter by its name (below), as often as needed",
    )
    parser.set_defaults(assignments=())
    names = (path for path, field in FIELDS.items() if field.section in sections)
    parser.epilog = f"names for --set:\n{wrapped(names)}\n\n{parser.epilog}"


def assigned(arguments: argparse.Namespace) -> dict[str, Value]:
    """The values that were typed, by dotted name; raises SpecError."""
    return parse_assignments(arguments.assignments)


def read_spec(file: str) -> RunSpec:
    """The spec in a TOML file, or in standard input for `-`; raises BadInput."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read(_MAX_SPEC + 1)
        else:
            with open(file, "rb") as opened:
                data = opened.read(_MAX_SPEC + 1)
        if len(data) > _MAX_SPEC:
            raise BadInput(f"{file} is too long to be a spec: `rnnlab show RUN --spec` writes one")
        return from_toml(data.decode("utf-8-sig"))
    except OSError as error:
        raise BadInput(f"the spec file {file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not a text file in UTF-8: `rnnlab show RUN --spec` writes a spec") from None


class _Assign(argparse.Action):
    """Adds `path=typed` to the assignments."""

    def __init__(self, option_strings: Any, dest: str, path: str = "", **options: Any) -> None:
        super().__init__(option_strings, dest="assignments", default=argparse.SUPPRESS, **options)
        self.path = path

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        _append(namespace, self.words("true" if self.nargs == 0 else values))

    def words(self, typed: str) -> tuple[str, ...]:
        """The assignments that the flag with that value stands for."""
        return (f"{self.path}={typed}" if self.path else typed,)


class _Clip(_Assign):
    def words(self, typed: str) -> tuple[str, ...]:
        if typed.strip() == "none":
            return ("train.clip=none",)
        try:
            float(typed)
        except ValueError:
            raise BadInput(f"--clip takes a number or `none`, not {typed[:40]!r}") from None
        return ("train.clip=norm", f"train.clip_at={typed}")


def _append(namespace: argparse.Namespace, assignments: Iterable[str]) -> None:
    namespace.assignments = (*getattr(namespace, "assignments", ()), *assignments)


def _metavar(field: Field) -> str:
    if field.about.choices:
        return "|".join(field.about.choices)
    return {int: "N", float: "X"}.get(field.kind, field.name.upper())


def _help(field: Field) -> str:
    text = field.about.help.replace("%", "%%")
    if field.kind is bool:
        return text
    return f"{text} (default {field.show(field.default) or 'none'})"


def wrapped(names: Iterable[str], width: int = 100) -> str:
    """Names as lines of a help page."""
    lines = [" "]
    for name in names:
        if len(lines[-1]) + len(name) >= width:
            lines.append(" ")
        lines[-1] += f" {name}"
    return "\n".join(lines)
