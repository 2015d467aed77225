"""Turns: who is compared works in the same rounds."""

from __future__ import annotations

from rnnlab.bench.turns import per_second, seconds_of, take_turns


def test_everybody_has_a_turn_in_each_round_and_the_order_turns_around() -> None:
    order: list[str] = []

    def turn(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = take_turns({name: lambda name=name: turn(name) for name in "abc"}, 2)
    assert "".join(order) == "abccba"
    assert found == {"a": [1.0, 6.0], "b": [2.0, 5.0], "c": [3.0, 4.0]}


def test_a_rate_is_what_was_done_over_the_time_that_it_took(monkeypatch) -> None:
    clock = iter([0.0, 0.4, 0.8, 1.2])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    laps: list[int] = []
    assert per_second(lambda: laps.append(1), amount=10.0, seconds=1.0) == 3 * 10.0 / 1.2
    assert len(laps) == 3


def test_seconds_are_those_between_begin_and_end(monkeypatch) -> None:
    clock = iter([5.0, 7.5])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert seconds_of(lambda: None) == 2.5
