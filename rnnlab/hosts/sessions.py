"""Sessions on this machine: the desk of a person, saved whole, and the console's transcript, which only grows.

It must not know what a face puts on the desk.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import msgspec

from rnnlab.decoding import decode
from rnnlab.dialogue import Turn
from rnnlab.errors import BadInput, RnnlabError
from rnnlab.files import append_line, make_directory, write_atomic
from rnnlab.hosts.runs import RunIndex
from rnnlab.hosts.values import Session, SessionSummary
from rnnlab.runs.paths import HomePaths, is_slug
from rnnlab.runs.regular import open_regular
from rnnlab.transcript import packed, shared

FIRST = "main"
"""The session of a person who has named none."""
_HALF = "the text holds half of a surrogate pair: type the whole character"
_TURNS = 2000
"""Turns of a transcript that are read back; the file keeps all."""


class SessionStore:
    """The sessions of a home directory."""

    def __init__(self, home: HomePaths, runs: RunIndex) -> None:
        self._home = home
        self._runs = runs

    def summaries(self) -> tuple[SessionSummary, ...]:
        """Every session, the last used first."""
        try:
            names = [entry.name for entry in self._home.sessions.iterdir() if is_slug(entry.name) and entry.is_dir()]
        except OSError:
            return ()
        found = [self._summary(name) for name in names]
        return tuple(sorted(found, key=lambda session: (-session.used_at, session.name)))

    def load(self, name: str = "") -> Session:
        """That session, or the last used, or an empty one; a desk that does not read is an empty one too."""
        if not name:
            name = next((session.name for session in self.summaries()), FIRST)
        paths = self._home.session(name)
        try:
            session = decode(_read(paths.desk), Session)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Session(name=name)
        return msgspec.structs.replace(session, name=name)

    def save(self, session: Session) -> None:
        paths = self._home.session(session.name)
        document = msgspec.json.format(_encoded(session), indent=2)
        make_directory(paths.directory)
        write_atomic(paths.desk, document)

    def transcript(self, session: str, run: str = "") -> tuple[Turn, ...]:
        """The newest turns, or those of a run among them, packed, oldest first; lines that do not read are left out."""
        paths = self._home.session(session)
        try:
            with open_regular(paths.transcript) as file:
                # Counted first, and then read one by one: together the lines are larger than the turns.
                older = max(0, sum(1 for _ in file) - _TURNS)
                file.seek(0)
                turns = shared(turn for turn in map(_turn, islice(file, older, None)) if turn is not None)
                return tuple(turn for turn in turns if run in ("", turn.run))
        except OSError:
            return ()

    def remember(self, session: str, turn: Turn) -> None:
        paths = self._home.session(session)
        line = _encoded(turn)
        make_directory(paths.directory)
        append_line(paths.transcript, line)

    def keep_text(self, session: str, name: str, text: str) -> str:
        paths = self._home.session(session)
        if name not in paths.texts:
            raise BadInput(f"a session keeps {' and '.join(paths.texts)}, not {name[:40]!a}")
        try:
            data = text.encode()
        except UnicodeEncodeError:
            raise BadInput(_HALF) from None
        make_directory(paths.directory)
        write_atomic(paths.texts[name], data)
        return str(paths.texts[name])

    def _summary(self, name: str) -> SessionSummary:
        runs = self._runs.summaries(name)
        paths = self._home.session(name)
        used = max([_changed(paths.desk) or _changed(paths.directory), *(run.created_at for run in runs)])
        return SessionSummary(name=name, runs=len(runs), live=sum(run.live for run in runs), used_at=used)


def _read(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read()


def _encoded(value: Session | Turn) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        raise BadInput(_HALF) from None


def _changed(path: Path) -> float:
    """When a file was changed last, in seconds since 1970; 0 where it is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _turn(line: bytes) -> Turn | None:
    try:
        return packed(decode(line, Turn))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, RnnlabError):
        return None
