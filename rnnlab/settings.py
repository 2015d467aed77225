"""Where rnnlab keeps what is its own: the home directory, under which sessions, runs and downloads lie.

`--home` comes first, then RNNLAB_HOME, then the place where the platform puts a user's data. It only names the
directory: it must not make it, and must not know what lies in it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rnnlab.errors import BadInput

HOME_VARIABLE = "RNNLAB_HOME"
"""The environment variable that names another home directory; an empty one counts as unset."""
NATIVE_VARIABLE = "RNNLAB_NATIVE"
"""The environment variable that, set to `off`, keeps the native engine from being built or used."""
MEASURE_VARIABLE = "RNNLAB_MEASURE"
"""The environment variable that, set to `off`, keeps a training from measuring which engine and threads are fastest."""
GRAPH_VARIABLE = "RNNLAB_CUDA_GRAPH"
"""The environment variable that, set to `on`, lets a training on CUDA replay its gradients as a graph. Untried."""
_OFF = ("off", "0", "no")
_ON = ("on", "1", "yes")


def home_directory(given: str | os.PathLike[str] | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The home directory as an absolute path, there or not; raises BadInput where none can be named."""
    chosen = os.fspath(given) if given else environ.get(HOME_VARIABLE) or _platform_directory()
    path = Path(os.path.expanduser(chosen))
    if chosen.startswith("~") and str(path).startswith("~"):
        raise BadInput(f"no home directory of a user could be found: name one with --home or {HOME_VARIABLE}")
    path = Path(os.path.abspath(path))
    if os.path.lexists(path) and not os.path.isdir(path):
        raise BadInput(f"{path} is not a directory: name another with --home or {HOME_VARIABLE}")
    return path


def measuring_is_off(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether engine and threads are the likeliest ones instead of those that were fastest in a short measurement."""
    return environ.get(MEASURE_VARIABLE, "").lower() in _OFF


def graphs_are_on(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody wants to try gradients as a CUDA graph."""
    return environ.get(GRAPH_VARIABLE, "").lower() in _ON


def native_is_off(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the native engine is neither to be built nor used."""
    return environ.get(NATIVE_VARIABLE, "").lower() in _OFF


def _platform_directory() -> str:
    # 20 ms that a home given by hand does not need.
    import platformdirs

    return platformdirs.user_data_dir("rnnlab", appauthor=False)
