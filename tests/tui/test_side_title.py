"""Whose side of the console it is, in any width."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from rnnlab.tui.side_title import cut


@pytest.mark.parametrize(
    ("title", "width", "shown"),
    [
        ("lstm-128-crisp-tern, untrained", 30, "lstm-128-crisp-tern, untrained"),
        ("lstm-128-crisp-tern, untrained", 18, "lstm-1…, untrained"),
        ("lstm-128-crisp-tern, best", 18, "lstm-128-cr…, best"),
        ("lstm-128-crisp-tern, untrained", 5, "lstm-128-crisp-tern, untrained"),
        ("", 9, ""),
    ],
)
def test_a_title_that_is_too_long_keeps_its_end(title: str, width: int, shown: str) -> None:
    assert cut(title, width) == shown


def test_wide_characters_are_cut_within_the_width() -> None:
    assert cell_len(cut("不分开不分开不分开, best", 15)) <= 15
