"""What a journal says of attempts and turned knobs: what a resume or a fork must know of the past.

It must not know what turning a knob does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rnnlab.events import Changed, Record, Rewound, Started, counts_until
from rnnlab.runs.journal import read
from rnnlab.runs.paths import RunPaths
from rnnlab.specs import Value, find_field

Turned = dict[int, list[dict[str, Value]]]
"""The knobs that were turned, by the step after which they were."""


def history(paths: RunPaths) -> tuple[int, Turned]:
    """(workers that have taken the run up so far, the knobs they turned in the steps that still count)."""
    attempts = 0
    turned: Turned = {}
    for event in (record.event for record in records(paths.journal)):
        attempts += isinstance(event, Started)
        if isinstance(event, Started | Rewound):
            turned = {step: changes for step, changes in turned.items() if step <= counts_until(event)}
        elif isinstance(event, Changed):
            turned.setdefault(event.step, []).append(checked(event.changes))
    return attempts, turned


def records(journal: Path) -> Iterator[Record]:
    """Every record of a journal, in order; what does not read is left out."""
    cursor, more = 0, True
    while more:
        chunk = read(journal, cursor, 10_000)
        yield from chunk.records
        cursor, more = chunk.cursor, chunk.more


def checked(changes: Mapping[str, object]) -> dict[str, Value]:
    """Values, or texts of values, as the fields' own; raises SpecError."""
    return {
        path: find_field(path).parse(value) if isinstance(value, str) else find_field(path).check(value)
        for path, value in changes.items()
    }
