"""The hints of quizzes lead to what is on their page. Pure: HTML in, what is wrong out."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_QUIZ = re.compile("<tt-quiz>.*?</tt-quiz>", re.DOTALL)
_LEADS = re.compile('<a href="#([^"]*)"')
_ID = re.compile(r"""\sid=(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


def lost_hints(html: str) -> list[str]:
    """The ids that hints lead to and no element of the page has.

    >>> lost_hints('<p id="a"></p><tt-quiz><a href="#a"></a><a href="#b"></a></tt-quiz>')
    ['b']
    """
    wanted = [unescape(name) for part in _QUIZ.findall(html) for name in _LEADS.findall(part)]
    if not wanted:
        return []
    there = {unescape("".join(groups)) for groups in _ID.findall(html)}
    return [name for name in dict.fromkeys(wanted) if name not in there]


def lost_in(folder: Path) -> list[str]:
    """What is wrong with the hints of all pages of a built site."""
    return [
        f"{path.relative_to(folder).as_posix()}: a hint of its quiz leads to #{name}, and nothing "
        "on the page has that id\n  The id of a cell and a dash come before the ids in what the "
        "cell shows: Row.of_step(run, name, cell=...)."
        for path in sorted(folder.rglob("*.html"))
        for name in lost_hints(path.read_text(encoding="utf-8"))
    ]
