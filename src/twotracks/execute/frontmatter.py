"""The front matter of a page: where it ends, and what of it this engine reads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from twotracks.execute.declared import NAMES, Declared, declared
from twotracks.execute.errors import ScanError

# As MkDocs reads it, so that both agree on where a page's text begins.
_FRONT_MATTER = re.compile(r"^-{3}[ \t]*\n(.*?\n)(?:\.{3}|-{3})[ \t]*\n", re.DOTALL)

_EXAMPLES = {
    "producers": ("scripts and functions", '[examples/run.py, "package.module:function"]'),
    "deps": ("files", '["data/*.csv"]'),
    "env": ("environment variables", "[LANG]"),
    "tools": ("programs", "[git]"),
    "needs": ("packages", "[matplotlib]"),
    "files": ("files of the project", "[data/prices.csv]"),
}
_TEXTS = ("title", "description", "downloads")
# What is false in YAML.
_NO = ("false", "no", "off")


@dataclass(frozen=True)
class Producer:
    """A script (`examples/run.py`) or function (`package.module:function`), and the line of it."""

    name: str
    line: int


@dataclass(frozen=True)
class FrontMatter:
    """What a page's front matter says.

    Attributes:
        lines: How many lines it has; 0 if the page has none.
        producers: What runs once for all pages that name it, in order.
        declared: What the page depends on and nobody can see.
        needs: Packages that a reader has to install, besides those that the cells import.
        files: Files of the project that the page's script takes with it.
        title: The page's title, or nothing.
        description: What the page holds, in a sentence, or nothing.
        downloads: Whether its code is a program to take away. That of a page which shows the
            project's own files is none.
    """

    lines: int = 0
    producers: tuple[Producer, ...] = ()
    declared: Declared = field(default_factory=Declared)
    needs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    downloads: bool = True


def front_matter(text: str, path: str) -> FrontMatter:
    """Read the front matter at the beginning of a text.

    Raises:
        ScanError: `producers`, `deps`, `env`, `tools`, `needs` or `files` is not a list of names.
    """
    match = _FRONT_MATTER.match(text)
    node = _mapping(match[1]) if match else None
    if match is None or node is None:
        return FrontMatter()
    found: dict[str, Producer] = {}
    names: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    for key, value in node.value:
        if key.value in _TEXTS and value.id == "scalar":
            texts[key.value] = value.value
        if key.value not in _EXAMPLES:
            continue
        if value.id != "sequence":
            raise _not_a_list(key.value, path, key.start_mark.line + 2)
        for item in value.value:
            line = item.start_mark.line + 2
            if item.id != "scalar" or not item.value:
                raise _not_a_list(key.value, path, line)
            if key.value == "producers":
                found.setdefault(item.value, Producer(item.value, line))
            else:
                names.setdefault(key.value, []).append(item.value)
    return FrontMatter(
        lines=match[0].count("\n"),
        producers=tuple(found.values()),
        declared=declared(**{key: names.get(key, ()) for key in NAMES}),
        needs=tuple(dict.fromkeys(names.get("needs", ()))),
        files=tuple(dict.fromkeys(names.get("files", ()))),
        downloads=texts.pop("downloads", "true").lower() not in _NO,
        **texts,
    )


def _mapping(text: str) -> Any:
    """The keys and values of a front matter, each with its line; None if it has none."""
    # Here, because only pages with front matter need it, and a reader who copies a cell that
    # imports this package may not have it.
    import yaml  # noqa: PLC0415

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None  # a rule and some text, to MkDocs and so to us
    return node if isinstance(node, yaml.MappingNode) else None


def _not_a_list(key: str, path: str, line: int) -> ScanError:
    what, example = _EXAMPLES[key]
    return ScanError(
        f"{key} is a list of {what}", where=f"{path}:{line}", fix=f"Write {key}: {example}."
    )
