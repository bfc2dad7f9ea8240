"""The front matter of a page: where it ends, and the producers that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from twotracks.execute.declared import NAMES, Declared, declared
from twotracks.execute.errors import ScanError

# As MkDocs reads it, so that both agree on where a page's text begins.
_FRONT_MATTER = re.compile(r"^-{3}[ \t]*\n(.*?\n)(?:\.{3}|-{3})[ \t]*\n", re.DOTALL)

_EXAMPLES = {
    "producers": ("scripts and functions", '[examples/run.py, "package.module:function"]'),
    "deps": ("files", '["data/*.csv"]'),
    "env": ("environment variables", "[LANG]"),
    "tools": ("programs", "[git]"),
}


@dataclass(frozen=True)
class Producer:
    """A script (`examples/run.py`) or function (`package.module:function`), and the line of it."""

    name: str
    line: int


def front_matter(text: str, path: str) -> tuple[int, tuple[Producer, ...], Declared]:
    """How many lines the front matter has, its producers in order, and what it declares.

    Raises:
        ScanError: `producers`, `deps`, `env` or `tools` is not a list of names.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        return 0, (), Declared()
    # Here, because only pages with front matter need it, and a reader who copies a cell that
    # imports this package may not have it.
    import yaml  # noqa: PLC0415

    try:
        node = yaml.compose(match[1], Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return 0, (), Declared()  # a rule and some text, to MkDocs and so to us
    if not isinstance(node, yaml.MappingNode):
        return 0, (), Declared()
    found: dict[str, Producer] = {}
    names: dict[str, list[str]] = {}
    for key, value in node.value:
        if key.value not in _EXAMPLES:
            continue
        if not isinstance(value, yaml.SequenceNode):
            raise _not_a_list(key.value, path, key.start_mark.line + 2)
        for item in value.value:
            line = item.start_mark.line + 2
            if not isinstance(item, yaml.ScalarNode) or not item.value:
                raise _not_a_list(key.value, path, line)
            if key.value in NAMES:
                names.setdefault(key.value, []).append(item.value)
            else:
                found.setdefault(item.value, Producer(item.value, line))
    return match[0].count("\n"), tuple(found.values()), declared(**names)


def _not_a_list(key: str, path: str, line: int) -> ScanError:
    what, example = _EXAMPLES[key]
    return ScanError(
        f"{key} is a list of {what}", where=f"{path}:{line}", fix=f"Write {key}: {example}."
    )
