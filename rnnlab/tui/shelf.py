"""The list of corpora as rows: those that have a name, those that were opened by path, and the way to another.

It must not know widgets, nor how a corpus is read.
"""

from __future__ import annotations

import posixpath

import msgspec

from rnnlab.hosts.values import CorpusEntry
from rnnlab.text.report import CorpusReport
from rnnlab.tui.figures import count, short_count
from rnnlab.tui.words import size


class Shelved(msgspec.Struct, frozen=True):
    """One line of the list of corpora."""

    reference: str
    """What `data.corpus` takes; nothing for the line that asks for a file."""
    name: str
    characters: int = 0
    distinct: int = 0
    chosen: bool = False
    here: bool = True
    """Else it must be fetched first."""
    bytes: int = 0


def shelf(
    entries: tuple[CorpusEntry, ...], files: tuple[str, ...], chosen: str, report: CorpusReport | None
) -> list[Shelved]:
    """The rows of the list: named corpora, opened files, and the line that asks for another."""
    named = [Shelved(e.name, e.name, e.characters, e.distinct, e.name == chosen, e.here, e.bytes) for e in entries]
    opened = [
        Shelved(path, posixpath.basename(path) or path, *_measured(path, report), path == chosen)
        for path in dict.fromkeys([*files, chosen])
        if path and path not in {e.name for e in entries}
    ]
    return [*named, *opened, Shelved("", "a file…")]


def _measured(path: str, report: CorpusReport | None) -> tuple[int, int]:
    return (report.characters, len(report.vocabulary)) if report and report.source == path else (0, 0)


def cells(row: Shelved) -> tuple[str, str, str]:
    """What stands in a row's columns."""
    name = ("● " if row.chosen else "  " if row.reference else "+ ") + row.name
    if not row.here:
        return name, "to fetch", size(row.bytes) if row.bytes else ""
    if not row.characters:
        return name, "", ""
    return name, short_count(row.characters), count(row.distinct)


def tone(row: Shelved) -> str:
    """How a row is coloured, as the table names it."""
    return "chosen" if row.chosen else "" if row.reference and row.here else "quiet"
