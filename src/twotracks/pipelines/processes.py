"""Starting other programs so that nothing of this process leaks into them."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
LAST_LINES = 12


def clean_environment(pythonpath: Path | None = None) -> dict[str, str]:
    """The environment of a program that must do the same whoever starts it.

    Nothing but `KEPT` comes from this process: no settings of an outer pytest, git or Python. One
    thread for linear algebra, because its sums depend on how many there are.

    Args:
        pythonpath: the one folder that Python is to import from before its own.
    """
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
    if pythonpath is not None:
        environment["PYTHONPATH"] = str(pythonpath)
    return environment


def run_to_end(
    command: Sequence[str], *, cwd: Path, env: dict[str, str], seconds: float
) -> tuple[int, str]:
    """Run a program to its end, and give its exit status and all that it said.

    It stays in this process's group, so that whoever ends the group ends it too. It writes to a
    file and not to a pipe: a grandchild that lives on cannot keep this process waiting.

    Raises:
        TwoTracksError: it did not end in time, and was killed.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            status = process.wait(seconds)
        except BaseException as error:
            process.kill()
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise TwoTracksError(
                    f"{' '.join(command[1:4])} did not end in {seconds:g} s",
                    fix="It was killed. Look for what it waits for.",
                ) from None
            raise
        output.seek(0)
        return status, output.read().decode("utf-8", "replace")


def last_lines(text: str, count: int = LAST_LINES) -> list[str]:
    """The last lines of a program's output that are not empty."""
    return [line.rstrip() for line in text.splitlines() if line.strip()][-count:]
