"""The composition root: the one place that knows which host and which faces there are.

No command opens the TUI, everything else is the command line's. It must not import either before it is needed:
`rnnlab --version` answers in about the time that Python and argparse take.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from rnnlab.hosts.base import Host


def main() -> int:
    """The `rnnlab` command; gives its exit code."""
    from rnnlab.cli.main import Wiring, run

    return run(sys.argv[1:], Wiring(host=_local_host, desk=_open_desk, demo=_open_demo))


def _local_host(home: str) -> Host:
    from rnnlab.hosts.local import LocalHost
    from rnnlab.settings import home_directory

    return LocalHost(home_directory(home))


def _open_desk(home: str, session: str) -> int:
    _require_terminal()
    # What a start makes stays: to look through it for what could go takes a tenth of the time to the first frame.
    gc.disable()
    from rnnlab.settings import home_directory
    from rnnlab.tui.app import run
    from rnnlab.tui.keymap import FILE, read_keymap

    own_keys = read_keymap(home_directory(home) / FILE)
    _end(run(_local_host(home), session, own_keys))


def _open_demo() -> int:
    _require_terminal()
    from rnnlab.hosts.demo import demo_host
    from rnnlab.tui.app import run

    _end(run(demo_host(), ""))


def _end(code: int) -> NoReturn:
    from rnnlab.tui.terminal import end

    end(code)


def _require_terminal() -> None:
    # Before textual is imported and a home directory is made: where nothing can be drawn, nothing happens.
    from rnnlab.tui.terminal import require_terminal, standard_streams

    require_terminal(os.environ, standard_streams())


if __name__ == "__main__":
    sys.exit(main())
