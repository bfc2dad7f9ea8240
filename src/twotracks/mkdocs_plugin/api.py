"""What mkdocstrings makes of `::: module`, as a plain list of signatures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig

_BLOCK = re.compile(
    r"^::: (?P<name>[\w.]+)[ \t]*\n?(?P<options>(?:(?:    .*)?(?:\n|\Z))*)", re.MULTILINE
)


def with_signatures(text: str, config: MkDocsConfig) -> str:
    """Markdown with a list of signatures in the place of each `:::`, if mkdocstrings reads them."""
    if not _BLOCK.search(text):
        return text
    plugin: Any = config.plugins.get("mkdocstrings")
    if plugin is None:
        return text
    handler = plugin.get_handler("python")
    return _BLOCK.sub(lambda block: f"{_listed(block, handler)}\n\n", text)


def _listed(block: re.Match[str], handler: Any) -> str:
    given = yaml.safe_load(block["options"]) or {}
    options = handler.get_options(given.get("options") or {})
    found = handler.collect(block["name"], options)  # read before, for the page
    wanted = options.members
    names = wanted if isinstance(wanted, list) else _offered(found)
    lines = [line for name in names for line in _lines(found.members[name])]
    return "\n".join(lines) or f"`{block['name']}`: {_first(found)}"


def _offered(found: Any) -> list[str]:
    """The names that a module means others to use: what `__all__` says, or what it defines."""
    if found.exports is not None:
        return [name for name in found.members if name in found.exports]
    return [name for name, member in found.members.items() if _open(name) and not member.is_alias]


def _lines(member: Any, indent: str = "") -> Iterator[str]:
    """A member, and in a class what it has, each with the first sentence that is said of it."""
    member = member.final_target if member.is_alias else member
    if member.is_module or (indent and not member.has_docstring):
        return
    kind = "class " if member.is_class else ""
    yield f"{indent}- `{kind}{_signature(member)}`: {_first(member)}".removesuffix(": ")
    if member.is_class:
        for name in _offered(member):
            yield from _lines(member.members[name], f"{indent}    ")


def _signature(member: Any) -> str:
    if member.is_function or member.is_class:
        return str(member.signature()) or str(member.name)
    return f"{member.name}: {member.annotation}" if member.annotation else str(member.name)


def _first(member: Any) -> str:
    """The first paragraph of a docstring, on one line."""
    text = member.docstring.value if member.docstring else ""
    return " ".join(text.strip().split("\n\n")[0].split())


def _open(name: str) -> bool:
    return not name.startswith("_")
