"""Files that a page puts into the site, beside itself: `publish("run.json", text)`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from twotracks.errors import TwoTracksError
from twotracks.execute.outputs import PublishedFile

# It has an ending, from which a server tells what it is; and no way out of the page's folder.
_PLAIN = re.compile(r"\w[\w-]*(?:\.[\w-]+)+", re.ASCII)


@dataclass(frozen=True)
class Published:
    """What `publish` gives: it shows itself as a link to the file."""

    name: str
    size: int
    """In bytes."""
    by_page: bool
    """Whether a page published it, and not a script or a notebook, which writes nothing."""

    def __str__(self) -> str:
        left = "" if self.by_page else "; only a page of a site publishes it: nothing was written"
        return f"{self.name}, {self.size:,} bytes{left}"

    __repr__ = __str__

    def _repr_html_(self) -> str | None:
        """A link, where there is something to link to."""
        if not self.by_page:
            return None
        return (
            f'<p><a href="{escape(self.name)}" download>{escape(self.name)}</a>, '
            f"{self.size:,} bytes</p>"
        )


class Shelf:
    """The files that a page has published so far."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._files: list[PublishedFile] = []

    def open(self) -> None:
        """Make this the shelf of the process."""
        _shelves.append(self)

    def put(self, file: PublishedFile) -> None:
        """Keep a file.

        Raises:
            TwoTracksError: The page has published one of this name.
        """
        if file.name.lower() in self._names:  # some file systems tell no `A` from an `a`
            raise TwoTracksError(
                f"the page has published {file.name!r} before",
                fix="Give each file of a page a name of its own.",
            )
        self._names.add(file.name.lower())
        self._files.append(file)

    def take(self) -> list[PublishedFile]:
        """All files since the last call."""
        files, self._files = self._files, []
        return files


_shelves: list[Shelf] = []


def publish(name: str, text: str) -> Published:
    """Put a file into the site, beside the page whose cell calls this.

    It is a part of what the page shows: kept with it, and written with the same bytes whether the
    page ran or not. In a script or a notebook nothing is written.

    Args:
        name: A plain file name with an ending: `run.json` of the page `guide/run.md` will be at
            `guide/run/run.json`.
        text: What is in it, written as UTF-8.

    Returns:
        An object that shows itself as a link to the file.

    Raises:
        TwoTracksError: It is no plain file name or `index.html`, the page has published a file of
            this name before, or what is to be in it is no text.
    """
    if not isinstance(name, str) or not _PLAIN.fullmatch(name) or name.lower() == "index.html":
        raise TwoTracksError(
            f"{name!r} is no name for a published file",
            fix='Give a plain file name with an ending, such as "run.json".',
        )
    if not isinstance(text, str):
        raise TwoTracksError(
            f"a published file holds text, not {type(text).__name__}",
            fix="Give a string; json.dumps() makes one of lists and dicts.",
        )
    if _shelves:
        _shelves[-1].put(PublishedFile(name, text))
    return Published(name, len(text.encode()), by_page=bool(_shelves))
