"""Which page a `Markdown` instance is rendering: the one thing that every builder tells its way."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown import Markdown


def page_of(md: Markdown) -> tuple[str, str] | None:
    """The path of the page's file and its text, or None if nobody says."""
    if "relpath" in md.treeprocessors:  # MkDocs, ProperDocs
        file = getattr(md.treeprocessors["relpath"], "file", None)
        return (file.abs_src_path or file.src_uri, file.content_string) if file else None
    zensical = sys.modules.get("zensical.extensions.context")
    context = zensical.ContextPreprocessor.from_markdown(md) if zensical else None
    if context is None:
        return None
    path = Path(context.config["docs_dir"], context.page.path).resolve()
    return str(path), path.read_text(encoding="utf-8-sig")
