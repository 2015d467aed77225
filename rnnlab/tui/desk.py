"""The desk: what is kept of a bench between two visits, and how it is put into a session and read back.

A desk may have been written by another version or damaged by hand: what does not read is left out. It must not know
widgets or hosts.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rnnlab.hosts.values import Session
from rnnlab.tui.draft import Draft, restored

PANES = ("corpus", "model", "training", "generate")
"""The panes by id, in the order of their keys."""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A bench as its person left it."""

    draft: Draft = Draft()
    files: tuple[str, ...] = ()
    """Corpora opened by path, newest first."""
    selected: str = ""
    """The selected run."""
    pane: str = "model"
    zoomed: bool = False
    look: str = "vocabulary"
    unfolded: bool = False
    """Whether the rarer hyperparameters are shown."""
    console: dict[str, Any] = {}
    """What the console wants to find again: its prompt and settings."""


def of_session(session: Session) -> Desk:
    """The desk that a session holds."""
    kept = session.desk
    pane, look, console = kept.get("pane"), kept.get("look"), kept.get("console")
    return Desk(
        draft=restored(session.draft),
        files=session.corpora,
        selected=session.selected,
        pane=pane if pane in PANES else Desk().pane,
        zoomed=kept.get("zoomed") is True,
        look=look if look in ("vocabulary", "text", "ids") else Desk().look,
        unfolded=kept.get("unfolded") is True,
        console=console if isinstance(console, dict) else {},
    )


def to_session(desk: Desk, name: str) -> Session:
    """The session that holds a desk."""
    return Session(
        name=name,
        draft=desk.draft.texts,
        corpora=desk.files,
        selected=desk.selected,
        desk={
            "pane": desk.pane,
            "zoomed": desk.zoomed,
            "look": desk.look,
            "unfolded": desk.unfolded,
            "console": desk.console,
        },
    )
