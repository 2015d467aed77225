"""The tree of exceptions: as its docstring draws it, with the exit codes that the command line promises."""

from __future__ import annotations

import inspect
import re

import pytest

from rnnlab import errors
from rnnlab.errors import BadInput, RnnlabError, SpecError


def classes() -> dict[str, type[RnnlabError]]:
    return {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind)}


def test_the_docstring_draws_every_class_below_its_parent() -> None:
    assert errors.__doc__ is not None
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in errors.__doc__.splitlines():
        if found := re.match(r"([ │├└─]*)([A-Z][A-Za-z]+)(?=  |$)", line):
            depth, name = len(found.group(1)), found.group(2)
            above = [(d, n) for d, n in above if d < depth]
            drawn[name] = above[-1][1] if above else "Exception"
            above.append((depth, name))
    assert drawn == {name: kind.__bases__[0].__name__ for name, kind in classes().items()}


@pytest.mark.parametrize("kind", classes().values())
def test_what_the_person_can_mend_by_typing_exits_with_2_and_all_else_with_1(kind: type[RnnlabError]) -> None:
    assert kind.exit_code == (2 if issubclass(kind, BadInput) else 1)


@pytest.mark.parametrize("kind", classes().values())
def test_every_class_says_what_it_is_for(kind: type[RnnlabError]) -> None:
    assert kind.__doc__


def test_an_error_of_the_spec_knows_its_field() -> None:
    error = SpecError("train.lr", "learning rate must be more than 0")
    assert (error.field, str(error)) == ("train.lr", "learning rate must be more than 0")
