"""The builder's side of the fork server: each page in a fresh process, in milliseconds."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError
from twotracks.execute.process import Ended, environment_of, tail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

_PATIENCE = 2.0
_BROKEN = "the process that imports what pages start with has ended while it did"


class PreloadFailed(TwoTracksError):
    """A library that pages are to start with cannot be imported, or must not be."""


class PoolClosed(TwoTracksError):
    """The build is over, or was interrupted."""


@dataclass(frozen=True)
class _Server:
    process: subprocess.Popen[bytes]
    control: socket.socket
    folder: TemporaryDirectory[str]

    def stop(self) -> None:
        """Let it end its pages and itself, and see that it does."""
        # Not only closed: another process of the builder's may hold a copy.
        with suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)
        self.control.close()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:  # it is still importing
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


class Pool:
    """Runs pages in processes that are forked from one server. It may be used from many threads.

    The server starts with the first page, and again if it was killed or `refresh` let it go.

    Args:
        root: The project's folder.
        preload: Modules that the server imports, once for all pages.
    """

    def __init__(self, root: Path, preload: Sequence[str] = ()) -> None:
        self.root = root
        self.preload = tuple(preload)
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._problem: PreloadFailed | None = None
        self._closed = threading.Event()
        self._owner = os.getpid()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self,
        job: Path,
        *,
        folder: Path,
        timeout: float,
        memory: int,
        environment: Mapping[str, str],
    ) -> Ended | None:
        """Run a page, and end every process that it started.

        Args:
            job: The worker's job.
            folder: An empty folder for what the page prints and for its temporary files.
            timeout: Seconds.
            memory: Megabytes that each of its processes may use.
            environment: Variables besides the fixed ones.

        Returns:
            How it ended; None if it must be run in another way, because there are no fork servers
            here or because this one was killed.

        Raises:
            PreloadFailed: What the server is to import cannot be imported.
            PoolClosed: The pool was closed, perhaps while the page ran.
        """
        if not available():
            return None
        temporary = folder / "tmp"
        temporary.mkdir(exist_ok=True)
        answer = self._ask(
            {
                "job": str(job),
                "folder": str(folder),
                "timeout": timeout,
                "memory": memory,
                "environment": environment_of(temporary, environment),
            }
        )
        if answer is None:
            return None
        return Ended(answer["status"], "", tail(folder / "stderr"), answer["reason"])

    def start(self) -> None:
        """Start the server, if it does not run; the first page would.

        Raises:
            PreloadFailed: What it is to import cannot be imported.
        """
        if available():
            with self._lock:
                self._started()

    def begin(self) -> None:
        """Start the server in the background; the first page waits for it, and hears of errors."""
        threading.Thread(target=self._begin, daemon=True).start()

    def _begin(self) -> None:
        with suppress(PreloadFailed, PoolClosed):
            self.start()

    def refresh(self) -> None:
        """Before a new build: let a server go that has imported what has changed since."""
        self._problem = None
        self._closed.clear()
        if self._server is not None:
            answer = self._ask({})
            if answer is None or not answer["fresh"]:
                self._stop()

    def close(self) -> None:
        """End the server and all pages that run, and take no more pages until `refresh`."""
        if os.getpid() != self._owner:  # in a fork of the builder, at its exit
            return
        # No lock: a thread that holds it may be waiting for the server.
        self._closed.set()
        self._stop()

    def _stop(self) -> None:
        atexit.unregister(self.close)
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Send a request and wait for its answer; None if the server has gone."""
        mine, its = socket.socketpair()
        line = b""
        with mine:
            with its, self._lock:
                server = self._started()
                with suppress(OSError):
                    socket.send_fds(server.control, [b"?"], [its.fileno()])
            with suppress(OSError), mine.makefile("rb") as answers:
                mine.sendall(json.dumps(request).encode() + b"\n")
                line = answers.readline()
        if self._closed.is_set():
            raise _closed()
        answer: dict[str, Any] | None = json.loads(line) if line else None
        return answer

    def _started(self) -> _Server:
        if self._closed.is_set():
            raise _closed()
        if self._problem is not None:
            raise self._problem
        if self._server is not None and self._server.process.poll() is None:
            return self._server
        self._stop()
        server = self._server = _start(self.root, self.preload)
        atexit.register(self.close)
        with suppress(OSError), server.control.makefile("rb") as answers:
            ready = answers.readline()
            self._problem = _problem(json.loads(ready)["problem"] if ready else _BROKEN)
        if self._closed.is_set():
            server.stop()  # `close` may have come before there was one to stop
            raise _closed()
        if self._problem is not None:
            raise self._problem
        return server


def available() -> bool:
    """Whether this system can fork."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds")


def _start(root: Path, preload: Sequence[str]) -> _Server:
    control, its = socket.socketpair()
    folder = TemporaryDirectory(prefix="twotracks-", ignore_cleanup_errors=True)
    module = "twotracks.execute.forkserver"
    with its:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(its.fileno()), str(root), *preload],
            cwd=root,
            env=environment_of(Path(folder.name), {}),
            stdin=subprocess.DEVNULL,
            # What libraries say when they are imported is no page's.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
            start_new_session=True,  # Ctrl-C is the builder's to answer
        )
    return _Server(process, control, folder)


def _problem(text: str) -> PreloadFailed | None:
    what, _, fix = text.partition("\n  ")
    return PreloadFailed(what, where="preload", fix=fix) if text else None


def _closed() -> PoolClosed:
    return PoolClosed("the build was ended before this page had run")
