"""Checking a project's types with mypy, fast enough to do it for every commit."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.pipelines.processes import clean_environment, last_lines, run_to_end

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK_SECONDS = 120
SOURCE = "src"
"""What is checked, as far as the project's own settings do not leave it out."""


def type_errors(project: Path) -> tuple[str, ...]:
    """Check the source of a project with mypy, as strictly as its `pyproject.toml` says.

    What mypy learned of the libraries is kept for the next time, for all projects that are checked
    in this environment.

    Args:
        project: the folder of `pyproject.toml`; nothing is written there.

    Returns:
        The errors as `file:line: what is wrong  [code]`, in mypy's order; a syntax error is one.

    Raises:
        TwoTracksError: mypy is not installed, does not end, or cannot read the project.
    """
    with _cache() as cache:
        status, said = run_to_end(
            [
                sys.executable,
                "-P",
                "-m",
                "mypy",
                "--config-file=pyproject.toml",
                f"--cache-dir={cache}",
                "--output=json",
                SOURCE,
            ],
            cwd=project,
            env=clean_environment(),
            seconds=CHECK_SECONDS,
        )
    found = tuple(_errors(said))
    if bool(status) != bool(found):
        lines = last_lines(said) or [f"exit status {status}"]
        raise TwoTracksError(
            f"mypy could not check the source: {lines[0]}",
            where="pyproject.toml",
            fix="mypy said:\n  " + "\n  ".join(lines),
        )
    return found


def _errors(said: str) -> Iterator[str]:
    for line in said.splitlines():
        if line.startswith("{"):
            told = json.loads(line)
            if told["severity"] == "error":
                yield f"{told['file']}:{told['line']}: {told['message']}  [{told['code']}]"


@contextmanager
def _cache() -> Iterator[Path]:
    """The folder of mypy's cache, for one mypy at a time: two would write into one another."""
    environment = hashlib.sha256(sys.prefix.encode()).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / f"twotracks-mypy-{os.getuid()}-{environment}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise TwoTracksError(
            f"the cache of mypy cannot be written: {error.strerror}",
            where=str(folder),
            fix="Remove it, or set TMPDIR to a folder of yours.",
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
