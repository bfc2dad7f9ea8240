r"""Text that was written for a terminal, as a page shows it.

A carriage return begins the line again, a backspace takes a character back, and escapes that set
colours do so. Whatever else steers a terminal is left out.
"""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
# The hues of a colour circle from red on, each a sixth of it.
_HUES = ("red", "yellow", "green", "cyan", "blue", "magenta")
_PALE, _DARK = 0.2, 128
_SHADES = (0, 95, 135, 175, 215, 255)
_DIGITS = 3
# The codes that are followed by a colour, and what has it.
_GROUNDS = {38: "colour", 48: "back"}
_CHANGES: dict[int, dict[str, Any]] = {
    1: {"bold": True},
    4: {"underline": True},
    5: {"bold": True},
    7: {"inverse": True},
    21: {"bold": False},
    22: {"bold": False},
    24: {"underline": False},
    27: {"inverse": False},
    39: {"colour": ""},
    49: {"back": ""},
    # Twice: the intense ones look like the others.
    **{code + unit: {"colour": name} for code in (30, 90) for unit, name in enumerate(NAMES)},
    **{code + unit: {"back": name} for code in (40, 100) for unit, name in enumerate(NAMES)},
}
# A control sequence with its parameters and its letter; a string such as a link; or two characters.
_ESCAPE = re.compile(
    r"\x1b(?:\[(?P<codes>[0-?]*)[ -/]*(?P<letter>[@-~])|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[ -/]*[0-Z\\`-~])"
)
_TOKEN = re.compile(rf"{_ESCAPE.pattern}|.", re.DOTALL)
# HTML has no place for these.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Run: TypeAlias = tuple["Style", str]


@dataclass(frozen=True)
class Style:
    """How a piece of text looks: names of colours, or nothing."""

    colour: str = ""
    back: str = ""
    bold: bool = False
    underline: bool = False
    inverse: bool = False


def settled(text: str) -> str:
    r"""The text that is left on a terminal: a progress bar ends as its last line.

    As in nbconvert, a line that begins again replaces all of what it was.

    >>> settled("10%\r100%\nab\bc")
    '100%\nac'
    """
    return "\n".join(map(_settled_line, text.split("\n")))


def plain(text: str) -> str:
    r"""The text that is left on a terminal, without its colours.

    >>> plain("\x1b[31mred\x1b[0m")
    'red'
    """
    return "".join(piece for _, piece in styled(text))


def styled(text: str) -> list[Run]:
    r"""The text that is left on a terminal, in pieces that look the same.

    >>> [(style.colour, piece) for style, piece in styled("a \x1b[31mred\x1b[0m one")]
    [('', 'a '), ('red', 'red'), ('', ' one')]
    """
    runs: list[Run] = []
    style = Style()
    text = settled(text)
    begin = 0
    for match in _ESCAPE.finditer(text):
        runs.append((style, _CONTROL.sub("", text[begin : match.start()])))
        begin = match.end()
        if match["letter"] == "m":
            style = _changed(style, match["codes"])
    runs.append((style, _CONTROL.sub("", text[begin:])))
    return [run for run in runs if run[1]]


def part(runs: Iterable[Run], begin: int, end: int) -> list[Run]:
    """The pieces of a part of the text, from one character to before another.

    >>> [text for _, text in part([(Style(), "ab"), (Style("red"), "cde")], 1, 4)]
    ['b', 'cd']
    """
    kept = []
    place = 0
    for style, text in runs:
        piece = text[max(begin - place, 0) : max(end - place, 0)]
        if piece:
            kept.append((style, piece))
        place += len(text)
    return kept


def _settled_line(line: str) -> str:
    line = line.rstrip("\r").rpartition("\r")[2]
    if "\b" not in line:
        return line
    kept: list[str] = []
    for token in _TOKEN.finditer(line):
        if token[0] != "\b":
            kept.append(token[0])
        elif kept and not kept[-1].startswith("\x1b"):
            kept.pop()
    return "".join(kept)


def _changed(style: Style, parameters: str) -> Style:
    """The style after an escape: `1;31` is bold and red, nothing at all is the plain one."""
    codes = map(_code, parameters.split(";"))
    for code in codes:
        if code == 0:
            style = Style()
        elif code in _GROUNDS:
            changes: dict[str, Any] = {_GROUNDS[code]: _of_many(codes)}
            style = replace(style, **changes)
        else:
            style = replace(style, **_CHANGES.get(code, {}))
    return style


def _code(text: str) -> int:
    """A number of an escape; one that nobody knows for what is none."""
    return int(text or 0) if len(text) <= _DIGITS and (text.isdecimal() or not text) else -1


def _of_many(codes: Iterator[int]) -> str:
    """The nearest name of a colour that is given by its number of 256 or by three numbers."""
    kind = next(codes, -1)
    if kind == 5:  # noqa: PLR2004
        return _of_number(next(codes, -1))
    if kind == 2:  # noqa: PLR2004
        return _nearest(next(codes, 0), next(codes, 0), next(codes, 0))
    return ""


def _of_number(number: int) -> str:
    """One of the 256: sixteen names, a cube of six shades each, and 24 greys."""
    if not 0 <= number < 256:  # noqa: PLR2004
        return ""
    if number < 16:  # noqa: PLR2004
        return NAMES[number % 8]
    if number >= 232:  # noqa: PLR2004
        return _nearest(*[8 + 10 * (number - 232)] * 3)
    red, rest = divmod(number - 16, 36)
    green, blue = divmod(rest, 6)
    return _nearest(_SHADES[red], _SHADES[green], _SHADES[blue])


def _nearest(red: int, green: int, blue: int) -> str:
    """The name of a colour, so that it can be read on every background."""
    largest = max(red, green, blue, 1)
    hue, saturation, _ = colorsys.rgb_to_hsv(red / largest, green / largest, blue / largest)
    if saturation < _PALE:
        return "black" if largest < _DARK else "white"
    return _HUES[round(hue * 6) % 6]
