"""The state of files and folders, as short texts to compare. Both sides of a run use these."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from functools import lru_cache
from importlib.util import find_spec

FOLDER, UNREADABLE = "a folder", "unreadable"
_IMPORTABLE = (".py", ".pyc", ".so", ".pyd")


def digest(*parts: object) -> str:
    """The SHA-256 of plain data, as a key."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def file_digest(path: str) -> str | None:
    """The SHA-256 of a file's bytes; None if it is not there.

    What it is follows links: a link to a file is that file.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - every page calls this often
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        return FOLDER
    except (OSError, ValueError):  # no permission; a name that no file can have
        return UNREADABLE


def installed_digest(path: str) -> str | None:
    """As `file_digest`, for a large file that seldom changes: read again only when it has."""
    try:
        state = os.stat(path)  # noqa: PTH116
    except OSError:
        return file_digest(path)
    return _digest_of(path, state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=1024)
def _digest_of(path: str, *_state: int) -> str | None:
    return file_digest(path)


def folder_digest(path: str) -> str | None:
    """Stands for the names in a folder and which of them are folders; None if it is not there.

    Byte code does not count: importing a module writes it.
    """
    try:
        with os.scandir(path) as entries:
            names = sorted([e.name, e.is_dir()] for e in entries if e.name != "__pycache__")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return UNREADABLE
    return digest(names)


def importable(folder: str) -> dict[str, list[str]]:
    """What can be imported from a folder: the names of the files for each module's name."""
    found: dict[str, list[str]] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(_IMPORTABLE) or _is_package(entry):
                    found.setdefault(entry.name.split(".")[0], []).append(entry.name)
    except OSError:
        return {}
    return {name: sorted(files) for name, files in found.items()}


def _is_package(entry: os.DirEntry[str]) -> bool:
    """Whether a module may come from here.

    Any folder can be a package, but one without `__init__.py` comes after every module of its name:
    the folder `site`, which builders write, is never the module `site`.
    """
    if not entry.is_dir():
        return False
    if entry.name not in sys.stdlib_module_names or find_spec(entry.name) is None:
        return True
    return any(os.path.exists(f"{entry.path}/__init__{end}") for end in _IMPORTABLE)  # noqa: PTH110
