"""Run the cells of a page, and keep what they showed.

Three layers: *scan*, *run* and *store* know pages, cells and outputs; *render* turns a stored
record into HTML; an adapter (such as `twotracks.mkdocs_plugin`) puts it into somebody's site.
Nothing here knows a documentation tool, and what a page needs while it runs is standard library.
"""

from __future__ import annotations

from twotracks.execute.engine import Engine, Settings
from twotracks.execute.errors import CellFailed, ProducerFailed, ScanError
from twotracks.execute.frontmatter import Producer
from twotracks.execute.outputs import PageRecord
from twotracks.execute.producers import produced
from twotracks.execute.published import publish
from twotracks.execute.scan import Cell, Inline, Page, scan

__all__ = [
    "Cell",
    "CellFailed",
    "Engine",
    "Inline",
    "Page",
    "PageRecord",
    "Producer",
    "ProducerFailed",
    "ScanError",
    "Settings",
    "produced",
    "publish",
    "scan",
]
