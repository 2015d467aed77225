"""Calls that may take a while, beside the event loop.

A screen awaits them and stays responsive. Threads that only read are daemons: a slow disk or a large file must not
keep a person from leaving. What changes something is finished before the program ends. It must not know what is called.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from threading import Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def reading(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The call's result or exception, from a thread that the program's end does not wait for."""
    return await _aside(lambda: call(*args, **kwargs), daemon=True)


async def doing(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for a call that changes something: once begun it is finished, even while the program ends."""
    return await _aside(lambda: call(*args, **kwargs), daemon=False)


async def _aside(call: Callable[[], T], *, daemon: bool) -> T:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    Thread(target=_work, args=(call, loop, future), daemon=daemon, name="aside").start()
    return await future


def _work(call: Callable[[], T], loop: asyncio.AbstractEventLoop, future: asyncio.Future[T]) -> None:
    try:
        result = call()
    except BaseException as error:
        _deliver(loop, lambda error=error: future.done() or future.set_exception(error))
    else:
        _deliver(loop, lambda: future.done() or future.set_result(result))


def _deliver(loop: asyncio.AbstractEventLoop, settle: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(settle)
