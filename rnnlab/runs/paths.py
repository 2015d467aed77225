"""Where everything lies: the one module that spells file names.

`<home>/sessions/<session>/runs/<run>/` and what is in it. Names are slugs by construction, so that none can leave the
home directory. It must not read or write anything.
"""

from __future__ import annotations

import re
from pathlib import Path

from rnnlab.errors import BadInput

_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CHECKPOINT = re.compile(r"step-(0|[1-9][0-9]{0,14})")


def is_slug(name: str) -> bool:
    """Whether a name is safe as a file's."""
    return bool(_SLUG.fullmatch(name)) and not name.endswith(".")


def slug(name: str, what: str) -> str:
    """The name itself where it is a safe file name; raises BadInput that says which names are."""
    if not is_slug(name):
        raise BadInput(
            f"{what} must be 1 to 64 lower-case letters, digits, dots, dashes or underscores, beginning with a letter "
            f"or digit, not {name[:40]!a}"
        )
    return name


TEXTS = ("copied.txt", "transcript.md")
"""The texts that a session holds for other programs."""


class HomePaths:
    """The names below the data directory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.sessions = home / "sessions"
        self.corpora = home / "corpora"
        """Copies of what runs were trained on, by SHA-256, so that a changed file harms no resume."""
        self.cache = home / "cache"
        """Encoded texts; all of it can be made again."""
        self.texts = home / "texts"
        """What was fetched of the catalogue."""

    def session(self, name: str) -> SessionPaths:
        return SessionPaths(self.sessions / slug(name, "a session's name"))

    def corpus_copy(self, sha256: str) -> Path:
        return self.corpora / f"{slug(sha256, 'a digest')}.txt"


class SessionPaths:
    """The names below a session's directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.desk = directory / "session.json"
        self.transcript = directory / "transcript.jsonl"
        self.texts = {name: directory / name for name in TEXTS}
        """What a person had put aside, by name."""
        self.runs = directory / "runs"

    def run(self, run: str) -> RunPaths:
        return RunPaths(self.runs / slug(run, "a run's id"))


class RunPaths:
    """The names in a run directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.manifest = directory / "spec.json"
        self.vocabulary = directory / "vocab.json"
        self.journal = directory / "journal.jsonl"
        self.digest = directory / "digest.json"
        """The beginning of a long journal, folded; it can be made again."""
        self.status = directory / "status.json"
        self.requests = directory / "requests"
        self.checkpoints = directory / "checkpoints"
        self.best = self.checkpoints / "best.json"
        self.origin = directory / "origin"
        """Laid out as a run directory: the vocabulary and the one checkpoint of another run that this one begins with.
        It goes with the first checkpoint."""
        self.log = directory / "log.txt"
        self.lock = directory / "lock"
        self.reserve = directory / "reserve"
        """Room that a worker keeps for its last words on a full disk."""

    def checkpoint(self, step: int) -> Path:
        return self.checkpoints / f"step-{step}"


def checkpoint_step(name: str) -> int | None:
    """The step in a checkpoint directory's name, or None for another name."""
    match = _CHECKPOINT.fullmatch(name)
    return int(match.group(1)) if match else None


WEIGHTS = "weights.safetensors"
"""In a checkpoint: the model alone, all that generating needs."""
STATE = "state.safetensors"
"""In a checkpoint: what else a resume needs."""
CHECKPOINT_MANIFEST = "manifest.json"
MAX_VOCABULARY = 64 << 20
"""Bytes of the largest vocabulary's document."""
