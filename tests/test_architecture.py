"""Arrows between the rooms go down only."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import twotracks

SOURCE = Path(twotracks.__file__).parent
# A room may import those on its line, and itself. Nothing else.
ROOMS = {
    "errors": set[str](),
    "json_reader": {"errors"},
    "markup_text": set(),
    "run": {"errors", "json_reader"},
    "outcomes": {"errors", "run"},
    "steps": {"errors", "run"},
    "verification": {"errors", "run", "steps"},
    "record": {"errors", "run", "outcomes", "steps", "verification"},
    "views": {"errors", "json_reader", "markup_text", "run", "record"},
    "pipelines": {"errors", "run", "record"},
    "execute": {"errors", "markup_text"},
    "mkdocs_plugin": {"errors", "execute", "views", "run", "record"},
    "check": {"errors", "execute"},
    "runnable": {"errors", "execute"},
    "cli": {"errors", "execute", "check", "pipelines", "views"},
}
# Run's three methods import the views when called.
EXCEPTIONS = {("run", "views")}
FILES = sorted(
    path
    for path in SOURCE.rglob("*.py")
    if "flight_delay" not in path.parts and path.name != "__main__.py"
)


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole name of what is imported"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_knows_only_what_is_below_it(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    for name in imports(path):
        top, *rest = name.split(".")
        if top == "twotracks":
            target = rest[0] if rest and rest[0] in ROOMS else "the package's front door"
            allowed = target == room or target in ROOMS[room] or (room, target) in EXCEPTIONS
            assert allowed, f"{room} imports {name}"
        if top in ("mkdocs", "material", "pymdownx", "markdown"):
            assert room == "mkdocs_plugin", f"{room} knows {top}"


@pytest.mark.parametrize(
    "room",
    ["errors", "json_reader", "markup_text", "run", "outcomes", "steps", "verification", "record"],
)
def test_record_uses_the_standard_library_only(room: str) -> None:
    for name in imports(SOURCE / f"{room}.py"):
        top = name.split(".")[0]
        typing_only = (room, top) == ("run", "pandas")
        assert top in sys.stdlib_module_names or top == "twotracks" or typing_only, name
