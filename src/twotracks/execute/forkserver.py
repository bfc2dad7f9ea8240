"""The process that pages are forked from. It has imported what they need, and runs none of them.

Started by `twotracks.execute.pool` as `python -m twotracks.execute.forkserver CONTROL ROOT NAME…`.
The builder's end of the CONTROL socket is the proof that the build lives: when it closes, however
the build ended, every page ends and so does this process. Each request comes with a socket of its
own, which carries one line of JSON each way; when the builder closes it early, that page ends.

It is not `multiprocessing`'s fork server, because pages would see that one: its children run the
builder's `__main__`, keep its start method and resource tracker, and hold the pipe that ought to
tell the server that the build has died.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from importlib.machinery import FileFinder
from pathlib import Path
from typing import Any

from twotracks.execute import worker
from twotracks.execute.notebook import adopt, what_displays
from twotracks.execute.notes import modules_before
from twotracks.execute.places import within
from twotracks.execute.preload import Snapshot, preload
from twotracks.execute.process import (
    LAST_WORDS,
    LONGEST,
    TOO_LONG,
    ask_where,
    end_with_parent,
    limit_memory,
    prctl,
)

# How often running pages are looked at, in seconds.
_GLANCE = 0.1
_SET_CHILD_SUBREAPER = 36


@dataclass
class _Page:
    """A page that is running."""

    pid: int
    reply: socket.socket
    deadline: float
    printed: tuple[Path, Path]
    late: bool = False
    reason: str = ""

    def end(self) -> None:
        """Kill the page and its children; it may not have made its own group yet."""
        self.deadline = float("inf")
        self.end_group()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def end_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # nobody is left
            os.killpg(self.pid, signal.SIGKILL)

    def length(self) -> int:
        return sum(path.stat().st_size for path in self.printed if path.exists())

    def answer(self, status: int) -> None:
        line = {"status": None if self.late else status, "reason": self.reason}
        _send(self.reply, line)


class Server:
    """Forks a process for each page, and sees to its end."""

    def __init__(self, control: socket.socket, snapshot: Snapshot) -> None:
        self._control = control
        self._snapshot = snapshot
        self._pages: dict[int, _Page] = {}
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        # A handler that does nothing: that there is one makes the end of a child wake `select`.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker.fileno())
        self._selector = selectors.DefaultSelector()
        for end in (control, self._woken):
            self._selector.register(end, selectors.EVENT_READ)

    def next_page(self) -> dict[str, Any]:
        """The request for a page. Returns in the new process that is to run it, and only there."""
        while True:
            patience = _GLANCE if self._pages else None
            for key, _ in self._selector.select(patience):
                if key.fileobj is self._control:
                    request = self._answer()
                    if request is not None:
                        return request
                elif key.fileobj is self._woken:
                    with suppress(BlockingIOError):
                        self._woken.recv(4096)
                elif key.data in self._pages:  # the builder has given this page up
                    self._selector.unregister(key.fileobj)
                    self._pages[key.data].end()
            self._reap()
            self._glance()

    def _answer(self) -> dict[str, Any] | None:
        """Take one request. Gives it back in the process that is to run it."""
        message, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        if not message:
            self._close()
        reply = socket.socket(fileno=descriptors[0])
        line = reply.makefile("rb").readline()
        if not line:  # the builder went away at once
            reply.close()
            return None
        request: dict[str, Any] = json.loads(line)
        if "job" not in request:
            _send(reply, {"fresh": self._snapshot.holds()})
            return None
        return self._fork(request, reply)

    def _fork(self, request: dict[str, Any], reply: socket.socket) -> dict[str, Any] | None:
        try:
            pid = os.fork()
        except OSError:  # no processes left; the builder hears the silence
            reply.close()
            return None
        if pid == 0:
            reply.close()
            self._leave()
            return request
        folder = Path(request["folder"])
        deadline = time.monotonic() + request["timeout"]
        self._pages[pid] = _Page(pid, reply, deadline, (folder / "stdout", folder / "stderr"))
        self._selector.register(reply, selectors.EVENT_READ, pid)
        return None

    def _leave(self) -> None:
        """Keep nothing of the server's in a page's process."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for page in self._pages.values():
            page.reply.close()
        self._selector.close()
        for end in (self._control, self._woken, self._waker):
            end.close()

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                page = self._pages.pop(pid, None)
                if page:
                    self._finish(page, os.waitstatus_to_exitcode(status))

    def _finish(self, page: _Page, status: int) -> None:
        page.end_group()
        with suppress(KeyError):  # given up
            self._selector.unregister(page.reply)
        if not self._pages:
            _end_strays()
        page.answer(status)

    def _glance(self) -> None:
        """End what takes too long or prints without end."""
        now = time.monotonic()
        for page in self._pages.values():
            if now > page.deadline and not page.late:
                page.late = True
                page.deadline = now + LAST_WORDS
                ask_where(page.pid)
            elif now > page.deadline:
                page.end()
            elif page.length() > LONGEST:
                page.reason = TOO_LONG
                page.end()

    def _close(self) -> None:
        """The build is over: leave no process."""
        for page in self._pages.values():
            page.end()
        _end_strays()
        # At once: what the libraries would do at exit is done for folders that go anyway.
        os._exit(0)


def _send(reply: socket.socket, line: dict[str, Any]) -> None:
    with reply, suppress(OSError):  # the builder no longer listens
        reply.sendall(json.dumps(line).encode() + b"\n")


def _end_strays() -> None:
    """Kill what pages left behind outside their groups (Linux: it is this process's to reap).

    A page that still runs may use such a process, so this is done when none does.
    """
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    with suppress(FileNotFoundError):
        while pids := children.read_text().split():
            for pid in map(int, pids):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _become(request: dict[str, Any]) -> None:
    """Make this forked process what a new one would be."""
    os.setsid()
    end_with_parent()  # should the server be killed
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        target = os.open(Path(request["folder"], name), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(target, descriptor)
        os.close(target)
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None  # a library may have asked for the server's
    sys.modules.pop("__mp_main__", None)  # multiprocessing's name for the server's `__main__`
    _look_again(os.getcwd())  # noqa: PTH109 - as it was given
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is not None:
        # From the system's entropy, as when numpy is imported; `random` does so itself. Without it
        # all pages would draw the same "random" numbers, where nothing was seeded.
        numpy_random.seed()
    limit_memory(request["memory"])


def _look_again(root: str) -> None:
    """Forget which modules there are in the project's folders: one may have been written since.

    Of folders elsewhere it is known for as long as their time does not change.
    """
    for folder, finder in sys.path_importer_cache.items():
        if isinstance(finder, FileFinder) and within(folder, root):
            finder.invalidate_caches()


def main(control: int, root: Path, names: list[str]) -> str:
    """Import what pages need, then serve. Returns in each page's process: where its job is."""
    end = socket.socket(fileno=control)
    prctl(_SET_CHILD_SUBREAPER, 1)
    started = time.time_ns()
    adopt()
    problem = preload([*what_displays(root), *names], root)
    end.sendall(json.dumps({"problem": problem}).encode() + b"\n")
    if problem:
        sys.exit(1)
    server = Server(end, Snapshot(started))
    modules_before(str(Path.cwd()))
    gc.collect()
    gc.freeze()  # the pages' collectors need not visit, and so copy, what stays anyway
    request = server.next_page()
    try:
        _become(request)
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as a server
        traceback.print_exc()
        os._exit(1)
    return str(request["job"])


if __name__ == "__main__":
    # From here and not from within, so that a page has as much of the stack as in a new process.
    worker.main("page", main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
