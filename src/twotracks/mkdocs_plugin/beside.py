"""Files that stand in the site beside a page, and never in the place of another file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mkdocs.structure.files import File, Files
    from mkdocs.structure.pages import Page

# How a site does without.
_OFF = {"download": ", or set downloads: false.", "Markdown": ", or leave markdown: true out."}


def folder_of(file: File) -> PurePosixPath:
    """The folder of the site in which the files of a page lie.

    It has the page's name, whether the page itself is at `run/` or at `run.html`: two pages may
    have files of one name, and an address from elsewhere holds for both forms of a site.
    """
    path = PurePosixPath(file.dest_uri)
    return path.parent if path.name == "index.html" else path.with_suffix("")


def address_of(file: File, name: str) -> str:
    """The address, from a page, of a file beside it."""
    is_folder = PurePosixPath(file.dest_uri).name == "index.html"
    return quote(name if is_folder else f"{folder_of(file).name}/{name}")


@dataclass
class Beside:
    """Writes files beside the pages of one build.

    Attributes:
        site: The folder of the site.
    """

    site: Path
    _written: dict[str, str] = field(default_factory=dict)
    _taken: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def write(
        self, page: Page, contents: Mapping[str, str], what: str, *, where: str, files: Files
    ) -> None:
        """Write files beside a page.

        Args:
            page: What MkDocs knows of the page.
            contents: The text of each file, by its name.
            what: What they are, for messages: `download`.
            where: The page, for messages.
            files: What else there will be in the site.

        Raises:
            TwoTracksError: The site has another file in the place of one of them.
        """
        folder = folder_of(page.file)
        placed = {(folder / name).as_posix(): text for name, text in contents.items()}
        self.put(placed, what, where=where, files=files)

    def put(self, contents: Mapping[str, str], what: str, *, where: str, files: Files) -> None:
        """Write files anywhere in the site.

        Args:
            contents: The text of each file, by its place in the site.
            what: As in `write`.
            where: As in `write`.
            files: As in `write`.

        Raises:
            TwoTracksError: As `write`.
        """
        mine = f"a {what} of {where}"
        for uri, text in contents.items():
            other = self._others(files).get(uri) or self._written.setdefault(uri, mine)
            if other != mine:
                raise TwoTracksError(
                    f"its {what} would take the place of {other}",
                    where=where,
                    fix="Rename one of them" + _OFF.get(what, "."),
                )
            path = self.site / uri
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

    def _others(self, files: Files) -> dict[str, str]:
        """What stands where in the site; plugins add to it while pages are rendered."""
        if self._count != len(files):
            self._count = len(files)
            self._taken = {file.dest_uri: file.src_uri for file in files}
            for uri in list(self._taken):
                for parent in PurePosixPath(uri).parents:
                    self._taken.setdefault(parent.as_posix(), f"the folder {parent.as_posix()}")
        return self._taken
