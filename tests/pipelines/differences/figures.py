"""Compare a demonstration's figures with those that were listed before it was written.

A listed figure is text, so that it says to how many places it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pipelines.differences.left import LEFT

if TYPE_CHECKING:
    from collections.abc import Mapping


def shown(value: float, like: str) -> str:
    """The value, written to the places that `like` has."""
    if "e" in like:
        digit, exponent = f"{value:.0e}".split("e")
        return f"{digit}e{int(exponent)}"
    return f"{value:.{len(like.partition('.')[2])}f}"


def check(row: str, found: Mapping[str, float], listed: Mapping[str, str]) -> None:
    """Each figure is the listed one, or the one that `LEFT` has with a reason.

    Args:
        row: of the list of differences, with a name where a row has several demonstrations.
        found: the demonstration's figures.
        listed: the listed ones, by the same names.
    """
    assert found.keys() == listed.keys()
    assert {name for number, name in LEFT if number == row} <= listed.keys()
    for name, text in listed.items():
        left = LEFT.get((row, name))
        if left is None:
            assert shown(found[name], text) == text, f"row {row}, {name}"
        else:
            assert shown(found[name], text) != text, f"row {row}, {name} is no longer left"
            assert shown(found[name], left.found) == left.found, f"row {row}, {name}"
            assert left.why
