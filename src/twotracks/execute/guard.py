"""Keep a page or a producer from writing below the project's folder.

What one page wrote there another could read, so that the order of the pages would matter, and a
page that comes from the cache would not write it. Each attempt is refused before it does anything,
and it is remembered, so that code which goes on regardless does not hide it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twotracks.execute.places import installed_folders, within
from twotracks.execute.project import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What libraries keep for themselves, should the project be a whole home folder.
_LIBRARIES = ("~/.cache", "~/.config", "~/.local")


class WroteBelowRoot(PermissionError):
    """A page or a producer was about to change a file below the project's folder."""


@dataclass(frozen=True)
class Attempt:
    """The first attempt to write.

    Attributes:
        error: What was raised.
        lines: The lines of the page or script that led to it, the innermost first.
    """

    error: WroteBelowRoot
    lines: tuple[int, ...]


class Guard:
    """Refuses what this process would write below a folder. Its other processes are not seen.

    Args:
        root: The project's folder.
        label: How the frames of the page's or script's own code name their file.
    """

    def __init__(self, root: str, label: str) -> None:
        self.first: Attempt | None = None
        self._root = root
        self._label = label
        self._free = _free(root)
        self._handlers: dict[str, Callable[..., None]] = {
            "open": self._opened,
            "os.mkdir": lambda path, _mode, at: self._made(path, at),
            "os.symlink": lambda _to, path, at: self._made(path, at),
            "os.link": lambda _to, path, _at, at: self._made(path, at),
            "os.remove": lambda path, at: self._changed("removes", path, at),
            "os.rmdir": lambda path, at: self._changed("removes", path, at),
            "os.rename": self._renamed,
            "os.truncate": lambda path, _length: self._changed("writes", path),
            "os.chmod": lambda path, _mode, at: self._changed("changes", path, at),
            "os.utime": lambda path, _times, _ns, at: self._changed("changes", path, at),
        }

    def start(self) -> None:
        """Refuse, from now to the end of this process."""
        sys.addaudithook(self._hook)

    def check(self) -> None:
        """Raise what code of the page or the producer has caught.

        Raises:
            WroteBelowRoot: There was an attempt to write.
        """
        if self.first is not None:
            raise self.first.error

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        handler = self._handlers.get(event)
        if handler is not None:
            handler(*arguments)

    def _opened(self, given: Any, _mode: object, flags: object) -> None:
        if isinstance(flags, int) and flags & _WRITES:
            self._refuse("writes", _path(given, -1), follow=True)

    def _made(self, given: Any, at: int) -> None:
        path = _path(given, at)
        if path and not os.path.lexists(path):  # the call fails by itself
            self._refuse("writes", path)

    def _changed(self, verb: str, given: Any, at: int = -1) -> None:
        path = _path(given, at)
        if path and os.path.lexists(path):
            self._refuse(verb, path)

    def _renamed(self, source: Any, target: Any, source_at: int, target_at: int) -> None:
        self._changed("moves", source, source_at)
        self._refuse("writes", _path(target, target_at))

    def _refuse(self, verb: str, path: str | None, *, follow: bool = False) -> None:
        below = path and self._below(path, follow=follow)
        if not below:
            return
        error = WroteBelowRoot(
            f"the page {verb} {os.path.relpath(below, self._root)}, which is below the project's "
            "folder. What it writes goes to a folder of its own: tempfile.mkdtemp()"
        )
        if self.first is None:
            self.first = Attempt(error, tuple(self._lines()))
        raise error

    def _below(self, path: str, *, follow: bool) -> str | None:
        """The path by which a file is below the root, if it is and is not free to be written."""
        folder, name = os.path.split(path)
        real = os.path.realpath(path if follow else folder)
        for known in (path, real if follow else os.path.join(real, name)):  # noqa: PTH118
            if within(known, self._root) and not self._is_free(known):
                return known
        return None

    def _is_free(self, path: str) -> bool:
        if path.endswith(".pyc") or "__pycache__" in path:
            return True
        return any(within(path, folder) for folder in self._free)

    def _lines(self) -> Iterator[int]:
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the page is somewhere above
        while frame:
            if frame.f_code.co_filename == self._label:
                yield frame.f_lineno
            frame = frame.f_back


def _free(root: str) -> list[str]:
    """The folders below the root that may be written."""
    folders = [
        *installed_folders(root),
        *map(os.path.expanduser, _LIBRARIES),
        str(cache_folder(Path(root))),
        # That of the process: its results, and in it the one for temporary files.
        os.path.dirname(os.environ["TMPDIR"]),  # noqa: PTH120
        "/dev",
    ]
    known = {*folders, *map(os.path.realpath, folders)}
    return sorted(folder for folder in known if within(folder, root) and folder != root)


def _path(given: Any, at: int) -> str | None:
    """The absolute path of what a call was given; None for what is no path, or is one already open.

    Args:
        given: The path.
        at: The folder's descriptor that it is relative to, or -1 for the working folder.
    """
    if isinstance(given, int):
        return None
    try:
        folder = os.getcwd() if at < 0 else os.readlink(f"/proc/self/fd/{at}")  # noqa: PTH109, PTH115
        return os.path.abspath(os.path.join(folder, os.fsdecode(given)))  # noqa: PTH100, PTH118
    except (OSError, TypeError, ValueError):
        return None  # the call itself will say so
