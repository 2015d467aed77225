"""Record the run that `rnnlab demo` replays: train it with the program itself, then keep its journal, and what its
model answers to what the microscope asks first.

    .venv/bin/python docs/record_demo.py

Takes about three minutes on two cores. Offline.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rnnlab.dialogue import AnyPiece, AnyProbe, JudgePairs, MeasureMemory, RankUnits, ScoreText, WatchUnit
from rnnlab.findings import Ranking
from rnnlab.hosts.base import Console, Host
from rnnlab.hosts.demo import ANSWERS, RECORDED
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.recording import Answer, Recording, save, save_answers
from rnnlab.specs import RunSpec
from rnnlab.text.agreement import bundled_grammar, pairs
from rnnlab.tui.microscope.agreement import EACH
from rnnlab.tui.microscope.asking import BEST, NEWEST, UNTRAINED, Job, take
from rnnlab.tui.microscope.asking import Answer as Taken
from rnnlab.tui.microscope.neurons_view import hypothesis_of
from rnnlab.tui.microscope.screen import held_out

PASSAGES, UNITS, RANKED = 2, 6, 5
"""How many of the text's passages, of the first units, and of the best of a ranking are asked about."""


def main() -> None:
    host = LocalHost(Path(tempfile.mkdtemp(prefix="rnnlab-demo-")))
    run = host.start(RunSpec().replace({"train.epochs": 30}), "demo")
    while host.run(run).live:
        time.sleep(0.5)
    keep(host, run)


def keep(host: Host, run: str) -> None:
    """Put an ended run into the program's recordings."""
    records, cursor, more = [], 0, True
    while more:
        reading = host.read(run, cursor)
        records, cursor, more = [*records, *reading.records], reading.cursor, reading.more
    RECORDED.mkdir(exist_ok=True)
    place = RECORDED / "the-tide-clock.jsonl"
    place.write_bytes(save(Recording(summary=host.run(run), records=tuple(records))))
    answers = place.with_suffix(ANSWERS)
    answers.write_bytes(save_answers([*map(rounded, asked(host, run))]))
    print(f"{run}: {len(records)} records, {place.stat().st_size:,} bytes in {place.name}")
    print(f"{answers.stat().st_size:,} bytes in {answers.name}")


def asked(host: Host, run: str) -> Iterator[Answer]:
    """What the microscope asks before anything is typed or chosen, and the units that it then puts forward."""
    console = host.console(run)
    passages = [held_out(host, run, number)[1] for number in range(PASSAGES)]
    grammar = tuple((pair.good, pair.bad) for pair in pairs(bundled_grammar(), each=EACH))
    units = [("hidden", 0, number) for number in range(UNITS)]
    for at in (NEWEST, BEST, UNTRAINED):
        yield answer(console, MeasureMemory(at=at))
        yield answer(console, JudgePairs(pairs=grammar, at=at))
        yield answer(console, ScoreText(text=passages[0], at=at))
        yield answer(console, WatchUnit(text=passages[0], at=at))
    yield answer(console, ScoreText(text=passages[1]))
    yield answer(console, WatchUnit(text=passages[1]))
    for typed in ("quotes", "line"):
        question = hypothesis_of(typed)
        assert isinstance(question, RankUnits)
        ranking = answer(console, question)
        yield ranking
        best = taken(run, ranking).of(Ranking)[0].units[:RANKED]
        units += [(unit.part, unit.layer, unit.unit) for unit in best]
    for part, layer, unit in dict.fromkeys(units[1:]):
        yield answer(console, WatchUnit(text=passages[0], part=part, layer=layer, unit=unit))
    console.close()


def answer(console: Console, question: AnyProbe) -> Answer:
    """All that comes of a question; raises RuntimeError where it is refused."""
    console.ask(question)
    pieces: list[AnyPiece] = []
    while not (so_far := taken("", Answer(question, tuple(pieces)))).over:
        pieces += console.read(1.0)
    if so_far.trouble:
        raise RuntimeError(so_far.trouble)
    return Answer(question, tuple(pieces))


def rounded(answer: Answer) -> Answer:
    """The same with four digits of each number, which is more than is shown and half as many bytes."""

    def four(value: object) -> object:
        match value:
            case float():
                return float(f"{value:.4g}")
            case list() | tuple():
                return [four(each) for each in value]
            case dict():
                return {name: four(each) for name, each in value.items()}
        return value

    return Answer(answer.question, msgspec.convert(four(msgspec.to_builtins(answer.pieces)), tuple[AnyPiece, ...]))


def taken(run: str, answer: Answer) -> Taken:
    return take(Taken(job=Job("", run, answer.question)), answer.pieces)


if __name__ == "__main__":
    main()
