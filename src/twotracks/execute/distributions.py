"""What is installed: the distributions of modules, their versions, this Python and this engine."""

from __future__ import annotations

import os
import platform
import re
import sys
import sysconfig
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from twotracks.execute.digests import digest, file_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_VERSION = re.compile(r"^Version: *(\S+)", re.MULTILINE)


def version_of(distribution: str) -> str | None:
    """The version that is installed now, or None."""
    # To install is to write into one of these folders.
    return _version_of(distribution, tuple(map(_changed, sys.path)))


def _changed(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns  # noqa: PTH116 - often, for every page
    except OSError:
        return 0


@lru_cache(maxsize=4096)
def _version_of(distribution: str, _state: tuple[int, ...]) -> str | None:
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return None
    # Not `version` at once: it parses the whole file, with the project's description.
    match = _VERSION.search(found.read_text("METADATA") or "")
    return match[1] if match else found.version


@lru_cache(maxsize=1)
def _by_module(_path: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    return metadata.packages_distributions()  # a third of a second, so once a process


def distributions_of(
    modules: Iterable[str], installed: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """The distributions that top-level modules come from, and the files of those without one.

    Args:
        modules: Names of modules.
        installed: The files of those that lie among the installed ones.
    """
    known = _by_module(tuple(sys.path))
    names = {name for module in modules for name in known.get(module, ())}
    loose: list[str] = []
    for module, file in installed.items():
        if module in known or not file or _is_standard(file):
            continue
        path = Path(file)
        loose += (
            [file]
            if path.name != "__init__.py"
            else sorted(str(part) for part in path.parent.rglob("*.py"))
        )
    return sorted(names), loose


def distributions_that_hold(modules: Iterable[str]) -> set[str]:
    """The names of the distributions that hold top-level modules, as far as they are installed."""
    found = set()
    state = tuple(map(_changed, sys.path))  # as for versions
    for module in modules:
        if _holds(module, module, state):  # most are called as their module is
            found.add(_named(module))
        else:
            found |= {_named(name) for name in _by_module(tuple(sys.path)).get(module, ())}
    return found


@lru_cache(maxsize=4096)
def _holds(distribution: str, module: str, _state: tuple[int, ...]) -> bool:
    try:
        files = metadata.distribution(distribution).read_text("RECORD") or ""
    except metadata.PackageNotFoundError:
        return False
    return bool(re.search(rf"(?m)^{re.escape(module)}(?:/|\.py,)", files))


def _named(distribution: str) -> str:
    """The name as indexes have it: two spellings are one."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


@cache
def _standard() -> str:
    return os.path.join(sysconfig.get_path("stdlib"), "")  # noqa: PTH118


def _is_standard(file: str) -> bool:
    return file.startswith(_standard()) and not re.search(r"[\\/](site|dist)-packages[\\/]", file)


def this_python() -> str:
    """The Python that runs, and the machine's kind."""
    version = ".".join(map(str, sys.version_info[:3]))
    return (
        f"{sys.implementation.name} {version} {sys.version_info.releaselevel}, "
        f"{sys.platform} {platform.machine()}"
    )


@cache
def engine_digest() -> str:
    """Stands for the code of this engine, as it was when this process first asked."""
    folder = Path(__file__).parent
    return digest([[path.name, file_digest(str(path))] for path in sorted(folder.glob("*.py"))])
