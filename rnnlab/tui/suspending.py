"""Standing still when another process says so (SIGTSTP), and going on (SIGCONT), between two turns of the event loop.

Textual does it in the very moment in which the signal comes, and waits for ever where that is in the midst of writing
to the terminal: it then wants a lock that it holds itself. After a SIGCONT that it did not wait for, it reads the
keyboard twice. It must not know what the program shows.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import Any

from textual.app import App

LOOK_SECONDS = 0.1
"""How often a program that goes on in the background looks whether it stands in front again."""


class Suspending:
    """Takes both signals for as long as the loop runs; the terminal of `descriptor` is given back meanwhile."""

    def __init__(self, app: App[Any], descriptor: int) -> None:
        """Within the running loop, when the driver has taken the signals for itself."""
        self._app = app
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGTSTP, self._stand_still)
        self._loop.add_signal_handler(signal.SIGCONT, self._begin_anew)

    def _stand_still(self) -> None:
        # What lets it go on here must not be heard as a beginning anew.
        self._loop.remove_signal_handler(signal.SIGCONT)
        with self._app.suspend():
            os.kill(os.getpid(), signal.SIGSTOP)
            self._wait_for_the_front()
        self._loop.add_signal_handler(signal.SIGCONT, self._begin_anew)

    def _begin_anew(self) -> None:
        """It stood still without being asked, by SIGSTOP: whoever was in front may have used the terminal."""
        if self._app._exit:
            # Who hangs up a terminal sends this signal too; a keyboard's reader that began now would end no more.
            return
        with self._app.suspend():
            self._wait_for_the_front()

    def _wait_for_the_front(self) -> None:
        # To draw from the background would stop the process again, and the thread that ends it with its terminal.
        while self._behind():
            time.sleep(LOOK_SECONDS)

    def _behind(self) -> bool:
        try:
            return os.tcgetpgrp(self._descriptor) != os.getpgrp()
        except OSError:
            return False  # the terminal is gone
