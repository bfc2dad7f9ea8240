"""Take what the cells of a page showed out of its HTML for a while, and put it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def lifted(html: str, outputs: Sequence[str]) -> str:
    """The page with a comment in the place of each output.

    An output that is not there, because somebody changed it, stays as it is.

    >>> lifted("<p>One</p><b>2</b>", ["<b>2</b>"])
    '<p>One</p><!--twotracks 0-->'
    """
    for number, output in enumerate(outputs):
        if output:
            html = html.replace(output, _place(number), 1)
    return html


def put_back(html: str, outputs: Sequence[str]) -> str:
    """The page that `lifted` was given, with what has been changed since.

    >>> put_back("<p>One!</p><!--twotracks 0-->", ["<b>2</b>"])
    '<p>One!</p><b>2</b>'
    """
    for number, output in enumerate(outputs):
        html = html.replace(_place(number), output, 1)
    return html


def _place(number: int) -> str:
    return f"<!--twotracks {number}-->"
