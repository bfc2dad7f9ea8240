"""The one family of errors that this package raises on purpose."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class TwoTracksError(Exception):
    """What is wrong, where, and what to do about it.

    `str()` gives `where: what`, and the way out on a line of its own.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  {self.fix}" if self.fix else head


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the nearest known word, and then all of them.

    >>> did_you_mean("Cod", ["Code", "Data"])
    "did you mean 'Code'? There are: Code, Data"
    """
    words = list(known)
    listed = f"There are: {', '.join(words)}" if words else "There are none"
    near = get_close_matches(word, words, n=1)
    return f"did you mean {near[0]!r}? {listed}" if near else listed
