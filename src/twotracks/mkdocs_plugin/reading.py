"""How long a page takes to read, from the words of its prose: a line under its title.

Adults read English non-fiction silently at 238 words a minute, the mean of many studies: Brysbaert,
How many words do we read per minute? Journal of Memory and Language 109 (2019), 104047.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from math import ceil

WORDS_A_MINUTE = 238

_WORD = re.compile(r"\w+(?:[-'’.,/]\w+)*")  # noqa: RUF001 - the apostrophe of prose
# What is looked at and not read through, or read only by who opens it.
_NOT_PROSE = {"pre", "table", "details", "svg", "script", "style", "nav", "button"}
_NOT_PROSE_CLASSES = {"tt-cell", "tt-output", "highlight", "headerlink", "jp-CodeCell"}
_NOT_PROSE_ATTRIBUTE = "data-search-exclude"
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}
_VOID |= {"track", "wbr"}


def count_words(html: str) -> int:
    """The number of words in the prose of an article: no code, output or table, nothing folded.

    >>> count_words("<h1>Why?</h1><p>Two <code>x = 1</code> words</p><pre>not this</pre>")
    5
    """
    prose = _Prose()
    prose.feed(html)
    prose.close()
    return len(_WORD.findall(" ".join(prose.found)))


def minutes(words: int) -> int:
    """Whole minutes that it takes to read this many words: rounded up, and at least 1."""
    return max(1, ceil(words / WORDS_A_MINUTE))


def with_reading_time(html: str) -> str:
    """An article with the line under its title; at its beginning, if the title is not in it.

    >>> with_reading_time("<h1>Why?</h1><p>Because.</p>")
    '<h1>Why?</h1><p class="tt-reading" data-search-exclude>1 min read</p><p>Because.</p>'
    """
    line = f'<p class="tt-reading" data-search-exclude>{minutes(count_words(html))} min read</p>'
    title, end, rest = html.partition("</h1>")
    return f"{title}{end}{line}{rest}" if end else f"{line}{html}"


class _Prose(HTMLParser):
    """Collects the text of an article that is prose."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []  # each element, and whether all in it is left out

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._open.append((tag, self._is_left_out or _is_not_prose(tag, dict(attrs))))

    def handle_endtag(self, tag: str) -> None:
        places = [place for place, (name, _) in enumerate(self._open) if name == tag]
        if places:  # and whatever was not closed in it
            del self._open[places[-1] :]

    def handle_data(self, data: str) -> None:
        if not self._is_left_out:
            self.found.append(data)

    @property
    def _is_left_out(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def _is_not_prose(tag: str, attributes: dict[str, str | None]) -> bool:
    classes = set((attributes.get("class") or "").split())
    return (
        tag in _NOT_PROSE
        or not classes.isdisjoint(_NOT_PROSE_CLASSES)
        or _NOT_PROSE_ATTRIBUTE in attributes
    )
