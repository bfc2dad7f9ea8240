"""What a run used, to be compared with what is there now."""

from __future__ import annotations

import glob
import json
import os
import subprocess
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from twotracks.execute.digests import (
    digest,
    file_digest,
    folder_digest,
    importable,
    installed_digest,
)
from twotracks.execute.distributions import distributions_of, version_of
from twotracks.execute.places import Places, within
from twotracks.execute.process import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from twotracks.execute.declared import Declared


@dataclass(frozen=True)
class Inputs:
    """The state of everything that a run used. None stands for what was not there.

    Attributes:
        files: Digests of files, by path.
        folders: Digests of the names in folders that were listed, by path.
        searched: The names of modules that were looked for, by folder. One that was found as a file
            or a package ends with a dot: a mere folder of that name would not have come first.
        found: The files in those folders that such a module could come from, by folder.
        distributions: Versions, by name.
        patterns: The files that each declared pattern matches.
        variables: Digests of the values of declared environment variables.
        tools: What declared tools say of their version.
        root: The project's folder, if what was shown names it.
    """

    files: Mapping[str, str | None] = field(default_factory=dict)
    folders: Mapping[str, str | None] = field(default_factory=dict)
    searched: Mapping[str, list[str]] = field(default_factory=dict)
    found: Mapping[str, list[str]] = field(default_factory=dict)
    distributions: Mapping[str, str | None] = field(default_factory=dict)
    patterns: Mapping[str, list[str]] = field(default_factory=dict)
    variables: Mapping[str, str | None] = field(default_factory=dict)
    tools: Mapping[str, str | None] = field(default_factory=dict)
    root: str = ""

    def to_json(self) -> dict[str, Any]:
        """The inputs as plain data."""
        return dict(vars(self))  # not `asdict`: it copies every path, for every page


class World:
    """How things are now. Everything is looked at once.

    Args:
        root: The project's folder.
    """

    def __init__(self, root: Path) -> None:
        # As a page's process names it: that one is told its folder without links.
        self.places = Places(os.path.realpath(root))
        self.file = cache(lambda path: file_digest(self.places.absolute(path)))
        self.folder = cache(lambda path: folder_digest(self.places.absolute(path)))
        self.importable = cache(lambda path: importable(self.places.absolute(path)))
        self.version = cache(version_of)
        self.matches = cache(self._matches)
        self.tool = cache(_tool)

    def found(self, folder: str, names: Iterable[str]) -> list[str]:
        """The files in a folder that modules of these names could come from."""
        there = self.importable(folder)
        return [
            file
            for name in names
            for file in there.get(name.removesuffix("."), ())
            if not (name.endswith(".") and file.endswith("/"))
        ]

    def variable(self, name: str) -> str | None:
        """Stands for the value that a page sees; the value itself may be a secret."""
        value = {**os.environ, **ENVIRONMENT}.get(name)
        return None if value is None else digest(value)

    def _matches(self, pattern: str) -> tuple[str, ...]:
        root = self.places.root
        found = glob.glob(os.path.expanduser(pattern), root_dir=root, recursive=True)  # noqa: PTH111, PTH207
        paths = {os.path.normpath(os.path.join(root, path)) for path in found}  # noqa: PTH118
        for folder in [path for path in paths if os.path.isdir(path)]:  # noqa: PTH112
            paths.remove(folder)
            if "**" not in pattern:  # a folder stands for all that is in it
                below = glob.glob("**", root_dir=folder, recursive=True)  # noqa: PTH207
                paths |= {os.path.join(folder, name) for name in below}  # noqa: PTH118
        return tuple(
            sorted(
                self.places.relative(path)
                for path in paths
                if "__pycache__" not in path and not os.path.isdir(path)  # noqa: PTH112
            )
        )


def declared_inputs(declared: Declared, world: World) -> Inputs:
    """The state of what a page declares."""
    patterns = {pattern: list(world.matches(pattern)) for pattern in declared.deps}
    return Inputs(
        files={path: world.file(path) for paths in patterns.values() for path in paths},
        patterns=patterns,
        variables={name: world.variable(name) for name in declared.env},
        tools={name: world.tool(name) for name in declared.tools},
    )


