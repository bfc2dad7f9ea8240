"""The text of markup, for whoever reads a page without a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from string import ascii_uppercase

# What begins on a line of its own.
_BLOCKS = re.compile(
    r"address|article|aside|blockquote|br|caption|dd|desc|details|div|dl|dt|fieldset|figcaption|figure"
    r"|footer|form|h[1-6r]|header|label|legend|li|ol|option|p|pre|section|summary|svg|table|tbody"
    r"|thead|title|tr|ul"
)
_HIDDEN = frozenset({"script", "style", "template"})
_OWN = 2
"""How deep in a drawing its own title lies; those of its parts lie deeper."""
_CELLS = frozenset({"td", "th"})


def text_of(markup: str) -> str:
    """The text of markup: a line a block and a row, and of a drawing what it says of itself.

    >>> print(text_of("<h2>One</h2><ol type='A'><li>a<li>b</ol><svg><title>Two</title><g>x</svg>"))
    One
    A. a
    B. b
    Two
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    lines = [re.sub(r"\s+", " ", line).strip(" |") for line in "".join(reader.parts).split("\n")]
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    """Collects text, with a line's end between blocks and a stroke between cells."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0
        # Inside of these, lines are what they are.
        self._kept = 0
        # How deep inside a drawing, of which only its own title and description are read.
        self._drawing = 0
        self._told = False
        # For each open list its next letter or number, if it has any.
        self._lists: list[str | int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        self._kept += tag == "pre"
        self._drawing += bool(self._drawing) or tag == "svg"
        if self._drawing:
            self._told = self._drawing == _OWN and tag in ("title", "desc")
            self.parts.append("\n" if self._told else "")
            return
        if _BLOCKS.fullmatch(tag):
            self.parts.append("\n")
        elif tag in _CELLS:
            self.parts.append(" | ")
        if tag in ("ol", "ul"):
            letters = ("type", "A") in attrs
            self._lists.append(0 if tag == "ul" else "A" if letters else 1)
        elif tag == "li" and self._lists:
            self.parts.append(self._marker())

    def _marker(self) -> str:
        place = self._lists[-1]
        if place == 0:
            return "- "
        if isinstance(place, str):
            self._lists[-1] = ascii_uppercase[(ascii_uppercase.index(place) + 1) % 26]
        else:
            self._lists[-1] = place + 1
        return f"{place}. "

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN
        self._kept -= tag == "pre"
        if self._drawing:
            self._drawing -= 1
            self._told = False
            self.parts.append("" if self._drawing else "\n")
            return
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        if _BLOCKS.fullmatch(tag):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden and (self._told or not self._drawing):
            self.parts.append(data if self._kept else re.sub(r"\s+", " ", data))
