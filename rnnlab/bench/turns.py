"""Taking turns: who is compared works in the same rounds, so that what else the machine does falls on all alike.

It must not know what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

Name = TypeVar("Name")


def take_turns(who: Mapping[Name, Callable[[], float]], rounds: int) -> dict[Name, list[float]]:
    """What each gives in each round. Every other round goes backwards: who comes after whom favours nobody."""
    given: dict[Name, list[float]] = {name: [] for name in who}
    for number in range(rounds):
        for name in list(who)[:: -1 if number % 2 else 1]:
            given[name].append(who[name]())
    return given


def per_second(work: Callable[[], object], amount: float, seconds: float) -> float:
    """How much of `amount` gets done in a second, working for at least that long."""
    begun, laps = time.perf_counter(), 0
    while True:
        work()
        laps += 1
        took = time.perf_counter() - begun
        if took >= seconds:
            return laps * amount / took


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
