"""The one family of errors that this package raises on purpose."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.util import find_spec
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


class MissingPackages(TwoTracksError, ImportError):
    """A part of this package was imported, and what it needs is not installed."""


def require(extra: str, *modules: str) -> None:
    """Raise MissingPackages unless all these top-level modules can be imported.

    Args:
        extra: the extra of this package that installs them.
        modules: their names.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise MissingPackages(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed",
            where=f"twotracks[{extra}]",
            fix=f'Install what this part needs: pip install "twotracks[{extra}]"',
        )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the nearest known word, and then all of them.

    >>> did_you_mean("Cod", ["Code", "Data"])
    "did you mean 'Code'? There are: Code, Data"
    """
    words = list(known)
    listed = f"There are: {', '.join(words)}" if words else "There are none"
    near = get_close_matches(word, words, n=1)
    return f"did you mean {near[0]!r}? {listed}" if near else listed
