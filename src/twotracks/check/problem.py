"""What a check finds wrong with a page."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    from collections.abc import Sequence


class CheckFailed(TwoTracksError):
    """A page is not right any more.

    Attributes:
        details: A difference, or the end of what a program wrote.
    """

    def __init__(self, what: str, *, where: str, fix: str = "", details: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
        self.details = details

    def __str__(self) -> str:
        return f"{super().__str__()}\n\n{self.details}" if self.details else super().__str__()


def unified(before: Sequence[str], after: Sequence[str], names: tuple[str, str]) -> str:
    """A unified diff of lines; nothing if they are the same."""
    return "\n".join(
        line.rstrip("\n") for line in difflib.unified_diff(before, after, *names, lineterm="")
    )
