"""The real program in processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import rnnlab

ROOT = Path(rnnlab.__file__).parents[1]


def environment(**changes: str) -> dict[str, str]:
    """This environment with some changes; the package is found whether it is installed or not."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


def python(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """This Python with these words."""
    options = {"capture_output": True, "text": True, "timeout": 100, "env": environment(), **options}
    return subprocess.run([sys.executable, "-P", *words], check=False, **options)


def rnnlab_process(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """`rnnlab` with these words."""
    return python("-m", "rnnlab", *words, **options)
