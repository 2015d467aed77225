"""File systems of one's own: a small ext4 in a file, whose power can be cut, and a small one in memory, to fill.

Both are mounted in a mount namespace that this module makes and nobody else sees; that takes root on Linux.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

FS_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING = 2
_LAZY = 2


def missing() -> str:
    """Why no file system can be mounted here, or nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux"
    if not (shutil.which("mkfs.ext4") and shutil.which("mount") and shutil.which("unshare")):
        return "needs mkfs.ext4, mount and unshare"
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True)
    return "" if tried.returncode == 0 else f"cannot mount: {tried.stderr.strip()}"


def alone() -> None:
    """From here on this process has mounts of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    clone_newns, rec_private = 0x20000, 0x4000 | 0x40000
    assert libc.unshare(clone_newns) == 0, os.strerror(ctypes.get_errno())
    assert libc.mount(b"none", b"/", None, rec_private, None) == 0, os.strerror(ctypes.get_errno())


class Disk:
    """An ext4 in a file."""

    def __init__(self, place: Path, megabytes: int = 48, options: str = "") -> None:
        self._image, self.root = place / "image", place / "disk"
        self._options = options
        self.root.mkdir(parents=True)
        with self._image.open("wb") as image:
            image.truncate(megabytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self._image)], check=True)
        self.mount()

    def mount(self) -> None:
        options = f"loop,{self._options}" if self._options else "loop"
        subprocess.run(["mount", "-o", options, str(self._image), str(self.root)], check=True)

    def cut_power(self) -> None:
        """From now on nothing reaches the disk, not even what the kernel had taken already."""
        descriptor = os.open(self.root, os.O_RDONLY)
        fcntl.ioctl(descriptor, FS_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING))
        os.close(descriptor)

    def unmount(self) -> None:
        if subprocess.run(["umount", str(self.root)], capture_output=True).returncode:
            ctypes.CDLL(None).umount2(os.fsencode(self.root), _LAZY)

    def restart(self) -> None:
        """As a machine that comes up again does."""
        self.unmount()
        self.mount()


@contextlib.contextmanager
def memory(place: Path, size: str) -> Generator[Path]:
    """A file system of that size in memory."""
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)
