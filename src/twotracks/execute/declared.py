"""What a page says it depends on, because nobody can see it: files, variables, tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# The names of the options of a fence, and of the keys of the front matter.
NAMES = ("deps", "env", "tools")


@dataclass(frozen=True)
class Declared:
    """Declared inputs, each once and sorted.

    Attributes:
        deps: Globs of files, from the project's folder.
        env: Names of environment variables.
        tools: Programs whose `--version` counts.
    """

    deps: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()

    @property
    def covers_processes(self) -> bool:
        """Whether the page says what the processes that it starts depend on."""
        return bool(self.deps or self.tools)


def declared(**names: Iterable[str]) -> Declared:
    """The declaration of these names, in any order.

    >>> declared(deps=["b", "a", "b"])
    Declared(deps=('a', 'b'), env=(), tools=())
    """
    return Declared(**{key: tuple(sorted(set(given))) for key, given in names.items()})


def together(all_of: Iterable[Declared]) -> Declared:
    """Everything that several declarations name."""
    known = list(all_of)
    return declared(**{key: [name for one in known for name in getattr(one, key)] for key in NAMES})
