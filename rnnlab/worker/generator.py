"""`python -m rnnlab.worker.generator DIR`: the process behind a console.

Prompts come in as JSON lines on standard input, pieces of answers go out as JSON lines on standard output; it ends
with its input. Every prompt is answered by the newest weights that the run has saved by then, also while it trains.
It reads the run directory and never writes it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import secrets
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import torch

from rnnlab.dialogue import Answered, Answering, AnyPiece, AnyProbe, Found, Prompt, Question, Refused, Wrote
from rnnlab.errors import CheckpointError, PromptError, RnnlabError
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.sampling import generate
from rnnlab.runs import checkpoints, manifest
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.paths import WEIGHTS, RunPaths
from rnnlab.specs import SampleSpec
from rnnlab.specs.arithmetic import parameter_count
from rnnlab.text.cleaning import clean_prefix
from rnnlab.text.corpus import Corpus
from rnnlab.text.vocabulary import Vocabulary
from rnnlab.worker.probing import Subject, find
from rnnlab.worker.tensors import tensors_of
from rnnlab.worker.train import open_corpus

_SEND_EVERY = 0.05
"""Seconds between pieces: a screen shows no more, and each costs a line."""
MAX_PREFIX = 20_000
"""Characters: at some thousand tokens a second, a longer prefix would keep a person waiting."""
_FLOAT_BYTES = 4
_RETRIES = 3
"""A worker may delete an old checkpoint between our choosing it and our reading it."""

_encoder = msgspec.json.Encoder()


class Model:
    """The run's model with the weights of one checkpoint at a time."""

    def __init__(self, paths: RunPaths) -> None:
        self._paths = paths
        self.run = manifest.read(paths.manifest)
        self.vocabulary = Vocabulary.from_document(msgspec.json.decode(paths.vocabulary.read_bytes()))
        self._model: LanguageModel | None = None
        self._loaded: CheckpointManifest | None = None
        self._corpus: Corpus | None = None

    def corpus(self) -> Corpus:
        """The text that the run trains on; raises CorpusError, or RunError where its copy is not what it was."""
        self._corpus = self._corpus or open_corpus(self._paths, self.run)
        return self._corpus

    @property
    def model(self) -> LanguageModel:
        """The network with the weights that `at` loaded last."""
        assert self._model is not None, "nothing was loaded yet"
        return self._model

    def at(self, which: str) -> CheckpointManifest:
        """Load the weights of `last`, `best` or a step; raises NotFound or CheckpointError."""
        for _ in range(_RETRIES - 1):
            try:
                return self._load(checkpoints.resolve(self._paths, which))
            except CheckpointError:
                continue
        return self._last_whole() if which == "last" else self._load(checkpoints.resolve(self._paths, which))

    def _last_whole(self) -> CheckpointManifest:
        """The newest checkpoint that is whole, as a resume would take it."""
        newest = checkpoints.resolve(self._paths, "last")
        for step in reversed(checkpoints.steps(self._paths)):
            with contextlib.suppress(CheckpointError):
                return self._load(step)
        return self._load(newest)

    def _load(self, step: int) -> CheckpointManifest:
        found = checkpoints.read_manifest(self._paths, step)
        if self._loaded is None or found.files != self._loaded.files:
            data = checkpoints.read_file(self._paths, found, WEIGHTS)
            # Before anything is made: what a stranger's spec says must not decide how much memory is taken.
            if len(data) < _FLOAT_BYTES * parameter_count(self.run.spec.model, len(self.vocabulary)):
                raise CheckpointError(f"the checkpoint of step {step} does not fit its spec: it has too few weights")
            self._loaded = None  # until all of it is there: a refusal leaves some tensors of each
            self._model = self._model or LanguageModel(self.run.spec.model, len(self.vocabulary)).eval()
            try:
                self._model.load_state_dict(tensors_of(data))
            except RuntimeError as error:
                raise CheckpointError(
                    f"the checkpoint of step {step} does not fit its spec: {first_line(error)}"
                ) from None
            self._loaded = found
        return found


def first_line(error: Exception) -> str:
    """An error of torch's without the pages that follow."""
    return " ".join(str(error).split())[:200]


