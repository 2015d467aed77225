"""What a command gets to work with: the host, the two streams, and what was typed everywhere.

It must not know which commands there are, nor which host it is.
"""

from __future__ import annotations

import argparse
import functools
import shlex

from rnnlab.cli.output import Output

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
        """The id of the run that was meant."""
        return self.host.find(reference, self.session)

    def command(self, *words: str) -> str:
        """A command line that a person can type to reach the same home."""
        home = ("--home", self.home) if self.home else ()
        return shlex.join(["rnnlab", *home, *words])
