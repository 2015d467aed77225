"""`python -m rnnlab.worker.generator DIR`: the process behind a console.

Prompts come in as JSON lines on standard input, pieces of answers go out as JSON lines on standard output; it ends
with its input. Every prompt is answered by the newest weights that the run has saved by then, also while it trains.
It reads the run directory and never writes it. torch is imported when nobody waits: a prompt that comes at once is
answered without it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from rnnlab.dialogue import AnyPiece, AnyProbe, Prompt, Question
from rnnlab.errors import PromptError, RnnlabError
from rnnlab.runs.paths import RunPaths
from rnnlab.worker.answering import answer, refused
from rnnlab.worker.limits import make_way
from rnnlab.worker.model import Model
from rnnlab.worker.warming import Warming

_encoder = msgspec.json.Encoder()
_IDLE_SECONDS = 0.2


class Mailbox:
    """Lines of input as a queue of prompts, each with its own event: a `stop` line, a newer prompt or the end of the
    input sets it, also where the prompt still waits its turn.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._prompts: queue.Queue[tuple[Question | RnnlabError, threading.Event] | None] = queue.Queue()
        self._newest = threading.Event()
        threading.Thread(target=self._listen, args=(lines,), daemon=True).start()

    def next(self, idle: Callable[[], object] | None = None) -> tuple[Question | RnnlabError, threading.Event] | None:
        """The next prompt, or what is wrong with it, and what stops it; None at the end of the input.

        `idle` is called where none comes for a moment.
        """
        if idle is not None:
            with contextlib.suppress(queue.Empty):
                return self._prompts.get(timeout=_IDLE_SECONDS)
            idle()
        return self._prompts.get()

    def _listen(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self._newest.set()
            if line.strip() != b"stop":
                self._newest = threading.Event()
                self._prompts.put((_question(line), self._newest))
        self._newest.set()
        self._prompts.put(None)


class _Kind(msgspec.Struct):
    probe: str = ""


def _question(line: bytes) -> Question | RnnlabError:
    try:
        is_probe = bool(msgspec.json.decode(line, type=_Kind).probe)
        return msgspec.json.decode(line, type=AnyProbe if is_probe else Prompt)
    except RnnlabError as error:
        return error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return PromptError(f"the prompt does not read: {error}")


def send(piece: AnyPiece) -> None:
    """Write a piece as one line, at once."""
    sys.stdout.buffer.write(_encoder.encode(piece) + b"\n")
    sys.stdout.buffer.flush()


def main() -> int:
    """Answer prompts until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m rnnlab.worker.generator", description="Write text with one run.")
    parser.add_argument("directory", type=Path)
    paths = RunPaths(Path(os.path.abspath(parser.parse_args().directory)))
    try:
        converse(paths, Mailbox(sys.stdin.buffer))
    except BrokenPipeError:
        # The console is gone; there is nobody to tell, and nothing to flush at exit.
        os._exit(0)
    return 0


def converse(paths: RunPaths, mailbox: Mailbox) -> None:
    """Answer every prompt, one after the other; a model that cannot be opened is tried again with the next."""
    model: Model | None = None
    warming = Warming()
    while (asked := mailbox.next(warming.begin)) is not None:
        question, stopped = asked
        if isinstance(question, RnnlabError):
            send(refused(question))
            continue
        if not isinstance(question, Prompt):
            # Importing torch is the same two seconds of work however it is ranked: behind a training, a minute's wait.
            warming.module()
            make_way()
        try:
            model = model or Model(paths, warming)
        except (RnnlabError, OSError, ValueError, RecursionError) as error:
            send(refused(error))
            continue
        for piece in answer(model, question, stopped):
            send(piece)


if __name__ == "__main__":
    raise SystemExit(main())
