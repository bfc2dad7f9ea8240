"""Where a project begins and where its cache is, for whoever has only the path of a page."""

from __future__ import annotations

import os
from pathlib import Path

CONFIGURATIONS = ("mkdocs.yml", "mkdocs.yaml", "properdocs.yml", "zensical.toml")
CACHE = ".cache/twotracks"


def find_root(path: Path) -> Path:
    """The project's folder: the nearest one above with a builder's configuration."""
    for folder in path.parents:
        if any((folder / name).is_file() for name in CONFIGURATIONS):
            return folder
    return Path.cwd()


def cache_folder(root: Path, option: str = "") -> Path:
    """The folder of the cache: what TWOTRACKS_CACHE says, or the option, or `.cache/twotracks`."""
    return root / (os.environ.get("TWOTRACKS_CACHE") or option or CACHE)


def label(path: str, root: Path) -> str:
    """How messages name a file: from the project's folder, if it is in there."""
    file = Path(path)
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else path
