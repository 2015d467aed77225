"""Calls beside the event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from rnnlab.errors import CorpusError
from rnnlab.tui.aside import doing, reading


@pytest.mark.parametrize("aside", [reading, doing])
async def test_the_result_comes_back_to_the_loop(aside):
    assert await aside(divmod, 7, 2) == (3, 1)


@pytest.mark.parametrize("aside", [reading, doing])
async def test_so_does_the_exception(aside):
    def fail() -> None:
        raise CorpusError("no such text")

    with pytest.raises(CorpusError, match="no such text"):
        await aside(fail)


@pytest.mark.parametrize(("aside", "daemon"), [(reading, True), (doing, False)])
async def test_only_what_changes_something_is_waited_for_at_the_end(aside, daemon):
    assert await aside(lambda: threading.current_thread().daemon) is daemon


async def test_the_loop_goes_on_while_a_call_takes_its_time():
    release = threading.Event()
    call = asyncio.create_task(reading(release.wait, 10))
    await asyncio.sleep(0)
    assert not call.done()
    release.set()
    assert await call


async def test_nobody_minds_a_result_that_came_too_late():
    release = threading.Event()
    call = asyncio.create_task(reading(release.wait, 10))
    await asyncio.sleep(0)
    call.cancel()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await call
