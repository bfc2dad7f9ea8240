"""The options of an executable fence. Their names are those that markdown-exec's users know."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from twotracks.errors import did_you_mean
from twotracks.execute.declared import NAMES, Declared, declared
from twotracks.execute.errors import ScanError

Source: TypeAlias = Literal["above", "below", "tabbed", "none"]
Result: TypeAlias = Literal["rich", "text", "html", "markdown", "none"]
Collapse: TypeAlias = Literal["", "code", "output", "all"]
Pairs: TypeAlias = list[tuple[str, str | None]]

LANGUAGES = ("python", "py")

_YES = ("on", "yes", "true", "1")
# The values that an option may have; None where any text will do.
_VALUES: dict[str, tuple[str, ...] | None] = {
    "exec": _YES,
    "source": ("above", "below", "tabbed", "none"),
    "result": ("rich", "text", "html", "markdown", "none"),
    "hide": _YES,
    "collapse": ("code", "output", "all"),
    "title": None,
    "id": None,
    "session": None,
    "file": None,
    "region": None,
    "expect": None,
    "timeout": None,
    "deps": None,
    "env": None,
    "tools": None,
}
# What an option says that stands alone, without a value.
_ALONE = {"exec": "on", "hide": "on", "collapse": "code"}
# What `hide` says already.
_HIDDEN = ("source", "result", "collapse", "title")
_SHAPES = {
    "id": re.compile(r"[^\s\"'<>&]+"),
    "session": re.compile(r"[A-Za-z][\w-]*"),
    "file": re.compile(r"[^\s/\\:][^:\\]*\.py"),
    "region": re.compile(r"[A-Za-z][\w-]*"),
    "timeout": re.compile(r"(?=.*[1-9])\d+(\.\d+)?"),
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
        collapse: What is folded away until a reader opens it, or nothing.
        title: A title for the code, or nothing.
        id: The id of the cell's element, or nothing.
        session: The namespace in which the cell runs, if it is not the page's own.
        file: The Python file that the code comes from, from the project's folder, or nothing.
        region: Its part between `[start:NAME]` and `[end:NAME]`, or nothing for all of it.
        expect: The name of the exception that must happen, or nothing.
        timeout: Seconds that the cell may take, besides what the page may; or 0.
        declared: What the cell depends on and nobody can see, in `deps`, `env` and `tools`.
    """

    source: Source = "above"
    result: Result = "rich"
    collapse: Collapse = ""
    title: str = ""
    id: str = ""
    session: str = ""
    file: str = ""
    region: str = ""
    expect: str = ""
    timeout: float = 0.0
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
    _check_together(given, where)
    shown = "none" if "hide" in given else ""
    return Options(
        source=cast("Source", shown or given.get("source", "above")),
        result=cast("Result", shown or given.get("result", "rich")),
        collapse=cast("Collapse", given.get("collapse", "")),
        title=given.get("title", ""),
        id=given.get("id", ""),
        session=given.get("session", ""),
        file=given.get("file", ""),
        region=given.get("region", ""),
        expect=given.get("expect", ""),
        timeout=float(given.get("timeout", 0)),
        declared=declared(**{name: given.get(name, "").split() for name in NAMES}),
    )


def _checked(key: str, value: str | None, where: str) -> str:
    known = _VALUES[key]
    if value is None:
        if key in _ALONE:
            return _ALONE[key]
        raise ScanError(f"option {key!r} needs a value", where=where, fix=f'Write {key}="…".')
    # In braces an attribute without a value may be written as its own name: `{.python exec}`.
    if key in _ALONE and value == key:
        return _ALONE[key]
    if known and value not in known:
        raise ScanError(
            f"unknown value {value!r} of option {key!r}",
            where=where,
            fix=did_you_mean(value, known),
        )
    shape = _SHAPES.get(key)
    if shape and not shape.fullmatch(value):
        raise ScanError(f"{value!r} cannot be the {key!r} of a cell", where=where)
    return value


def _check_together(given: dict[str, str], where: str) -> None:
    """See that no option says what another makes pointless."""
    if "region" in given and "file" not in given:
        raise ScanError("a region needs the file that it is in", where=where, fix='Add file="…".')
    for key in _HIDDEN if "hide" in given else ():
        if key in given:
            raise ScanError(f"a hidden cell shows nothing, so it has no {key!r}", where=where)
    if given.get("source") == "tabbed" and "collapse" in given:
        raise ScanError("what stands in tabs cannot be collapsed", where=where)
