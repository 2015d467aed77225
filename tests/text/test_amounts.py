"""Numbers of things, in words."""

import pytest

from rnnlab.text.amounts import counted


@pytest.mark.parametrize(
    ("number", "many", "said"),
    [
        (0, "", "0 tokens"),
        (1, "", "1 token"),
        (62104, "", "62,104 tokens"),
        (1, "pieces", "1 token"),
        (2, "pieces", "2 pieces"),
    ],
)
def test_one_of_a_thing_is_said_as_one(number: int, many: str, said: str) -> None:
    assert counted(number, "token", many) == said
