"""Links in what cells show: to other pages by their files, as in Markdown. Pure: HTML in, HTML out.

Where a page will be depends on the site: `july.md` is at `july/` or at `july.html`, and another
page links it from where it is itself. So a cell shows a link to the file, and the address comes in
when the output is put into the page. What lies beside a page in the site, such as its script, is
named below its file: `july.md/july.py`.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SOURCES = (".md", ".markdown", ".mdown", ".mkdn", ".mkd", ".ipynb")
"""The endings of the files that pages are made of."""
_FOLDERS = tuple(f"{end}/" for end in SOURCES)
# A comment is left as it is.
_TAG = re.compile(r"""(?is)<!--.*?-->|(<[a-z](?:[^<>"']|"[^"]*"|'[^']*')*>)""")
_ADDRESS = re.compile(r"""(?i)(?<=\s)((?:xlink:)?href|src)=(?:"([^"]*)"|'([^']*)')""")
_RELATIVE = re.compile(r"(?is)(?![a-z][\w+.-]*:|/)(?P<file>[^?#]+)(?P<rest>.*)")


def resolved(
    html: str,
    page: str,
    address: Callable[[str], str | None],
    published: Mapping[str, str],
) -> tuple[str, list[str]]:
    """Lead links to the pages that are made of the files which they name.

    Args:
        html: What a cell shows.
        page: The file of the page that shows it, from the folder of all pages: `guide/run.md`.
        address: Gives the address of a page, or of a file beside one, from this page, by the file
            from the folder of all pages; None if there is no such page.
        published: The address, from this page, of each file that the page publishes, by its name.

    Returns:
        The HTML, and the files of which there are no pages.

    >>> pages = {"guide/tea.md": "../tea/"}
    >>> resolved('<a href="tea.md#hot">tea</a>', "guide/run.md", pages.get, {})
    ('<a href="../tea/#hot">tea</a>', [])
    >>> pages = {"guide/tea.md/tea.py": "../tea/tea.py"}
    >>> resolved('<a href="tea.md/tea.py">tea</a>', "guide/run.md", pages.get, {})
    ('<a href="../tea/tea.py">tea</a>', [])
    >>> resolved('<a href="coffee.md">coffee</a>', "guide/run.md", pages.get, {})
    ('<a href="coffee.md">coffee</a>', ['guide/coffee.md'])
    """
    if not any(part in html for part in (*SOURCES, *published)):
        return html, []
    missing: dict[str, None] = {}

    @cache
    def leads_to(link: str) -> str:
        relative = _RELATIVE.fullmatch(link)
        if relative is None:
            return link
        name = unquote(relative["file"])
        if name in published:
            return published[name] + relative["rest"]
        folder = f"{posixpath.dirname(name)}/"  # of a file beside a page, the page
        if not (name.lower().endswith(SOURCES) or folder.lower().endswith(_FOLDERS)):
            return link
        file = posixpath.normpath(posixpath.join(posixpath.dirname(page), name))
        found = address(file)
        if found is None:
            missing[file] = None
            return link
        return found + relative["rest"]

    def attribute(found: re.Match[str]) -> str:
        link = unescape(found[2] if found[2] is not None else found[3])
        other = leads_to(link)
        return found[0] if other == link else f'{found[1]}="{escape(other)}"'

    def tag(found: re.Match[str]) -> str:
        return _ADDRESS.sub(attribute, found[1]) if found[1] else found[0]

    return _TAG.sub(tag, html), list(missing)
