"""The runs of a home directory: where each one is, and what its files say of it at a glance.

It only reads. It must not start, ask or remove anything.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path

from rnnlab.errors import NotFound, RnnlabError
from rnnlab.hosts.values import RunSummary
from rnnlab.runs import lock, manifest, status
from rnnlab.runs.boot import boot_id
from rnnlab.runs.manifest import Manifest
from rnnlab.runs.memory_kills import memory_kills
from rnnlab.runs.paths import HomePaths, RunPaths, is_slug
from rnnlab.runs.process import lives, suspended
from rnnlab.runs.status import Status

_HELD = ("running", "paused", "waiting")
_UNENDED = ("starting", *_HELD)
_LAST_SECONDS = 20.0
"""How long a worker that has said its last word is waited for."""


class RunIndex:
    """Every run below a home directory; manifests, which never change, are read once."""

    def __init__(self, home: HomePaths) -> None:
        self._home = home
        self._manifests: dict[Path, Manifest] = {}

    def ids(self) -> set[str]:
        """The ids of all runs."""
        return {paths.directory.name for paths in self._all()}

    def paths(self, run: str) -> RunPaths:
        """Where the run of that id lies; raises NotFound."""
        for paths in self._all():
            if paths.directory.name == run:
                return paths
        raise NotFound(f"there is no run {run[:64]!a}: `rnnlab runs` lists those there are")

    def manifest(self, run: str) -> Manifest:
        """What the run of that id is; raises NotFound, or RunError where it does not read."""
        return self._manifest(self.paths(run))

    def summary(self, run: str) -> RunSummary:
        paths = self.paths(run)
        return summarize(self._manifest(paths), paths)

    def summaries(self, session: str = "") -> tuple[RunSummary, ...]:
        """The runs of a session, or of all, newest first; those that cannot be read are left out."""
        found = []
        for paths in self._all(session):
            try:
                found.append(summarize(self._manifest(paths), paths))
            except RnnlabError:
                # Someone else's damage must not hide the other runs; asking for this one by its id says what is wrong.
                continue
        return tuple(sorted(found, key=lambda run: (-run.created_at, run.id)))

    def forget(self, run: str) -> None:
        self._manifests = {path: kept for path, kept in self._manifests.items() if kept.id != run}

    def _all(self, session: str = "") -> list[RunPaths]:
        pattern = f"{self._home.session(session).directory.name if session else '*'}/runs/*/spec.json"
        directories = [path.parent for path in self._home.sessions.glob(pattern)]
        # A name that is no slug is none of ours: what is being removed has a hidden one.
        return [RunPaths(place) for place in directories if is_slug(place.name) and is_slug(place.parents[1].name)]

    def _manifest(self, paths: RunPaths) -> Manifest:
        if paths.directory not in self._manifests:
            self._manifests[paths.directory] = manifest.read(paths.manifest)
        return self._manifests[paths.directory]


def summarize(what: Manifest, paths: RunPaths) -> RunSummary:
    """A run at a glance."""
    # The lock first: a worker writes its last status before it lets go, never after.
    held = lock.held(paths.lock)
    now = status.read(paths.status) or Status()
    state, message = _while_held(now, paths) if held else _afterwards(now)
    return RunSummary(
        id=paths.directory.name,
        session=paths.directory.parents[1].name,
        spec=what.spec,
        corpus=what.corpus.name,
        corpus_sha256=what.corpus.sha256,
        created_at=what.created_at,
        state=state,
        message=message,
        step=now.step,
        total_steps=now.total_steps,
        epoch=now.epoch,
        perplexity=now.perplexity,
        validation=now.best_validation,
        bits_per_character=status.bits_per_character(now),
        characters_per_token=now.characters_per_token,
        unknown_share=now.unknown_share,
        tokens_per_s=now.tokens_per_s,
        elapsed_s=now.elapsed_s,
        device=now.device,
    )


def _while_held(now: Status, paths: RunPaths) -> tuple[str, str]:
    if now.state in _HELD:
        if now.host == socket.gethostname() and suspended(now.pid):
            told = f"process {now.pid} stands still since another one stopped it; `kill -CONT {now.pid}` lets it go on"
            return "suspended", told
        return now.state, now.message if now.state == "waiting" else ""
    # A worker that has said its last word takes a moment to be gone; where that is over, it is another's beginning.
    if now.state in _UNENDED or now.host != socket.gethostname() or not _is_new(paths.status):
        return "starting", ""
    if lives(now.pid) or lives(now.watcher):
        return "ending", ""
    return ("starting", "") if lock.held(paths.lock) else _afterwards(now)


def _is_new(word: Path) -> bool:
    """Whether it may be the word of somebody who is not gone yet: of an older one, others may have the numbers."""
    try:
        return time.time() - word.stat().st_mtime < _LAST_SECONDS
    except OSError:
        return False


def _afterwards(now: Status) -> tuple[str, str]:
    if now.state not in _UNENDED:
        return now.state, now.message
    if now.host and now.host != socket.gethostname():
        return "died", f"its worker ran on {now.host}: it is gone, or cannot be seen from here"
    if now.boot and now.boot != boot_id():
        return "restarted", "the machine was restarted while it trained; `rnnlab resume` goes on from its checkpoint"
    if kills := memory_kills().more_than(now.memory_kills):
        some = "a process" if kills == 1 else f"{kills:,} processes"
        return "out of memory", f"most likely: since it began, the kernel has killed {some} of its group for memory"
    return "died", "cause unknown: neither its worker nor the process that watched it left a word"
