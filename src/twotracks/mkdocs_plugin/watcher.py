"""Let `mkdocs serve` notice a change to whatever the pages used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mkdocs.livereload import LiveReloadServer


class Watcher:
    """Watches the folders of files, and what lies in the project's own folder file by file.

    That folder is not watched as a whole, because builds write there.

    Args:
        server: Builds again when something changes.
        root: The project's folder.
        known: Folders that are watched already, with all that is in them.
    """

    def __init__(self, server: LiveReloadServer, root: Path, known: Iterable[Path]) -> None:
        self._server = server
        self._root = root
        self._known = [folder.resolve() for folder in known]
        self._folders: set[Path] = set()
        self._files: set[Path] = set()

    def watch(self, used: Iterable[str]) -> None:
        """Watch files, given from the project's folder or by whole paths, besides those before.

        A file that is not there is seen when it comes, if there is its folder.
        """
        paths = {self._root / path for path in used}
        for path in sorted(paths):
            folder = path if path.is_dir() else path.parent
            if folder == self._root:
                self._watch_file(path)
            elif self._is_new(folder):
                self._folders.add(folder)
                self._server.watch(str(folder), recursive=False)

    def _is_new(self, folder: Path) -> bool:
        if folder in self._folders or not folder.is_dir():
            return False
        return not any(folder.resolve().is_relative_to(known) for known in self._known)

    def _watch_file(self, path: Path) -> None:
        # Again at each build: an editor may have put another file in its place.
        if path in self._files:
            self._server.unwatch(str(path))
            self._files.discard(path)
        if path.is_file():
            self._files.add(path)
            self._server.watch(str(path))
