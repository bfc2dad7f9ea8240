"""Which part of a very long text a page leaves out."""

from __future__ import annotations

# More than this, nobody reads on a page; the record keeps it all.
CHARACTERS = 20_000
LINES = 400


def gap(text: str) -> tuple[int, int] | None:
    """Where the part begins and ends that is left out of a text; None if none is.

    Half of what may be shown is the beginning, half is the end, in whole lines if these are not
    very long themselves.
    """
    if len(text) <= CHARACTERS and text.count("\n") < LINES:
        return None
    half = CHARACTERS // 2
    beginning = _joined(text[:half].split("\n")[:-1][: LINES // 2]) or half
    ending = _joined(text[-half:].split("\n")[1:][-LINES // 2 :]) or half
    return beginning, len(text) - ending


def notice(left_out: str) -> str:
    """What stands in the place of what is left out."""
    lines = left_out.count("\n")
    much = f"{lines:,} lines" if lines > 1 else f"{len(left_out):,} characters"
    return f"[{much} are left out here; the page\u2019s notebook has them all]"


def _joined(lines: list[str]) -> int:
    return len("\n".join(lines))
