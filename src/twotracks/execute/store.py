"""Where results are kept: in memory, and in files that other builds and machines can use.

A name (a page, a producer) has a folder, and each result a file of its own in there, so that two
builds at once never write the same one with another content. A file is written beside its place
and then renamed, and begins with the digest of what follows: one that was cut short, damaged or
changed by hand is no result. Nothing that happens to the folder can do more than cost a run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twotracks.execute.digests import digest
from twotracks.execute.inputs import Inputs
from twotracks.execute.whole import PREFIX, write_whole

# Results a name may have: enough for a few branches or settings that take turns.
KEPT = 4
_FORMAT = 2
_AGE = 3600
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# The cache of twotracks.\n"


@dataclass(frozen=True)
class Entry:
    """A result, and what it rests on.

    Attributes:
        name: The page's path or the producer's name.
        parts: What was known before the run, each part as a short text, by what it is.
        inputs: What the run used.
        hidden: What it used that cannot be seen, one line each.
        result: Plain data.
        seconds: What the run took, for the order of the next ones.
    """

    name: str
    parts: dict[str, str]
    inputs: Inputs
    hidden: tuple[str, ...]
    result: Any
    seconds: float = 0.0

    def to_bytes(self) -> bytes:
        """The entry as it is kept, its digest first."""
        body = json.dumps(
            {"format": _FORMAT, **vars(self), "inputs": self.inputs.to_json()}, sort_keys=True
        ).encode()
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Entry | None:
        """The entry that `to_bytes` was called on, or None for anything else."""
        claimed, _, body = data.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != claimed:
            return None
        found = json.loads(body)
        if found.pop("format", None) != _FORMAT:
            return None
        inputs, hidden = Inputs(**found.pop("inputs")), tuple(found.pop("hidden"))
        return cls(inputs=inputs, hidden=hidden, **found)


class Store:
    """Results by name, the newest first. Only successes are put here.

    Args:
        folder: Where to keep them; None for memory only.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._kept: dict[tuple[str, str], list[Entry]] = {}

    def entries(self, kind: str, name: str) -> list[Entry]:
        """What is kept of a page or producer."""
        here = self._kept.get((kind, name), [])
        return [*here, *(entry for entry in self._read(kind, name) if entry not in here)]

    def put(self, kind: str, entry: Entry) -> None:
        """Keep a result, and forget the oldest of its name."""
        here = self._kept.setdefault((kind, entry.name), [])
        here.insert(0, entry)
        del here[KEPT:]
        folder = self._folder(kind, entry.name)
        if folder is not None:
            with suppress(OSError):  # a full disk, a folder that may only be read
                write_whole(folder / f"{_id(entry)}.json", entry.to_bytes())
                for old in [*_files(folder)[KEPT:], *_strays(folder)]:
                    old.unlink(missing_ok=True)

    def used(self, kind: str, entry: Entry) -> None:
        """Count an entry as the newest."""
        folder = self._folder(kind, entry.name)
        if folder is not None:
            with suppress(OSError):
                os.utime(folder / f"{_id(entry)}.json")

    def _read(self, kind: str, name: str) -> list[Entry]:
        folder = self._folder(kind, name)
        found = []
        for path in _files(folder) if folder is not None else []:
            with suppress(OSError, ValueError, TypeError, KeyError):  # not ours, or not whole
                entry = Entry.from_bytes(path.read_bytes())
                if entry and entry.name == name:
                    found.append(entry)
        return found

    def _folder(self, kind: str, name: str) -> Path | None:
        return self.folder / kind / digest(name)[:20] if self.folder else None


def prepare(folder: Path) -> None:
    """Make the folder of a cache, marked as one, for backups and for git."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (("CACHEDIR.TAG", _TAG), (".gitignore", "*\n")):
            if not (folder / name).exists():
                write_whole(folder / name, text.encode())


def clean(folder: Path) -> bool:
    """Remove a cache, and nothing that is not one. Gives whether there was one."""
    if not (folder / "CACHEDIR.TAG").is_file():
        return False
    shutil.rmtree(folder)
    return True


def _id(entry: Entry) -> str:
    return digest(entry.parts, entry.inputs.to_json())[:40]


def _files(folder: Path) -> list[Path]:
    """The files of a folder, the newest first."""
    found = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".json"):
                with suppress(OSError):  # another build has just removed it
                    found.append((entry.stat().st_mtime_ns, entry.path))
    return [Path(path) for _, path in sorted(found, reverse=True)]


def _strays(folder: Path) -> list[Path]:
    """What builds that were killed were writing."""
    long_ago = time.time() - _AGE
    return [path for path in folder.glob(f"{PREFIX}*") if path.stat().st_mtime < long_ago]
