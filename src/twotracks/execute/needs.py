"""What a reader has to install for a page's code, found from what the code imports."""

from __future__ import annotations

import ast
import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twotracks.execute.distributions import distributions_that_hold
from twotracks.execute.script import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twotracks.execute.scan import Page
    from twotracks.execute.wheel import Wheel


@dataclass(frozen=True)
class Needs:
    """What there is to install before some code can run.

    Attributes:
        requirements: As pip takes them, sorted.
        python: The Pythons that it runs on, such as `>=3.11`, or nothing.
    """

    requirements: tuple[str, ...] = ()
    python: str = ""

    @property
    def command(self) -> str:
        """The command that installs it; nothing if there is nothing to install."""
        quoted = [f'"{each}"' if shlex.quote(each) != each else each for each in self.requirements]
        return f"pip install {' '.join(quoted)}" if quoted else ""

    @property
    def block(self) -> str:
        """It as inline script metadata (PEP 723), which `uv run` and `pipx run` read."""
        python = [f'# requires-python = "{self.python}"'] if self.python else []
        listed = [f'#     "{each}",' for each in self.requirements]
        middle = ["# dependencies = [", *listed, "# ]"] if listed else ["# dependencies = []"]
        return "\n".join(["# /// script", *python, *middle, "# ///"])


def needs_of(page: Page, carried: Mapping[str, str], wheel: Wheel | None) -> Needs:
    """What a page's script and notebook need.

    Args:
        page: What `scan` found in it, or one session of that.
        carried: The files that go with its script, by name; those in Python may import, too.
        wheel: That of the project, if it publishes one.
    """
    sources = [cell.source for cell in page.cells]
    sources += [text for name, text in carried.items() if name.endswith(".py")]
    functions = [each.name.partition(":")[0] for each in page.producers if ":" in each.name]
    return _needs({*functions, *imported(sources)}, page.needs, wheel)


def needs_of_script(source: str, wheel: Wheel | None) -> Needs:
    """What a Python file needs."""
    return _needs(imported([source]), (), wheel)


def imported(sources: Iterable[str]) -> set[str]:
    """The full names of what code imports, wherever in it; what is no Python imports nothing.

    >>> sorted(imported(["import a.b", "from c import d"]))
    ['a.b', 'c', 'c.d']
    """
    found = set()
    for source in sources:
        tree = parsed(source)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _needs(names: set[str], more: Iterable[str], wheel: Wheel | None) -> Needs:
    tops = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    own = tops & wheel.modules if wheel else frozenset()
    found = {*distributions_that_hold(tops - own), *more}
    if wheel and own:
        found.add(wheel.requirement(wheel.extras_of(names)))
    return Needs(tuple(sorted(found)), wheel.python if wheel else "")
