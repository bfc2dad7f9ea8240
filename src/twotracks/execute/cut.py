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
    lines = left_out.count("\n") - 1
    much = f"{lines:,} line" if lines > 0 else f"{len(left_out):,} character"
    number = "s are" if not much.startswith("1 ") else " is"
    return f"[{much}{number} left out here; the page\u2019s notebook has it all]"


def _joined(lines: list[str]) -> int:
    return len("\n".join(lines))
