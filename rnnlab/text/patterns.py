"""A person's regular expression, checked before anything is loaded for it.

It must not know what it is matched against, nor numpy.
"""

from __future__ import annotations

import re

from rnnlab.errors import BadInput


def compiled(pattern: str) -> re.Pattern[str]:
    """With `^` and `$` at the ends of lines. Raises BadInput where it is no regular expression."""
    try:
        return re.compile(pattern, re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadInput(f"{pattern[:80]!r} is no regular expression: {error}") from None
