"""Importing torch while nobody waits for it. It must not know what is made with it."""

from __future__ import annotations

import importlib
import threading
from types import ModuleType


class Warming:
    """The module `network`, which comes seconds after it is first asked for."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self.done = False
        """Whether it is there, so that nobody would wait for it."""

    def begin(self) -> None:
        """Begin to import it, beside what else is done; a second time nothing happens."""
        if self._thread is None and not self.done:
            self._thread = threading.Thread(target=self.module, daemon=True)
            self._thread.start()

    def module(self) -> ModuleType:
        """The module, waited for."""
        found = importlib.import_module("rnnlab.worker.network")
        self.done = True
        return found
