"""`python -m rnnlab.worker.generator DIR`: the process behind a console.

Prompts come in as JSON lines on standard input, pieces of answers go out as JSON lines on standard output; it ends
with its input. Every prompt is answered by the newest weights that the run has saved by then, also while it trains.
It reads the run directory and never writes it.
"""

from __future__ import annotations

import argparse
import os
import queue
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import torch

from rnnlab.dialogue import Answered, Answering, AnyPiece, Prompt, Refused, Wrote
from rnnlab.errors import CheckpointError, RnnlabError
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.sampling import generate
from rnnlab.runs import checkpoints, manifest
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.paths import WEIGHTS, RunPaths
from rnnlab.specs import SampleSpec
from rnnlab.text.vocabulary import Vocabulary
from rnnlab.worker.tensors import tensors_of

_SEND_EVERY = 0.05
"""Seconds between pieces: a screen shows no more, and each costs a line."""
_RETRIES = 3
"""A worker may delete an old checkpoint between our choosing it and our reading it."""

_encoder = msgspec.json.Encoder()


class Model:
    """The run's model with the weights of one checkpoint at a time."""

    def __init__(self, paths: RunPaths) -> None:
        self._paths = paths
        self.run = manifest.read(paths.manifest)
        self.vocabulary = Vocabulary.from_document(msgspec.json.decode(paths.vocabulary.read_bytes()))
        self.model = LanguageModel(self.run.spec.model, len(self.vocabulary))
        self.model.eval()
        self._loaded: CheckpointManifest | None = None

    def at(self, which: str) -> CheckpointManifest:
        """Load the weights of `last`, `best` or a step; raises NotFound or CheckpointError."""
        for _ in range(_RETRIES - 1):
            try:
                return self._load(checkpoints.resolve(self._paths, which))
            except CheckpointError:
                continue
        return self._load(checkpoints.resolve(self._paths, which))

    def _load(self, step: int) -> CheckpointManifest:
        found = checkpoints.read_manifest(self._paths, step)
        if self._loaded is None or found.files != self._loaded.files:
            weights = tensors_of(checkpoints.read_file(self._paths, found, WEIGHTS))
            try:
                self.model.load_state_dict(weights)
            except RuntimeError as error:
                raise CheckpointError(f"the checkpoint of step {step} does not fit its spec: {error}") from None
            self._loaded = found
        return found


def answer(model: Model, prompt: Prompt, stopped: threading.Event) -> Iterator[AnyPiece]:
    """The pieces of one answer, as they come to be; its last is `Answered`, or `Refused` with the reason."""
    try:
        yield from _answer(model, prompt, stopped)
    except RnnlabError as error:
        yield Refused(message=str(error))


def _answer(model: Model, prompt: Prompt, stopped: threading.Event) -> Iterator[AnyPiece]:
    weights = model.at(prompt.at)
    sample = seeded(prompt.sample)
    yield Answering(
        run=model.run.id,
        step=weights.step,
        split=weights.split,
        perplexity=weights.perplexity,
        seed=sample.seed,
        unknown=model.vocabulary.unknown_in(prompt.prefix),
    )
    begun = time.monotonic()
    sent, count, waiting = begun, 0, []
    for text in generate(model.model, model.vocabulary, prompt.prefix, sample):
        count += 1
        waiting.append(text)
        now = time.monotonic()
        if now - sent > _SEND_EVERY:
            yield Wrote(text="".join(waiting))
            sent, waiting = now, []
        if stopped.is_set():
            break
    if waiting:
        yield Wrote(text="".join(waiting))
    yield Answered(tokens=count, seconds=time.monotonic() - begun, cause=_cause(sample, count, stopped))


def _cause(sample: SampleSpec, count: int, stopped: threading.Event) -> str:
    if stopped.is_set():
        return "stopped"
    return "stop" if sample.stop and count < sample.length else "length"


def seeded(sample: SampleSpec) -> SampleSpec:
    """The sampling with a seed: a new, short one where none was given, so that it can be typed again."""
    return sample if sample.seed else msgspec.structs.replace(sample, seed=secrets.randbelow(99_999) + 1)


class Mailbox:
    """Standard input as a queue of prompts; a `stop` line, a newer prompt and the end of input stop the current one."""

    def __init__(self) -> None:
        self.prompts: queue.Queue[Prompt | None] = queue.Queue()
        self.stopped = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def next(self) -> Prompt | None:
        """The next prompt, or None at the end of the input."""
        prompt = self.prompts.get()
        if self.prompts.empty():
            self.stopped.clear()
        return prompt

    def _listen(self) -> None:
        for line in sys.stdin.buffer:
            self.stopped.set()
            try:
                if line.strip() != b"stop":
                    self.prompts.put(msgspec.json.decode(line, type=Prompt))
            except (msgspec.MsgspecError, RnnlabError) as error:
                send(Refused(message=f"the prompt does not read: {error}"))
        self.stopped.set()
        self.prompts.put(None)


def send(piece: AnyPiece) -> None:
    """Write a piece as one line, at once."""
    sys.stdout.buffer.write(_encoder.encode(piece) + b"\n")
    sys.stdout.buffer.flush()


def main() -> int:
    """Answer prompts until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m rnnlab.worker.generator", description="Write text with one run.")
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    # Several threads only get in each other's way at one token a step, and a training may want the cores.
    torch.set_num_threads(1)
    mailbox = Mailbox()
    model: Model | None = None
    try:
        while (prompt := mailbox.next()) is not None:
            try:
                model = model or Model(RunPaths(directory.resolve()))
            except (RnnlabError, OSError, msgspec.MsgspecError) as error:
                send(Refused(message=str(error)))
                continue
            for piece in answer(model, prompt, mailbox.stopped):
                send(piece)
    except BrokenPipeError:
        # The console is gone; there is nobody to tell, and nothing to flush at exit.
        os._exit(0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
