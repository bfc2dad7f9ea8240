"""Start one Python process that leaves nothing behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if sys.platform != "win32":
    import resource

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
# What a page and its children may write to stdout and stderr, past what any page shows.
LONGEST = 64 * 2**20
TOO_LONG = f"it printed more than {LONGEST // 2**20} MB"
# How often a process that runs is looked at, in seconds.
_GLANCE = 0.1
_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit status (None after a timeout) and what it printed.

    `reason` says why it was killed, if not for its time.
    """

    status: int | None
    stdout: str
    stderr: str
    reason: str = ""

    def why(self, timeout: float) -> str:
        """The end in words."""
        if self.reason:
            return self.reason
        if self.status is None:
            return f"it was still running after {timeout:g} s"
        if self.status < 0:
            with suppress(ValueError):  # a signal without a name
                return f"the process was ended by {signal.Signals(-self.status).name}"
        return f"the process ended with exit status {self.status}"

    def last_words(self, lines: int = 20) -> str:
        """The end of what it wrote to stderr."""
        return "\n".join(self.stderr.rstrip().split("\n")[-lines:])


def environment_of(temporary: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a page's process, of which some are fixed."""
    return {**os.environ, **ENVIRONMENT, "TMPDIR": str(temporary), **environment}


def limit_memory(megabytes: int, pid: int = 0) -> None:
    """Let a process, and those that it starts, have so much data each; 0 is this process.

    It is what they may write to: address space that is only reserved, and files that are mapped,
    do not count. Where a system knows no such limit, there is none.
    """
    if sys.platform == "win32":
        return
    kind = resource.RLIMIT_DATA
    hard = resource.getrlimit(kind)[1]
    limit = megabytes * 2**20
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    with suppress(OSError, ValueError):  # no such limit here; or the process has ended
        if pid == 0:
            resource.setrlimit(kind, (limit, limit))
        elif sys.platform == "linux":
            resource.prlimit(pid, kind, (limit, limit))


def prctl(option: int, value: int) -> None:
    """Set what Linux keeps of this process; nothing happens elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_with_parent() -> None:
    """Let this process be killed when the thread that started it has gone, however it went."""
    prctl(_SET_PDEATHSIG, signal.SIGKILL)


# Tells a process whose time is up to write down where it is. It is killed right after.
LATE = None if sys.platform == "win32" else signal.SIGUSR2
LAST_WORDS = 0.2


def ask_where(pid: int) -> None:
    """Let a worker write down where it is."""
    if LATE is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, LATE)


# The processes that `run_python` waits for, in whatever thread.
_running: set[int] = set()


def end_all() -> None:
    """Kill every process that `run_python` waits for, and their children: the build is over."""
    for pid in list(_running):
        _end_group(pid)


def _end_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left
        os.killpg(pid, signal.SIGKILL)


def run_python(
    arguments: Sequence[str],
    *,
    root: Path,
    folder: Path,
    timeout: float,
    environment: Mapping[str, str],
    memory: int | None = None,
) -> Ended:
    """Run this Python with `arguments` in `root`, and end every process that it started.

    Args:
        arguments: What follows the interpreter's name.
        root: The working folder.
        folder: An empty folder for what it prints and for its temporary files.
        timeout: Seconds.
        environment: Variables besides the fixed ones.
        memory: Megabytes that it may use; None for no limit.
    """
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    # Files, not pipes: a page may print more than a pipe holds, and reads its children's text back.
    out, err = folder / "stdout", folder / "stderr"
    with out.open("ab") as stdout, err.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=root,
            env=environment_of(temporary, environment),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        _running.add(process.pid)
        try:
            if memory is not None:
                limit_memory(memory, process.pid)
            status, reason = _wait(process, timeout, (out, err))
        finally:
            _running.discard(process.pid)
            _end_group(process.pid)
            process.wait()
    if reason:  # what it printed is of no use, and long
        return Ended(status, "", tail(err), reason)
    return Ended(status, _read(out), _read(err))


def _wait(
    process: subprocess.Popen[bytes], timeout: float, printed: Sequence[Path]
) -> tuple[int | None, str]:
    """Wait for the end of a process: its status, and why it must be killed for what it printed."""
    deadline = time.monotonic() + timeout
    while (left := deadline - time.monotonic()) > 0:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(min(left, _GLANCE)), ""
        if sum(path.stat().st_size for path in printed) > LONGEST:
            return None, TOO_LONG
    ask_where(process.pid)
    with suppress(subprocess.TimeoutExpired):
        process.wait(LAST_WORDS)
    return None, ""


def tail(path: Path, longest: int = 2**16) -> str:
    """The end of a file that may be very long, or not there."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - longest))
        return file.read().decode(errors="replace")


def _read(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")
