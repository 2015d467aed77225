"""Failures in one sentence each, in characters that can be written, with what to do.

It must not know torch: what torch says is told by its words.
"""

from __future__ import annotations

import contextlib
import re

from rnnlab.errors import RnnlabError
from rnnlab.runs import checkpoints, manifest
from rnnlab.runs.paths import RunPaths

_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "_alloc_failed")
_LOST = re.compile(r"(CUDA|cuDNN|HIP|MPS) (driver )?error|CUDNN_STATUS_|CUBLAS_STATUS_|MPS backend", re.IGNORECASE)


def explain(error: Exception, paths: RunPaths) -> str:
    """One sentence for a failure."""
    message = str(error).encode("utf-8", "backslashreplace").decode()
    if isinstance(error, RnnlabError):
        return " ".join(message.split())[:500]
    text = message.strip().splitlines()
    first = text[0][:200] if text else ""
    if wants_memory(error):
        return out_of_memory(paths, first)
    return f"{type(error).__name__}: {first}"


def wants_memory(error: Exception) -> bool:
    """Whether memory could not be had, on the machine or on its GPU."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in _MEMORY)


def device_lost(error: Exception) -> bool:
    """Whether the device no longer answers this process, so that nothing more can be done in it."""
    return isinstance(error, RuntimeError) and bool(_LOST.search(str(error))) and not wants_memory(error)


def out_of_memory(paths: RunPaths, detail: str) -> str:
    """What did not fit, and what would be smaller."""
    run = paths.directory.name
    with contextlib.suppress(RnnlabError):
        spec = manifest.read(paths.manifest).spec
        layers = f" x {spec.model.layers} layers" if spec.model.layers > 1 else ""
        sizes = f"batch {spec.data.batch:,} x steps {spec.data.steps:,} x hidden {spec.model.hidden:,}{layers}"
        smaller = f"--set data.batch={max(1, spec.data.batch // 2)}"
        # A run that has saved nothing yet has nothing to go on from.
        how = f"`rnnlab fork {run} {smaller}` goes on from its checkpoint" if checkpoints.steps(paths) else smaller
        return f"out of memory with {sizes}: {how}; fewer steps or hidden units need less, too ({detail})"
    return f"out of memory: start a run with a smaller batch, fewer steps or fewer hidden units ({detail})"
