"""Write a file whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

# How the file begins that is being written: what is left of one was of a process that was killed.
PREFIX = ".new-"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place, and put it there: nobody ever sees a half of it.

    A file that is replaced keeps its mode.

    Raises:
        OSError: It cannot be written. What stood there still stands.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=PREFIX)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        if path.exists():
            shutil.copymode(path, name)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
