"""Start one Python process that leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# What makes two runs of a page give the same bytes.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    "COLUMNS": "80",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit status (None after a timeout) and what it printed."""

    status: int | None
    stdout: str
    stderr: str

    def why(self, timeout: float) -> str:
        """The end in words."""
        if self.status is None:
            return f"it was still running after {timeout:g} s"
        if self.status < 0:
            with suppress(ValueError):  # a signal without a name
                return f"the process was ended by {signal.Signals(-self.status).name}"
        return f"the process ended with exit status {self.status}"

    def last_words(self, lines: int = 20) -> str:
        """The end of what it wrote to stderr."""
        return "\n".join(self.stderr.rstrip().split("\n")[-lines:])


def run_python(
    arguments: Sequence[str],
    *,
    root: Path,
    folder: Path,
    timeout: float,
    environment: Mapping[str, str],
) -> Ended:
    """Run this Python with `arguments` in `root`, and end every process that it started.

    Args:
        arguments: What follows the interpreter's name.
        root: The working folder.
        folder: An empty folder for what it prints and for its temporary files.
        timeout: Seconds.
        environment: Variables besides the fixed ones.
    """
    temporary = folder / "tmp"
    temporary.mkdir()
    # Files, not pipes: a page may print more than a pipe holds, and reads its children's text back.
    out, err = folder / "stdout", folder / "stderr"
    with out.open("ab") as stdout, err.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=root,
            env={**os.environ, **ENVIRONMENT, "TMPDIR": str(temporary), **environment},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            status: int | None = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            with suppress(ProcessLookupError, PermissionError):  # nobody is left
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return Ended(status, _read(out), _read(err))


def _read(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")
