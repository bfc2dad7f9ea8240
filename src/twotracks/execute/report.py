"""One line on how a build's pages came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOWEST = 5


def report(pages: int, ran: Mapping[str, float], seconds: float) -> str:
    """How many pages ran, how many did not need to, and which took longest.

    Args:
        pages: How many pages there are with something to run.
        ran: The seconds of those that ran.
        seconds: What it took in all.

    >>> report(3, {"docs/a.md": 0.254, "docs/b.md": 1.5}, 1.61)
    '2 pages ran and 1 came from the store, in 1.61 s. Slowest: docs/b.md 1.50 s, docs/a.md 0.25 s'
    """
    count = f"{len(ran)} page{'' if len(ran) == 1 else 's'} ran"
    line = f"{count} and {pages - len(ran)} came from the store, in {seconds:.2f} s"
    slowest = sorted(ran.items(), key=lambda item: -item[1])[:SLOWEST]
    if not slowest:
        return line
    return f"{line}. Slowest: " + ", ".join(f"{path} {taken:.2f} s" for path, taken in slowest)
