"""What a spec comes to on its corpus before it is trained: sizes, time from a short measured probe, a suggestion.

The probe is a process of its own, so that a face stays without torch. It must not know runs.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec

from rnnlab.errors import RunError
from rnnlab.hosts import launch
from rnnlab.hosts.values import Measured, Preflight
from rnnlab.specs import RunSpec, to_document
from rnnlab.specs.arithmetic import check_memory, memory_estimate, plan
from rnnlab.specs.suggesting import suggest
from rnnlab.text import sources
from rnnlab.text.corpus import Corpus

SECONDS = 120
"""A probe that takes longer has hung."""


class _Answer(Measured, frozen=True, kw_only=True):
    error: str = ""


def preflight(home: Path, spec: RunSpec, corpus: Corpus, available: int, *, measured: bool) -> Preflight:
    """Raises SpecError where no batch fits or memory is short; where `measured`, trains for a moment."""
    vocabulary = len(corpus.vocabulary)
    planned = plan(spec, tokens=len(corpus.ids), vocabulary=vocabulary)
    check_memory(spec, vocabulary=vocabulary, available=available)
    probe = _measure(home, spec) if measured else None
    return Preflight(
        tokens=len(corpus.ids),
        vocabulary=vocabulary,
        characters_per_token=corpus.characters_per_token,
        unknown_share=corpus.unknown_share,
        plan=planned,
        tokens_per_weight=planned.train_tokens / planned.parameters,
        memory_bytes=memory_estimate(spec, vocabulary),
        available_bytes=available,
        measured=probe,
        seconds=planned.total_steps * probe.step_s if probe else None,
        suggestions=suggest(spec, tokens=len(corpus.ids), vocabulary=vocabulary),
    )


def _measure(home: Path, spec: RunSpec) -> Measured:
    absolute = spec.replace({"data.corpus": sources.absolute(spec.data.corpus)})
    try:
        done = subprocess.run(
            [*launch.python("rnnlab.worker.timing"), str(home)],
            input=msgspec.json.encode(to_document(absolute)),
            capture_output=True,
            timeout=SECONDS,
            cwd="/",
            check=False,
        )
        answer = msgspec.json.decode(done.stdout.splitlines()[-1], type=_Answer)
    except subprocess.TimeoutExpired:
        raise RunError(f"the probe took longer than {SECONDS} s: try a smaller batch, or fewer steps") from None
    except (OSError, IndexError, msgspec.MsgspecError):
        raise RunError("the probe could not be made: `rnnlab doctor` says what this machine lacks") from None
    if answer.error:
        raise RunError(answer.error)
    return answer