def noted_inputs(
    text: str, before: Inputs, world: World, started: int, ignored: Path | None
) -> tuple[Inputs, tuple[str, ...]] | None:
    """What the notes of a run say, and the uses of what cannot be seen, one line each.

    Args:
        text: The notes.
        before: What was declared, as it was before the run.
        world: How things are after it.
        started: When the run began, in nanoseconds: a module that changed later may have been read
            before it did.
        ignored: The folder of the cache: a page that walks through it does not use it.

    Returns:
        None if the notes are not complete: the process ended itself.
    """
    files: dict[str, str | None] = {}
    folders: dict[str, str | None] = {}
    searched: dict[str, set[str]] = {}
    hidden: dict[str, list[str]] = {}
    tops: list[str] | None = None
    real: set[str] = set()
    unseen = os.path.realpath(ignored) if ignored else ""
    for line in text.splitlines():
        kind, first, *rest = json.loads(line)
        if kind == "hidden":
            hidden.setdefault(first, []).append(rest[0])
        elif kind == "end":
            tops = first
            real = set(rest[1])
            distributions, loose = distributions_of(first, rest[0])
            files |= {world.places.relative(path): installed_digest(path) for path in loose}
        elif unseen and within(first, unseen):
            continue
        elif kind == "module" and _changed_since(first, started):
            files[world.places.relative(first)] = "it changed during the run"
        elif kind == "searched":
            searched.setdefault(world.places.relative(first), set()).update(rest)
        else:
            kept = folders if kind == "folder" else files
            kept.setdefault(world.places.relative(first), rest[0])
    if tops is None:
        return None
    names = {
        folder: sorted({_tail(name, name in real) for name in found})
        for folder, found in sorted(searched.items())
    }
    inputs = replace(
        before,
        files={**files, **before.files},
        folders=folders,
        searched=names,
        found={folder: world.found(folder, names[folder]) for folder in names},
        distributions={name: world.version(name) for name in distributions},
    )
    return inputs, tuple(f"{where}: {' and '.join(what)}" for where, what in hidden.items())


def difference(inputs: Inputs, world: World) -> str:
    """What is not as it was, in words; nothing if all is."""
    return next(filter(None, _differences(inputs, world)), "")


def _differences(inputs: Inputs, world: World) -> Iterable[str]:
    if inputs.root and inputs.root != world.places.root:
        yield f"it shows the project's folder, which was {inputs.root}"
    for pattern, known in inputs.patterns.items():
        yield _of_set(f"the files of deps {pattern!r}", known, world.matches(pattern))
    for path, state in inputs.files.items():
        yield _of_state(path, state, world.file(path))
    for path, state in inputs.folders.items():
        yield _of_state(f"the list of files in {path}", state, world.folder(path))
    for folder, names in inputs.searched.items():
        yield _of_set(
            f"what can be imported from {folder}",
            inputs.found[folder],
            world.found(folder, names),
        )
    yield from _of_versions(inputs.distributions, world.version, "{} is {}, and was {}")
    for name, state in inputs.variables.items():
        yield _of_state(f"the environment variable {name}", state, world.variable(name))
    yield from _of_versions(inputs.tools, world.tool, "{} --version says {!r}, and said {!r}")


def _tail(name: str, real: bool) -> str:  # noqa: FBT001
    """A module's name as it is looked for in a folder."""
    return name.rpartition(".")[2] + ("." if real else "")


def _changed_since(path: str, moment: int) -> bool:
    try:
        return os.stat(path).st_mtime_ns >= moment  # noqa: PTH116
    except OSError:
        return True


def _of_state(what: str, before: str | None, now: str | None) -> str:
    if before == now:
        return ""
    if before is None:
        return f"{what} is there now"
    return f"{what} is not there any more" if now is None else f"{what} changed"


def _of_set(what: str, before: Iterable[str], now: Iterable[str]) -> str:
    known, there = set(before), set(now)
    changes = [f"+{name}" for name in sorted(there - known)]
    changes += [f"-{name}" for name in sorted(known - there)]
    return f"{what} changed: {', '.join(changes)}" if changes else ""


def _of_versions(
    known: Mapping[str, str | None], look: Callable[[str], str | None], text: str
) -> Iterable[str]:
    for name, before in known.items():
        now = look(name)
        if now != before:
            yield text.format(name, now or "not there", before or "not there")


def _tool(name: str) -> str | None:
    try:
        done = subprocess.run(
            [name, "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (done.stdout or done.stderr).strip().split("\n")[0]
