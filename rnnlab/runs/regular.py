"""Opening what should be a file: a pipe, device or link that a stranger put in its place must not keep a reader
waiting, lead it elsewhere, or fill the memory.

It must not know what is in the files.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from rnnlab.errors import RunError
from rnnlab.runs.paths import RunPaths


def open_regular(path: Path) -> BinaryIO:
    """The file, to be read; raises OSError where it is not there, or is a link or no regular file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
    raise OSError(number, os.strerror(number) if stat.S_ISDIR(mode) else "not a regular file", str(path))


def read_regular(path: Path, most: int) -> bytes:
    """What is in the file; raises OSError where it cannot be opened so, or has more than `most` bytes."""
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return file.read(most)


def refuse_links(paths: RunPaths) -> None:
    """Raises RunError where a directory that a worker writes and removes files in is a link to another place."""
    for place in (paths.requests, paths.checkpoints, paths.origin):
        if place.is_symlink():
            raise RunError(
                f"{place.name} of the run {paths.directory.name} is a link: nothing is written through it; "
                "put the directory itself there"
            )
