"""What every error for a person must be."""

from __future__ import annotations

import pytest

from rnnlab.errors import SpecError


def assert_one_sentence(caught: pytest.ExceptionInfo[SpecError], field: str) -> None:
    """One line of printable text that begins with the field's own words and is short enough to be read at the field."""
    message = str(caught.value)
    assert caught.value.field == field
    assert message.isprintable()
    assert len(message) < 240
    assert "Traceback" not in message
    assert "Error" not in message