def answer(model: Model, question: Question, stopped: threading.Event) -> Iterator[AnyPiece]:
    """The pieces of one answer, as they come to be; its last is `Answered`, or `Refused` with the reason."""
    try:
        if isinstance(question, Prompt):
            yield from _write(model, question, stopped)
        else:
            yield from _probe(model, question, stopped)
    except RnnlabError as error:
        yield refused(error)


def refused(error: Exception) -> Refused:
    """The error as the last piece, in characters that can be written."""
    return Refused(message=str(error).encode("utf-8", "backslashreplace").decode())


def _write(model: Model, prompt: Prompt, stopped: threading.Event) -> Iterator[AnyPiece]:
    if len(prompt.prefix) > MAX_PREFIX:
        raise PromptError(f"the prefix has {len(prompt.prefix):,} characters: take at most {MAX_PREFIX:,}")
    weights = model.at(prompt.at)
    sample = seeded(prompt.sample)
    prefix = clean_prefix(prompt.prefix, model.run.spec.data.clean)
    texts = generate(model.model, model.vocabulary, prefix, sample, prompt.clamp)
    yield Answering(
        run=model.run.id,
        step=weights.step,
        split=weights.split,
        perplexity=weights.perplexity,
        seed=sample.seed,
        unknown=model.vocabulary.unknown_in(prefix),
    )
    begun = time.monotonic()
    sent, count, waiting, end = begun, 0, [], ""
    for text in texts:
        count += 1
        waiting.append(text)
        end = (end + text)[-len(sample.stop) :] if sample.stop else ""
        now = time.monotonic()
        if now - sent > _SEND_EVERY:
            yield Wrote(text="".join(waiting))
            sent, waiting = now, []
        if stopped.is_set():
            break
    if waiting:
        yield Wrote(text="".join(waiting))
    yield Answered(tokens=count, seconds=time.monotonic() - begun, cause=_cause(sample, end, stopped))


def _probe(model: Model, probe: AnyProbe, stopped: threading.Event) -> Iterator[AnyPiece]:
    begun, weights = time.monotonic(), model.at(probe.at)
    subject = Subject(model.model, model.vocabulary, weights.step, model.corpus)
    yield Answering(run=model.run.id, step=weights.step, split=weights.split, perplexity=weights.perplexity, seed=0)
    cause = "probed"
    for finding in find(subject, probe):
        yield Found(finding=finding)
        if stopped.is_set():
            cause = "stopped"
            break
    yield Answered(tokens=0, seconds=time.monotonic() - begun, cause=cause)


def _cause(sample: SampleSpec, end: str, stopped: threading.Event) -> str:
    if sample.stop and end == sample.stop:
        return "stop"
    return "stopped" if stopped.is_set() else "length"


def seeded(sample: SampleSpec) -> SampleSpec:
    """The sampling with a seed: a new, short one where none was given, so that it can be typed again."""
    return sample if sample.seed else msgspec.structs.replace(sample, seed=secrets.randbelow(99_999) + 1)


class Mailbox:
    """Lines of input as a queue of prompts, each with its own event: a `stop` line, a newer prompt or the end of the
    input sets it, also where the prompt still waits its turn.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._prompts: queue.Queue[tuple[Question | RnnlabError, threading.Event] | None] = queue.Queue()
        self._newest = threading.Event()
        threading.Thread(target=self._listen, args=(lines,), daemon=True).start()

    def next(self) -> tuple[Question | RnnlabError, threading.Event] | None:
        """The next prompt, or what is wrong with it, and what stops it; None at the end of the input."""
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
    # Several threads only get in each other's way at one token a step, and a training may want the cores.
    torch.set_num_threads(1)
    try:
        converse(paths, Mailbox(sys.stdin.buffer))
    except BrokenPipeError:
        # The console is gone; there is nobody to tell, and nothing to flush at exit.
        os._exit(0)
    return 0


def converse(paths: RunPaths, mailbox: Mailbox) -> None:
    """Answer every prompt, one after the other; a model that cannot be opened is tried again with the next."""
    model: Model | None = None
    while (asked := mailbox.next()) is not None:
        question, stopped = asked
        if isinstance(question, RnnlabError):
            send(refused(question))
            continue
        try:
            model = model or Model(paths)
        except (RnnlabError, OSError, ValueError, RecursionError) as error:
            send(refused(error))
            continue
        for piece in answer(model, question, stopped):
            send(piece)


if __name__ == "__main__":
    raise SystemExit(main())
