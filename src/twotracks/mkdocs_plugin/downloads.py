"""Each page with cells as files beside it: a script and an executed notebook."""

from __future__ import annotations

from html import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from twotracks.execute.exported import notebook_of
from twotracks.execute.script import script_of
from twotracks.execute.sessions import programs, record_of
from twotracks.mkdocs_plugin.beside import address_of

if TYPE_CHECKING:
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page as SitePage

    from twotracks.execute import Page, PageRecord
    from twotracks.mkdocs_plugin.beside import Beside


def offer(page: SitePage, scanned: Page, record: PageRecord, beside: Beside, files: Files) -> str:
    """Write a page's files into the site. Gives the line of links to them, as HTML.

    Args:
        page: What MkDocs knows of the page.
        scanned: What there was to run on it.
        record: What it showed.
        beside: Writes them.
        files: What else there will be in the site.

    Raises:
        TwoTracksError: The site has another file in the place of one of them.
    """
    if not scanned.cells:
        return ""
    text = page.file.content_string
    name = PurePosixPath(page.file.src_uri).stem
    contents: dict[str, str] = {}
    for session, program in programs(scanned).items():
        if not program.cells:
            continue
        shown = record_of(record, scanned, session)
        stem = f"{name}.{session}" if session else name
        contents[f"{stem}.py"] = script_of(text, program, shown, page.canonical_url or "")
        contents[f"{stem}.ipynb"] = notebook_of(text, program, shown)
    beside.write(page, contents, "download", where=scanned.path, files=files)
    stems = dict.fromkeys(file.rpartition(".")[0] for file in contents)
    return "".join(_links(page, stem, name) for stem in stems)


def notebook_name(page: SitePage) -> str:
    """How the executed notebook is called that stands beside a page which is a notebook."""
    return f"{PurePosixPath(page.file.src_uri).stem}.ipynb"


def notebook_link(page: SitePage) -> str:
    """The line with the link to it, as HTML."""
    return (
        '<p class="tt-downloads" data-search-exclude>'
        f'<a href="{escape(quote(notebook_name(page)))}" download>This page as a notebook</a></p>'
    )


def _links(page: SitePage, stem: str, name: str) -> str:
    """A line of links to a script and a notebook; a session that is not the page's own is named."""
    what = "This page" if stem == name else f"Session {stem.removeprefix(f'{name}.')}"
    script, notebook = (escape(address_of(page.file, f"{stem}{end}")) for end in (".py", ".ipynb"))
    return (
        # For who wants the page's code, not for who searches for a word.
        '<p class="tt-downloads" data-search-exclude>'
        f'<a href="{script}" download>{escape(what)} as a script</a> · '
        f'<a href="{notebook}" download aria-label="{escape(what)} as a notebook">'
        "as a notebook</a></p>"
    )
