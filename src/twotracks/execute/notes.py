"""The child's side of the cache: it notes what a page or a producer uses while it runs.

Each note is one line of a file, written at once and appended, so that the processes that a page
forks add theirs. What was noted is only complete with the last line, which `finish` writes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from twotracks.execute.digests import file_digest, folder_digest
from twotracks.execute.places import places_of_this_process, within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from twotracks.execute.places import Places

# Its digest is in every key.
_ENGINE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
_METADATA = os.path.join("importlib", "metadata", "__init__.py")  # noqa: PTH118
_TRUNCATES = os.O_TRUNC | os.O_EXCL


@dataclass
class Modules:
    """The modules of a process, or some of them.

    Attributes:
        by_name: Those that a version stands for, or nothing can change.
        tops: The first parts of all names.
        installed: The files of top-level modules that a version stands for; empty for those that
            are only a namespace.
        files: The files of those that no version stands for.
        real: Of the tops, those that were found as a file or a package.
    """

    by_name: dict[str, object] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)
    installed: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    real: set[str] = field(default_factory=set)


@cache
def modules_before(root: str) -> Modules:
    """The modules that were there when this was first called, in this process or one before a fork.

    They are the same for all pages of a fork server, which asks before there are any.
    """
    found = Modules()
    places = places_of_this_process(root)
    for name, module in list(sys.modules.items()):
        path = _add(found, places, name, module)
        if path is None:
            found.by_name[name] = module
        else:
            found.files.append(path)
    found.real.update(filter(_is_real, found.tops))
    return found


def _add(found: Modules, places: Places, name: str, module: object) -> str | None:
    """Count a module. Gives its file, if no version stands for it."""
    top = name.partition(".")[0]
    found.tops.add(top)
    origin = vars(module).get("__file__") if isinstance(module, ModuleType) else None
    if not isinstance(origin, str) or name == "__main__":
        return None
    path = os.path.abspath(origin)  # noqa: PTH100
    if not places.is_installed(path):
        return path
    if name == top:
        found.installed[top] = path
    else:
        found.installed.setdefault(top, "")  # a namespace of several distributions
    return None


class Notes:
    """Sees what this process opens, lists, looks for and starts.

    Args:
        target: The file for the notes.
        root: The project's folder.
        label: How the frames of the page's or script's own code name their file.
    """

    def __init__(self, target: str, root: str, label: str) -> None:
        self._descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._places = places_of_this_process(root)
        self._before = modules_before(root)
        self._label = label
        self._seen: set[tuple[str, str]] = set()
        self._searched: set[str] = set()
        self._busy: set[int] = set()
        self._handlers: dict[str, Callable[..., None]] = {
            "open": self._opened,
            "os.listdir": self._listed,
            "os.scandir": self._listed,
            "sqlite3.connect": self._connected,
            "subprocess.Popen": self._started,
            "os.system": self._started,
            "os.exec": self._started,
            "os.posix_spawn": self._started,
        }

    def start(self) -> None:
        """Look, from now to the end of this process: there is no way to take a hook away."""
        sys.addaudithook(self._hook)
        # No event tells of `importlib.import_module`, and none of a module that is not there.
        sys.meta_path.insert(0, _Finder(self))

    def finish(self) -> None:
        """Note the modules, and that the notes are complete."""
        self._busy.add(threading.get_ident())
        before = self._before
        found = Modules(tops=set(before.tops), installed=dict(before.installed))
        paths = list(before.files)
        # The newest are the last. A look at each of the others would copy its page of memory.
        for name in reversed(sys.modules):
            module = sys.modules[name]
            if name in before.by_name and before.by_name[name] is module:
                break
            path = _add(found, self._places, name, module)
            paths += [path] if path else []
        for path in sorted(set(paths)):
            if not within(path, _ENGINE) and os.path.isfile(path):  # noqa: PTH113
                self._write("module", path, file_digest(path))
        names = sorted(found.tops - {"__main__"})
        for folder in filter(None, [self._own(entry or ".") for entry in sys.path]):
            self._note("searched", folder, *names)
        later = (self._searched | found.tops) - before.tops
        real = sorted(before.real | set(filter(_is_real, later)))
        self._write("end", sorted(found.tops), found.installed, real)

    def searched(self, name: str, path: Sequence[str] | None) -> None:
        """Note that a module was looked for in the project's folders."""
        self._searched.add(name)
        for entry in sys.path if path is None else path:
            folder = self._own(entry or ".")
            if folder:
                self._note("searched", folder, name)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        handler = self._handlers.get(event)
        thread = threading.get_ident()
        if handler is None or thread in self._busy:
            return
        self._busy.add(thread)
        try:
            handler(*arguments)
        finally:
            self._busy.discard(thread)

    def _opened(self, given: Any, _mode: object, flags: object) -> None:
        path = None if isinstance(given, int) else self._own(given)
        if path is None or ("file", path) in self._seen:
            return
        if isinstance(flags, int) and flags & _TRUNCATES:
            self._seen.add(("file", path))  # made by the page: what it reads there is its own
            return
        self._seen.add(("file", path))
        self._write("file", path, file_digest(path))

    def _listed(self, given: Any = None) -> None:
        path = None if isinstance(given, int) else self._own("." if given is None else given)
        # An import lists the folders in which it looks; that is noted as what it looked for. So
        # does who asks for the version of a distribution; versions are noted at the end.
        caller = sys._getframe(2).f_code.co_filename  # noqa: SLF001
        looking = caller.startswith("<frozen importlib") or caller.endswith(_METADATA)
        if path and not looking and ("folder", path) not in self._seen:
            self._seen.add(("folder", path))
            self._write("folder", path, folder_digest(path))

    def _connected(self, database: Any) -> None:
        name = os.fsdecode(database) if isinstance(database, str | bytes | os.PathLike) else ""
        if name in ("", ":memory:"):
            return
        path = self._own(name.removeprefix("file:").partition("?")[0])
        if path and ("file", path) not in self._seen:
            self._seen.add(("file", path))
            self._write("file", path, file_digest(path))
        self._note("hidden", self._where(), "opens a database")

    def _started(self, given: Any, arguments: Any = None, *_rest: object) -> None:
        first = arguments[0] if isinstance(arguments, list | tuple) and arguments else given
        name = os.fsdecode(first) if isinstance(first, str | bytes | os.PathLike) else "a process"
        program = os.path.basename(name.split(" ")[0])  # noqa: PTH119
        self._note("hidden", self._where(), f"starts {program}")

    def _where(self) -> str:
        """The line of the page that led here, or of the project's code that is nearest."""
        nearest = ""
        frame: FrameType | None = sys._getframe(3)  # noqa: SLF001 - the hook's caller
        while frame:
            name = frame.f_code.co_filename
            if name == self._label:
                return f"{self._label}:{frame.f_lineno}"
            path = None if nearest or name.startswith("<") else self._own(name)
            if path:
                nearest = f"{self._places.relative(path)}:{frame.f_lineno}"
            frame = frame.f_back
        return nearest or self._label

    def _own(self, given: Any) -> str | None:
        try:
            path = os.fsdecode(given)
            if path.endswith(".pyc"):
                return None
            return self._places.own(os.path.abspath(path))  # noqa: PTH100
        except (OSError, TypeError, ValueError):
            return None  # what the caller gave is no path; the call itself will say so

    def _note(self, kind: str, *what: str) -> None:
        key = (kind, "\0".join(what))
        if key not in self._seen:
            self._seen.add(key)
            self._write(kind, *what)

    def _write(self, *line: object) -> None:
        # A page that closes what it did not open, or fills the disk, is not kept: no last line.
        with suppress(OSError):
            os.write(self._descriptor, (json.dumps(line) + "\n").encode())


def _is_real(name: str) -> bool:
    """Whether a module was found as a file or a package, and not as a mere folder."""
    module = sys.modules.get(name)
    spec = vars(module).get("__spec__") if isinstance(module, ModuleType) else None
    return getattr(spec, "origin", None) is not None


class _Finder:
    """Stands before the finders of modules, and finds none."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _target: object = None
    ) -> None:
        """Note what is looked for, and leave it to the others."""
        self._notes.searched(name, path)
