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


@dataclass(frozen=True)
class Option:
    """What a fence may say.

    Attributes:
        does: What it does, in a sentence without its end.
        choices: The values that it may have; empty where any text will do that `shape` allows.
        alone: What it says when it stands without a value; empty if it must have one.
        shape: What its value must look like.
        example: A value, where there is no list of them.
    """

    does: str
    choices: tuple[str, ...] = ()
    alone: str = ""
    shape: str = ".*"
    example: str = ""


_YES = ("on", "yes", "true", "1")
OPTIONS = {
    "exec": Option("runs the fence", _YES, alone="on"),
    "source": Option(
        "says where the code stands: above its output, below it, in a tab beside it, or nowhere",
        ("above", "below", "tabbed", "none"),
    ),
    "result": Option(
        "says how the output is shown: in its richest form, as text, as HTML, as Markdown, or not",
        ("rich", "text", "html", "markdown", "none"),
    ),
    "hide": Option("runs the cell and shows nothing of it", _YES, alone="on"),
    "collapse": Option(
        "folds the code, the output or both away", ("code", "output", "all"), alone="code"
    ),
    "title": Option("is a title on the code", example="Fit the model"),
    "id": Option(
        "is the id of the cell's element, once a page, and what ids in its output begin with",
        shape=r"[^\s\"'<>&]+",
        example="fit",
    ),
    "session": Option(
        "runs the cell in another namespace of the page",
        shape=r"[A-Za-z][\w-]*",
        example="second",
    ),
    "file": Option(
        "takes the code from a Python file of the project; the fence stays empty",
        shape=r"[^\s/\\:][^:\\]*\.py",
        example="examples/fit.py",
    ),
    "region": Option(
        "takes only a part of that file, between `[start:NAME]` and `[end:NAME]` in comments",
        shape=r"[A-Za-z][\w-]*",
        example="model",
    ),
    "expect": Option(
        "names the exception that must happen, and is shown in short",
        shape=r"[A-Za-z_][\w.]*",
        example="ValueError",
    ),
    "timeout": Option(
        "is the seconds that the cell may take, besides what the page may",
        shape=r"(?=.*[1-9])\d+(\.\d+)?",
        example="300",
    ),
    "deps": Option(
        "names files that the cell depends on and nobody can see",
        shape=r"\s*\S.*",
        example="data/*.csv",
    ),
    "env": Option(
        "names environment variables that it depends on",
        shape=r"\s*\w+(\s+\w+)*\s*",
        example="TZ",
    ),
    "tools": Option(
        "names programs whose version it depends on",
        shape=r"\s*[^\s/][^\s]*(\s+[^\s/][^\s]*)*\s*",
        example="git",
    ),
}
# What markdown-exec's users may write, and what to do instead.
FORMER = {
    "html": 'Write result="html".',
    "idprefix": "Leave it out: ids are made unique by themselves.",
    "returncode": 'Write expect="…", with the name of the exception.',
    "tabs": 'Write source="tabbed".',
    "updatetoc": "Leave it out: what a cell prints has no entry in the table of contents.",
    "width": "Leave it out, and wrap the text in the cell.",
    "workdir": "Leave it out: cells run in the project's folder.",
}
# What `hide` says already.
_HIDDEN = ("source", "result", "collapse", "title")
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
        if key not in OPTIONS:
            fix = FORMER.get(key) or did_you_mean(key, OPTIONS)
            raise ScanError(f"unknown option {key!r}", where=where, fix=fix)
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
    option = OPTIONS[key]
    # In braces an attribute without a value may be written as its own name: `{.python exec}`.
    if option.alone and value in (None, key):
        return option.alone
    if value is None:
        raise ScanError(f"option {key!r} needs a value", where=where, fix=f'Write {key}="…".')
    if option.choices and value not in option.choices:
        raise ScanError(
            f"unknown value {value!r} of option {key!r}",
            where=where,
            fix=did_you_mean(value, option.choices),
        )
    if not re.fullmatch(option.shape, value):
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
