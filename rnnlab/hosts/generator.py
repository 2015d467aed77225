"""`LocalConsole`: a conversation with a generator process over its standard streams. One class owns the process.

It must not know what a generator does with a prompt.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading

import msgspec

from rnnlab.dialogue import AnyPiece, Question, Refused
from rnnlab.errors import RunError
from rnnlab.hosts.launch import python
from rnnlab.runs.paths import RunPaths

_MAX_PIECES = 10_000
"""Pieces that may wait for a reader; a generator that is further ahead has to wait too."""

_decoder = msgspec.json.Decoder(AnyPiece)
"""Made at once: threads must not be the first to meet these types (`rnnlab.decoding`)."""


class LocalConsole:
    """A generator process, started at once so that it is warm when the first prompt comes."""

    def __init__(self, paths: RunPaths) -> None:
        self._pieces: queue.Queue[AnyPiece] = queue.Queue(_MAX_PIECES)
        self._closing = False
        try:
            self._process = subprocess.Popen(
                [*python("rnnlab.worker.generator"), str(paths.directory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                # The terminal's Ctrl-C is for the face, which then stops the answer itself.
                start_new_session=True,
            )
        except OSError as error:
            raise RunError(f"the generator could not be started: {error.strerror or error}") from error
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def ask(self, question: Question) -> None:
        if self._process.poll() is not None:
            raise RunError("the generator has ended: ask again to start another")
        try:
            self._say(msgspec.json.encode(question))
        except UnicodeEncodeError:
            self._refuse("the prefix holds half of a surrogate pair: type the whole character")

    def read(self, timeout: float) -> tuple[AnyPiece, ...]:
        pieces: list[AnyPiece] = []
        with contextlib.suppress(queue.Empty):
            pieces.append(self._pieces.get(timeout=max(0.0, timeout)))
            while True:
                pieces.append(self._pieces.get_nowait())
        return tuple(pieces)

    def stop(self) -> None:
        self._say(b"stop")

    def close(self) -> None:
        self._closing = True
        # It writes no file and has nothing to say any more: waiting for it to end by itself would take seconds.
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError, ValueError):
            self._input.close()
        # The listener may be waiting for room, and nobody else reads now.
        while self._listener.is_alive():
            self.read(0.01)

    @property
    def _input(self):
        assert self._process.stdin is not None
        return self._process.stdin

    def _say(self, line: bytes) -> None:
        try:
            self._input.write(line + b"\n")
            self._input.flush()
        except (OSError, ValueError):
            self._refuse("the generator has ended: ask again to start another")

    def _refuse(self, message: str) -> None:
        # Never waiting for room: whoever asks may be the one who reads.
        with contextlib.suppress(queue.Full):
            self._pieces.put_nowait(Refused(message=message))

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                self._pieces.put(_decoder.decode(line))
            except msgspec.MsgspecError:
                self._pieces.put(Refused(message="the generator said something that is no piece of an answer"))
        self._process.stdout.close()
        if not self._closing:
            code = self._process.wait()
            self._pieces.put(Refused(message=f"the generator ended with code {code}: ask again to start another"))
