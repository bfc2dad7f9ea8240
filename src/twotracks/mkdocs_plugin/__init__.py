"""The engine in MkDocs: a fence, inline values, and the plugin that runs all pages first."""

from __future__ import annotations

from twotracks.mkdocs_plugin.plugin import TwoTracksPlugin

__all__ = ["TwoTracksPlugin"]
