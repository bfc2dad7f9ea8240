"""The engine in MkDocs: a fence, inline values, and the plugin that runs all pages first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twotracks.errors import require

require("engine", "markdown", "pymdownx", "yaml")

if TYPE_CHECKING:
    from twotracks.mkdocs_plugin.plugin import TwoTracksPlugin

__all__ = ["TwoTracksPlugin"]


def __getattr__(name: str) -> Any:
    """The plugin, when somebody asks for it: the fence works where there is no MkDocs."""
    if name != "TwoTracksPlugin":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from twotracks.mkdocs_plugin.plugin import TwoTracksPlugin  # noqa: PLC0415

    return TwoTracksPlugin
