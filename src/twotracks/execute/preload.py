"""Import libraries before pages are forked, and notice when what was imported has changed."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from twotracks.execute.places import Places

_FIX = "Correct it, or take it out of `preload`."


def preload(names: list[str], root: Path) -> str:
    """Import these modules.

    Args:
        names: Modules, such as `sklearn.linear_model`.
        root: The project's folder, whose own modules must be imported afresh by each page.

    Returns:
        What is wrong with one of the names, or nothing.
    """
    for name in names:
        problem = _problem(name, root)
        if problem:
            return problem
    return ""


def _problem(name: str, root: Path) -> str:
    # With the name that multiprocessing gives `__main__` when it is imported.
    before = {"__mp_main__", *sys.modules}
    try:
        spec = find_spec(name.partition(".")[0])
        places = [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
        if any(place and is_own(place, root) for place in places):
            return _refused(name, name)
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - a module may raise whatever it likes
        return f"cannot import {name!r}: {type(error).__name__}: {error}\n  {_FIX}"
    for other in sys.modules.keys() - before:
        file = getattr(sys.modules[other], "__file__", None)
        if file and is_own(file, root):
            return _refused(name, other)
    if _threads() > 1:
        return f"{name!r} starts a thread when it is imported, and that cannot be forked\n  {_FIX}"
    return ""


def _refused(name: str, own: str) -> str:
    what = "is part of the project" if own == name else f"imports {own!r}, a part of the project"
    return f"{name!r} {what}, so that a change to it would not be seen\n  {_FIX}"


def is_own(file: str, root: Path) -> bool:
    """Whether a module's file is the project's, and not one installed below its folder."""
    # Asked of a thousand modules: the disk is looked at only for those that lie elsewhere.
    return _places(root).own(os.path.abspath(file)) is not None  # noqa: PTH100


@cache
def _places(root: Path) -> Places:
    return Places(os.path.realpath(root))


def _threads() -> int:
    """The threads of this process; those of C libraries too, where the system tells."""
    with suppress(FileNotFoundError):
        return len(list(Path("/proc/self/task").iterdir()))
    return threading.active_count()


class Snapshot:
    """The files of all modules that are imported now.

    Args:
        since: When their import began, in nanoseconds of the clock: a file that has changed since
            may not be the one that was read.
    """

    def __init__(self, since: int) -> None:
        files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        self._since = since
        self._states = {file: _state(file) for file in files if file}

    def holds(self) -> bool:
        """Whether the files are still what was imported."""
        return all(
            state is not None and state[0] < self._since and state == _state(file)
            for file, state in self._states.items()
        )


def _state(file: str) -> tuple[int, int] | None:
    with suppress(OSError):
        status = Path(file).stat()
        return status.st_mtime_ns, status.st_size
    return None
