"""Which folders are the project's, and which are installed: only the project's can be edited."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from dataclasses import dataclass
from functools import lru_cache


@lru_cache
def installed_folders(root: str) -> tuple[str, ...]:
    """Where the standard library and the distributions are."""
    paths = sysconfig.get_paths()
    found = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {*site.getsitepackages(), site.getusersitepackages()}
    # The standard library of the Python that an environment was made from.
    found |= {os.path.dirname(os.__file__), os.path.dirname(os.path.realpath(os.__file__))}  # noqa: PTH120
    if within(sys.prefix, root) and sys.prefix != root:
        found.add(sys.prefix)  # an environment inside the project: its scripts and settings too
    return tuple(sorted(os.path.abspath(path) for path in found))  # noqa: PTH100


@lru_cache
def _prefixes(root: str) -> tuple[str, ...]:
    return tuple(folder.rstrip(os.sep) + os.sep for folder in installed_folders(root))


def within(path: str, folder: str) -> bool:
    """Whether a path is a folder or below it. Nothing is looked up."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


@dataclass(frozen=True)
class Places:
    """The project's folder, other folders with source code, and what is installed.

    Attributes:
        root: The project's folder.
        sources: Other folders from which modules are imported and which are not installed, such
            as that of an editable package.
    """

    root: str
    sources: tuple[str, ...] = ()

    def is_installed(self, path: str) -> bool:
        """Whether a version says what the file holds."""
        return path.startswith(_prefixes(self.root)) or path in installed_folders(self.root)

    def own(self, path: str) -> str | None:
        """The path of a file of the project or of its sources, or None for any other."""
        known = path
        if not any(within(path, folder) for folder in (self.root, *self.sources)):
            if self.is_installed(path):
                return None  # most of what a run opens, so without a look at the disk
            known = os.path.realpath(path)
            if not any(within(known, folder) for folder in (self.root, *self.sources)):
                return None
        return None if self.is_installed(known) or "__pycache__" in known else known

    def relative(self, path: str) -> str:
        """The path as it is kept: from the root, or absolute outside."""
        if not within(path, self.root):
            return path
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def absolute(self, path: str) -> str:
        """The path that `relative` was given."""
        return os.path.normpath(os.path.join(self.root, path))  # noqa: PTH118


def places_of_this_process(root: str) -> Places:
    """The places as the path of this process gives them."""
    folders = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100
    return Places(root, tuple(f for f in folders if os.path.isdir(f) and _is_source(f, root)))  # noqa: PTH112


def _is_source(folder: str, root: str) -> bool:
    return not within(folder, root) and not Places(root).is_installed(folder)


def search_path(root: str) -> list[str]:
    """What besides the working folder a new Python would import from: PYTHONPATH and `.pth` files.

    An installed folder counts for nothing here; its distributions have versions.
    """
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    for folder in installed_folders(root):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:  # noqa: PTH112, PTH208
            if name.endswith(".pth"):
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:  # noqa: PTH118, PTH123
                    entries += [line for line in file.read().split("\n") if os.path.isdir(line)]  # noqa: PTH112
    places = Places(root)
    return [places.relative(os.path.abspath(entry)) for entry in entries if entry]  # noqa: PTH100
