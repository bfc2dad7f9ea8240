"""Files that are whole or not there: what a step leaves is never half written."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from twotracks.errors import TwoTracksError


def write_atomically(path: Path, content: bytes) -> Path:
    """Write a file under another name and rename it: a reader sees the old one or the new one.

    Raises:
        TwoTracksError: the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise TwoTracksError(
            f"cannot write: {error.strerror}",
            where=str(path),
            fix="Give a workspace that you may write to.",
        ) from error
    return path


def write_json(path: Path, value: object) -> Path:
    """Write a JSON file atomically, its keys in the order given."""
    return write_atomically(path, (json.dumps(value, indent=2) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        TwoTracksError: the file is missing, is not JSON, or does not hold an object.
    """
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TwoTracksError(
            f"cannot read it: {error}", where=str(path), fix="Run the step that writes it again."
        ) from error
    if not isinstance(value, dict):
        raise TwoTracksError("does not hold an object", where=str(path))
    return value
