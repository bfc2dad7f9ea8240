"""The state of files and folders, as short texts to compare. Both sides of a run use these."""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from importlib.machinery import all_suffixes

FOLDER, UNREADABLE = "a folder", "unreadable"
_IMPORTABLE = (".py", ".pyc", ".so", ".pyd")
_PACKAGES = tuple(f"{os.sep}__init__{suffix}" for suffix in all_suffixes())


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
    """What can be imported from a folder: files and packages, for each module's name.

    A folder that is no package ends with a slash: it is imported if nothing else has its name.
    """
    found: dict[str, list[str]] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if entry.is_dir():
                    packages = [end for end in _PACKAGES if os.path.isfile(entry.path + end)]  # noqa: PTH113
                    found.setdefault(name, []).extend(name + end for end in packages or ["/"])
                elif name.endswith(_IMPORTABLE):
                    found.setdefault(name.split(".")[0], []).append(name)
    except OSError:
        return {}
    return {name: sorted(files) for name, files in found.items()}
