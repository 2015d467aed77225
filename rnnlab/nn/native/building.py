"""Builds the kernels of the native engine, once for each machine, PyTorch, compiler and state of the sources.

`<directory>/<key>/` holds a library that was built and agreed with the fused engine, and appears whole; `<key>.json`
beside it says why there is none. Two who build at once meet at a lock, and the later finds what the other made. Nothing
is taken from the current directory. It must not know what the kernels compute.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import torch

from rnnlab.files import FILE_MODE, growing_directory, make_directory, remove_file, write_atomic

SOURCE = Path(__file__).with_name("source")
_LIBRARY = "kernels.so"
_PATIENCE = 3600.0
"""Seconds that a compiler may take: half a minute of work, that gives way to a training on every core."""
_PROCESSOR = Path("/proc/cpuinfo")
_COMPILERS = ("c++", "g++", "clang++")
_CAPABILITIES = {
    "AVX512": ("-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mfma", "-mf16c"),
    "AVX2": ("-mavx2", "-mfma", "-mf16c"),
}
"""What PyTorch says of the processor, and what the compiler must be told for at::vec to use it."""
_TILES = ("-mamx-tile", "-mamx-bf16")
"""For the matrix unit; older compilers do not know it."""


class Failure(msgspec.Struct, frozen=True):
    """Why there is no library, as it is remembered."""

    reason: str


@dataclass(frozen=True)
class Workshop:
    """Where the kernels are built and kept."""

    directory: Path

    @cached_property
    def compiler(self) -> Path | None:
        """The compiler by its whole path, or None; the current directory is none of the places to look."""
        for name in (os.environ.get("CXX", ""), *_COMPILERS):
            found = shutil.which(name) if name else None
            if found and os.path.isabs(found):
                return Path(found)
        return None

    @cached_property
    def library(self) -> Path:
        """Where the library is, if it was built."""
        return self.directory / self._key / _LIBRARY

    @property
    def failure(self) -> str:
        """Why an earlier build of the same did not succeed, or nothing."""
        try:
            return msgspec.json.decode(self._failed.read_bytes(), type=Failure).reason
        except (OSError, msgspec.MsgspecError):
            return ""

    def is_building(self) -> bool:
        """Whether somebody builds now."""
        try:
            descriptor = os.open(self._lock, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    def build(self) -> str:
        """Build and check the library unless it is there; gives the reason where that does not succeed.

        Waits for somebody else who builds the same. A reason is remembered, but for a want of time: that is tried
        again.
        """
        if self.compiler is None:
            return NO_COMPILER
        make_directory(self.directory)
        with self._alone():
            if self.library.exists():
                return ""
            remove_file(self._failed)
            try:
                reason = self._make()
            except subprocess.TimeoutExpired as error:
                return f"{Path(error.cmd[0]).name} had no time to end"
            if reason:
                write_atomic(self._failed, msgspec.json.encode(Failure(reason)))
            return reason

    def _make(self) -> str:
        with contextlib.suppress(_Failed), growing_directory(self.library.parent) as aside:
            # Without what an older compiler, or its assembler, does not know.
            for left_out in ((), _TILES) if _TILES[0] in _flags() else ((),):
                reason = self._attempt(aside, left_out)
                if not reason:
                    return ""
            raise _Failed
        return reason

    def _attempt(self, aside: Path, left_out: tuple[str, ...]) -> str:
        reason = _ended([word for word in self._command(aside / _LIBRARY) if word not in left_out], cwd=aside)
        # In a process of its own: what was compiled for another processor ends it.
        return reason or _ended([sys.executable, "-P", "-m", f"{__package__}.checking", str(aside / _LIBRARY)])

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @property
    def _failed(self) -> Path:
        return self.directory / f"{self._key}.json"

    @property
    def _lock(self) -> Path:
        return self.directory / f"{self._key}.lock"

    @cached_property
    def _key(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(SOURCE.iterdir()):
            digest.update(path.read_bytes())
        known = (
            torch.__version__,
            sys.implementation.cache_tag,
            platform.machine(),
            *_flags(),
            *_identity(self.compiler),
        )
        digest.update("\0".join(map(str, known)).encode())
        return digest.hexdigest()[:32]

    def _command(self, library: Path) -> list[str]:
        torch_home = Path(torch.__file__).parent
        return [
            str(self.compiler),
            *_flags(),
            f"-I{torch_home / 'include'}",
            str(SOURCE / "kernels.cpp"),
            f"-L{torch_home / 'lib'}",
            "-ltorch_cpu",
            "-lc10",
            "-o",
            str(library),
        ]


def has_matrix_unit() -> bool:
    """Whether Linux says that the processor has a matrix unit for bfloat16."""
    with contextlib.suppress(OSError), _PROCESSOR.open(encoding="ascii", errors="replace") as lines:
        flags = next((line for line in lines if line.startswith("flags")), "")
        return "amx_bf16" in flags.split()
    return False


NO_COMPILER = "there is no C++ compiler (c++, g++ or clang++) on the PATH"


class _Failed(Exception):
    pass


def _flags() -> list[str]:
    capability = torch.backends.cpu.get_cpu_capability()
    known = capability if capability in _CAPABILITIES else "DEFAULT"
    # clang on a Mac knows no -fopenmp; the kernels then run on one thread.
    threads = ("-fopenmp",) if sys.platform != "darwin" else ("-undefined", "dynamic_lookup")
    return [
        *("-std=c++20", "-O3", "-fPIC", "-shared", "-fvisibility=hidden", "-w"),
        *(f"-DCPU_CAPABILITY={known}", f"-DCPU_CAPABILITY_{known}"),
        *_CAPABILITIES.get(known, ()),
        *(_TILES if known == "AVX512" and has_matrix_unit() else ()),
        *threads,
    ]


def _identity(compiler: Path | None) -> tuple[object, ...]:
    """What changes when a compiler does."""
    if compiler is None:
        return ()
    status = compiler.stat()
    return compiler.resolve(), status.st_size, status.st_mtime_ns


def _ended(command: list[str], cwd: Path | None = None) -> str:
    """Runs a command; gives the reason where it did not end well. Raises TimeoutExpired."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=cwd or "/",
            timeout=_PATIENCE,
            check=False,
        )
    except OSError as error:
        return f"{Path(command[0]).name}: {error}"
    if done.returncode == 0:
        return ""
    said = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"]
    telling = next((line for line in said if "error" in line.lower()), said[-1])
    return f"{Path(command[0]).name}: {telling}"[:500]
