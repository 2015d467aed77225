"""The composition root: the one place that knows which host and which faces there are.

No command opens the TUI, everything else is the command line's. It must not import either before it is needed:
`rnnlab --version` answers in about the time that Python and argparse take.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rnnlab.hosts.base import Host


def main() -> int:
    """The `rnnlab` command; gives its exit code."""
    from rnnlab.cli.context import Wiring
    from rnnlab.cli.main import run

    return run(sys.argv[1:], Wiring(host=_local_host, desk=_open_desk, demo=_open_demo))


def _local_host(home: str) -> Host:
    from rnnlab.hosts.local import LocalHost
    from rnnlab.settings import home_directory

    return LocalHost(home_directory(home))


def _open_desk(host: Host, session: str) -> int:
    from rnnlab.tui.app import run

    return run(host, session)


def _open_demo() -> int:
    from rnnlab.hosts.demo import demo_host
    from rnnlab.tui.app import run

    return run(demo_host(), "")


if __name__ == "__main__":
    sys.exit(main())
