"""What a command gets to work with: the host, the two streams, and what was typed everywhere.

It must not know which commands there are, nor which host it is.
"""

from __future__ import annotations

import argparse
import functools
import shlex

from rnnlab.cli.output import Output
from rnnlab.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rnnlab.cli.main import Wiring
    from rnnlab.hosts.base import Host


class Context:
    """The world of one command."""

    def __init__(self, arguments: argparse.Namespace, wiring: Wiring, out: Output) -> None:
        self.home: str = getattr(arguments, "home", "")
        """The home directory as it was typed, or nothing."""
        self.session: str = getattr(arguments, "session", "")
        """The session as it was typed, or nothing."""
        self.out = out
        self.wiring = wiring

    @functools.cached_property
    def host(self) -> Host:
        """The host; made when a command first needs one."""
        return self.wiring.host(self.home)

    def find(self, reference: str) -> str:
        """The id of the run that was meant; raises NotFound."""
        self.known_session(self.session)
        try:
            return self.host.find(reference, self.session)
        except NotFound:
            if not self.session or reference in ("last", "best"):
                raise
            other = self.host.run(self.host.find(reference))  # raises what is wrong wherever one looks
            raise NotFound(f"{other.id} is in the session {other.session}, not in {self.session}") from None

    def known_session(self, name: str) -> str:
        """That session, or nothing where none was typed; raises NotFound where there is none such."""
        if name and name not in {session.name for session in self.host.sessions()}:
            self.host.runs(name)  # raises what is wrong with what is no name at all
            raise NotFound(f"there is no session {name[:64]!a}: `{self.command('sessions')}` lists those there are")
        return name

    def command(self, *words: str) -> str:
        """A command line that a person can type to reach the same home."""
        home = ("--home", self.home) if self.home else ()
        return shlex.join(["rnnlab", *home, *words])
