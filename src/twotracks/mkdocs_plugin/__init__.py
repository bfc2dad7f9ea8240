"""The engine in MkDocs: a fence, inline values, and the plugin that runs all pages first."""

from __future__ import annotations

from twotracks.errors import require

require("engine", "markdown", "pymdownx", "yaml")

from twotracks.mkdocs_plugin.plugin import TwoTracksPlugin  # noqa: E402 - after what it needs

__all__ = ["TwoTracksPlugin"]
