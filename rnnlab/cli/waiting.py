"""Waiting for long work with a text: a line says how far it is, Ctrl-C ends it. It must not know what is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from rnnlab.cli.context import Context
from rnnlab.cli.describe import size
from rnnlab.hosts.values import Work

T = TypeVar("T")

_EVERY = 0.2
"""Seconds between two looks at the work: quick work shows nothing."""
_CELLS = 24


def waited(context: Context, work: Callable[[], T]) -> T:
    """What the work gives; while it goes on, a line on the terminal says how far it is."""
    if not context.out.talks_to_terminal:
        return work()
    results: list[Any] = []
    failures: list[BaseException] = []

    def do() -> None:
        try:
            results.append(work())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    shown = False
    try:
        thread.join(_EVERY)
        while thread.is_alive():
            for piece in context.host.work():
                context.out.progress(bar(piece))
                shown = True
            thread.join(_EVERY)
    except KeyboardInterrupt:
        context.host.cancel_work()
        thread.join()
        raise
    finally:
        if shown:
            context.out.progress("")
    if failures:
        raise failures[0]
    return results[0]


def bar(work: Work) -> str:
    """One line: the stage, a bar, and how much of how much."""
    if not work.total:
        return f"{work.stage}  {size(work.done)}"
    part = min(1.0, work.done / work.total)
    full = round(part * _CELLS)
    return f"{work.stage}  {'█' * full}{'░' * (_CELLS - full)}  {part:.0%} of {size(work.total)}"
