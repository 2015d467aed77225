"""A limit on what nothing else could end."""

from __future__ import annotations

import re
import threading

import pytest

from rnnlab.errors import BadInput
from rnnlab.worker.limits import at_most


def test_a_search_that_would_take_centuries_is_ended() -> None:
    with pytest.raises(BadInput, match="too long"), at_most(0.1, BadInput("too long")):
        re.search("(a+)+$", "a" * 60 + "b")


def test_what_is_done_in_time_is_not_disturbed_later() -> None:
    with at_most(0.01, BadInput("too long")):
        pass
    threading.Event().wait(0.05)


def test_another_thread_has_no_limit_and_no_error() -> None:
    found: list[bool] = []

    def search() -> None:
        with at_most(0.001, BadInput("too long")):
            threading.Event().wait(0.01)
            found.append(True)

    thread = threading.Thread(target=search)
    thread.start()
    thread.join()
    assert found == [True]
