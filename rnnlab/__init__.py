"""rnnlab: a laboratory for recurrent language models in a terminal, and a plain Python library under it.

    from rnnlab import Corpus, RunSpec, Trainer, generate

`import rnnlab` does not import torch: names that need it are fetched when they are first used (PEP 562).
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any  # 3 ms that `--version` can do without

__version__ = "0.1.0"

_HOMES = {
    "Corpus": "rnnlab.text.corpus",
    "DataSpec": "rnnlab.specs",
    "LanguageModel": "rnnlab.nn.model",
    "ModelSpec": "rnnlab.specs",
    "RnnlabError": "rnnlab.errors",
    "RunSpec": "rnnlab.specs",
    "SampleSpec": "rnnlab.specs",
    "TrainSpec": "rnnlab.specs",
    "Trainer": "rnnlab.training.trainer",
    "Vocabulary": "rnnlab.text.vocabulary",
    "generate": "rnnlab.nn.sampling",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rnnlab' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
