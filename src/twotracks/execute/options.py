"""The options of an executable fence. Their names are those that markdown-exec's users know."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from twotracks.errors import did_you_mean
from twotracks.execute.declared import NAMES, Declared, declared
from twotracks.execute.errors import ScanError

Source: TypeAlias = Literal["above", "below", "none"]
Result: TypeAlias = Literal["rich", "text", "html", "none"]
Pairs: TypeAlias = list[tuple[str, str | None]]

LANGUAGES = ("python", "py")

# The values that an option may have; None where any text will do.
_VALUES: dict[str, tuple[str, ...] | None] = {
    "exec": ("on", "yes", "true", "1"),
    "source": ("above", "below", "none"),
    "result": ("rich", "text", "html", "none"),
    "title": None,
    "id": None,
    "expect": None,
    "deps": None,
    "env": None,
    "tools": None,
}
_SHAPES = {
    "id": re.compile(r"[^\s\"'<>&]+"),
    "expect": re.compile(r"[A-Za-z_][\w.]*"),
    "deps": re.compile(r"\s*\S.*"),
    "env": re.compile(r"\s*\w+(\s+\w+)*\s*"),
    "tools": re.compile(r"\s*[^\s/][^\s]*(\s+[^\s/][^\s]*)*\s*"),
}
_PAIR = re.compile(r"""(?P<key>[A-Za-z]\w*)(?:=(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'))?""")
_ATTRIBUTE = re.compile(
    r"""\.(?P<class>[^\s.#]+)|\#(?P<id>[^\s.#]+)|"""
    r"""(?P<key>[\w-]+)(?:=(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"']+)))?"""
)


@dataclass(frozen=True)
class Options:
    """What a fence says about its cell.

    Attributes:
        source: Where the code stands to its output.
        result: Which form of the output is shown.
        title: A title for the code, or nothing.
        id: The id of the cell's element, or nothing.
        expect: The name of the exception that must happen, or nothing.
        declared: What the cell depends on and nobody can see, in `deps`, `env` and `tools`.
    """

    source: Source = "above"
    result: Result = "rich"
    title: str = ""
    id: str = ""
    expect: str = ""
    declared: Declared = field(default_factory=Declared)


def read_pairs(text: str) -> Pairs:
    """The options as they stand behind the language: `exec title="One"`."""
    return [(match["key"], _value(match)) for match in _PAIR.finditer(text)]


def read_attributes(text: str) -> tuple[list[str], Pairs]:
    """Classes and options between braces: `.python exec="on" #here`."""
    classes: list[str] = []
    pairs: Pairs = []
    for match in _ATTRIBUTE.finditer(text):
        if match["class"]:
            classes.append(match["class"])
        elif match["id"]:
            pairs.append(("id", match["id"]))
        else:
            pairs.append((match["key"], match["bare"] or _value(match)))
    return classes, pairs


def _value(match: re.Match[str]) -> str | None:
    return match["double"] if match["double"] is not None else match["single"]


def parse_options(language: str, pairs: Pairs, where: str) -> Options:
    """Check the options of a fence that is to be executed.

    Raises:
        ScanError: Another language than Python, an unknown option or value.
    """
    if language not in LANGUAGES:
        raise ScanError(
            f"only Python can be executed, not {language!r}",
            where=where,
            fix="Begin the fence with ```python exec.",
        )
    given: dict[str, str] = {}
    for key, value in pairs:
        if key not in _VALUES:
            raise ScanError(f"unknown option {key!r}", where=where, fix=did_you_mean(key, _VALUES))
        given[key] = _checked(key, value, where)
    return Options(
        source=cast("Source", given.get("source", "above")),
        result=cast("Result", given.get("result", "rich")),
        title=given.get("title", ""),
        id=given.get("id", ""),
        expect=given.get("expect", ""),
        declared=declared(**{name: given.get(name, "").split() for name in NAMES}),
    )


def _checked(key: str, value: str | None, where: str) -> str:
    known = _VALUES[key]
    if value is None:
        # In braces an attribute without a value is its own name: `{.python exec}`.
        if key == "exec":
            return "on"
        raise ScanError(f"option {key!r} needs a value", where=where, fix=f'Write {key}="…".')
    if known and value not in known and not (key == "exec" and value == "exec"):
        raise ScanError(
            f"unknown value {value!r} of option {key!r}",
            where=where,
            fix=did_you_mean(value, known),
        )
    shape = _SHAPES.get(key)
    if shape and not shape.fullmatch(value):
        raise ScanError(f"{value!r} cannot be the {key!r} of a cell", where=where)
    return value
