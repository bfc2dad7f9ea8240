"""Put into pages what their scripts would fetch, for where nothing can be fetched: file://."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    from pathlib import Path

_FETCHED = re.compile(r'<[a-z][^<>]*\sdata-tt-address="([^"]*)"[^<>]*>')
_NAME = re.compile(r'\sdata-tt-trouble="([^"]*)"')


def embed_in_site(folder: Path) -> None:
    """Give each page of a built site the data that it names.

    An element with `data-tt-trouble="NAME" data-tt-address="ADDRESS"` says that its script looks
    for `<script type="application/json" data-tt-runs="NAME">` before it fetches the address.

    Args:
        folder: The site.

    Raises:
        TwoTracksError: A page names a file that is not in the site.
    """
    for path in sorted(folder.rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        names = {}
        for tag in _FETCHED.finditer(html):
            name = _NAME.search(tag[0])
            if name:
                names[unescape(name[1])] = unescape(tag[1])
        if names:
            data = "".join(_data(path, name, address) for name, address in names.items())
            path.write_text(html.replace("</body>", f"{data}</body>", 1), encoding="utf-8")


def _data(page: Path, name: str, address: str) -> str:
    try:
        text = (page.parent / address).read_text(encoding="utf-8")
    except OSError as error:
        raise TwoTracksError(
            f"it names {address} for {name!r}, and the site has no such file",
            where=str(page),
            fix="Publish the file, or mend data-tt-address.",
        ) from error
    # In a script element, only this ends it; in JSON it can only be in a string.
    text = text.replace("<", "\\u003c")
    return f'<script type="application/json" data-tt-runs="{escape(name)}">{text}</script>'
