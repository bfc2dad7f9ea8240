"""What the theme's templates write that HTML does not have, put right as they are read.

A hook on finished pages would do as well, but then every page would be held back until its cells
have run, and pages that no Markdown file makes, such as 404.html, would be left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2.ext import Extension
from mkdocs.exceptions import PluginError

if TYPE_CHECKING:
    from jinja2 import Environment

# By template: what stands there, and what comes in its place.
_MENDS = {
    "base.html": [
        # No attribute of a checkbox.
        ('type="checkbox" id="__drawer" autocomplete="off"', 'type="checkbox" id="__drawer"'),
        ('type="checkbox" id="__search" autocomplete="off"', 'type="checkbox" id="__search"'),
    ],
    "partials/nav-item.html": [
        # Empty for a section, which is no number.
        (' tabindex="{{ tabindex }}"', '{% if tabindex %} tabindex="{{ tabindex }}"{% endif %}'),
    ],
    "partials/toc.html": [
        # The page of a section has no such box.
        (' for="__toc"', '{% if not (page.is_index and page.parent) %} for="__toc"{% endif %}'),
    ],
}


class Mends(Extension):
    """Changes the source of some templates before Jinja compiles them."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        for old, new in _MENDS.get(name or "", []):
            if old not in source:
                raise PluginError(
                    f"overrides/mends.py: the theme's {name} no longer has {old!r}: "
                    "look whether it still needs the mend"
                )
            source = source.replace(old, new)
        return source


def on_env(env: Environment, **_: object) -> Environment:
    """Have all templates pass through the mends."""
    env.add_extension(Mends)
    return env
