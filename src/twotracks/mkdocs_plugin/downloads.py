"""What readers take away of each page: a script, an executed notebook, and Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from mkdocs.utils import get_relative_url

from twotracks.execute.carried import carried_by
from twotracks.execute.exported import notebook_of
from twotracks.execute.markdown import markdown_of
from twotracks.execute.needs import needs_of
from twotracks.execute.script import script_of
from twotracks.execute.sessions import programs, record_of
from twotracks.mkdocs_plugin.beside import address_of, folder_of
from twotracks.mkdocs_plugin.markdown_pages import MarkdownPages, markdown_uri
from twotracks.mkdocs_plugin.notebooks import taken

if TYPE_CHECKING:
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page as SitePage

    from twotracks.execute import Page, PageRecord
    from twotracks.execute.needs import Needs
    from twotracks.execute.notebooks import Notebook
    from twotracks.execute.wheel import Wheel
    from twotracks.mkdocs_plugin.beside import Beside


@dataclass(frozen=True)
class _Link:
    """A link to one file: `a script`, where it is, and whether it is to be saved, not read."""

    kind: str
    address: str
    saved: bool = True


@dataclass(frozen=True)
class Downloads:
    """Writes what readers take away from the pages of one build.

    Attributes:
        root: The project's folder.
        beside: Writes files.
        programs: Whether there are scripts and notebooks.
        markdown: What pages need to become Markdown; None if they do not.
        wheel: The project's own, if the site publishes it.
    """

    root: Path
    beside: Beside
    programs: bool
    markdown: MarkdownPages | None
    wheel: Wheel | None

    def offer(self, page: SitePage, scanned: Page, record: PageRecord, files: Files) -> str:
        """Write a page's files into the site. Gives the lines of links to them, as HTML.

        Args:
            page: What MkDocs knows of the page.
            scanned: What there was to run on it.
            record: What it showed.
            files: What else there will be in the site.

        Raises:
            TwoTracksError: The site has another file in the place of one of them, or a file is not
                there that the page's script is to have.
        """
        text = page.file.content_string
        text = self.wheel.named(text) if self.wheel else text
        links: dict[str, list[_Link]] = {}
        if self.programs and scanned.downloads:
            links = self._write_programs(page, text, scanned, record, files)
        if self.markdown:
            pages = self.markdown
            written = markdown_of(text, scanned, record, prose=lambda part: pages.prose(page, part))
            own = links.setdefault("", [])
            own += self._write_markdown(page, scanned, written, files)
        return "".join(_line(session, some) for session, some in sorted(links.items()) if some)

    def offer_notebook(
        self, page: SitePage, notebook: Notebook, record: PageRecord, files: Files
    ) -> str:
        """As `offer`, for a page that is a notebook and has run."""
        links = []
        if self.programs:
            links.append(_Link("a notebook", address_of(page.file, notebook_name(page))))
        if self.markdown:
            written = self.markdown.prose(page, notebook.markdown(record))
            links += self._write_markdown(page, notebook.page, written, files)
        return _line("", links) if links else ""

    def write_notebook(
        self, page: SitePage, notebook: Notebook, record: PageRecord, *, source_too: bool
    ) -> None:
        """Write a page that is a notebook, executed, as `offer_notebook` links it.

        Args:
            page: What MkDocs knows of the page.
            notebook: The notebook.
            record: What it showed.
            source_too: Whether its renderer links a file beside the page.
        """
        folders = [self.beside.site / folder_of(page.file)] if self.programs else []
        folders += [Path(page.file.abs_dest_path).parent] if source_too else []
        text = taken(notebook, record, self.needs(notebook.page), page.canonical_url or "")
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / notebook_name(page)
            path.write_text(text, encoding="utf-8", newline="\n")

    def needs(self, scanned: Page) -> Needs:
        """What there is to install for a page's code."""
        return needs_of(scanned, carried_by(scanned, self.root), self.wheel)

    def _write_programs(
        self, page: SitePage, text: str, scanned: Page, record: PageRecord, files: Files
    ) -> dict[str, list[_Link]]:
        """Write the scripts and notebooks of a page. Gives the links to those of each session."""
        name = PurePosixPath(page.file.src_uri).stem
        contents: dict[str, str] = {}
        links: dict[str, list[_Link]] = {}
        carried = carried_by(scanned, self.root)
        address = page.canonical_url or ""
        for session, program in programs(scanned).items():
            if not program.cells:
                continue
            shown = record_of(record, scanned, session)
            needs = needs_of(program, carried, self.wheel)
            stem = f"{name}.{session}" if session else name
            for kind, ending, export in (
                ("a script", "py", script_of),
                ("a notebook", "ipynb", notebook_of),
            ):
                file = f"{stem}.{ending}"
                contents[file] = export(text, program, shown, address, needs=needs, carried=carried)
                links.setdefault(session, []).append(_Link(kind, address_of(page.file, file)))
        self.beside.write(page, contents, "download", where=scanned.path, files=files)
        return links

    def _write_markdown(
        self, page: SitePage, scanned: Page, text: str, files: Files
    ) -> list[_Link]:
        if self.markdown is None:
            return []
        self.markdown.describe(page, scanned.title, scanned.description)
        uri = markdown_uri(page.file)
        self.beside.put({uri: text}, "Markdown", where=scanned.path, files=files)
        return [_Link("Markdown", quote(get_relative_url(uri, page.url)), saved=False)]


def notebook_name(page: SitePage) -> str:
    """How the executed notebook is called that stands beside a page which is a notebook."""
    return f"{PurePosixPath(page.file.src_uri).stem}.ipynb"


def with_alternate(html: str, page: SitePage) -> str:
    """A whole page that tells programs where its Markdown is."""
    address = escape(quote(get_relative_url(markdown_uri(page.file), page.url)))
    # The space keeps Material from taking it for the page in another language, and from asking for
    # the map of that site.
    link = f'<link rel="alternate " type="text/markdown" href="{address}">'
    return html.replace("</head>", f"{link}</head>", 1)


def _line(session: str, links: list[_Link]) -> str:
    """A line of links; a session that is not the page's own is named."""
    what = escape(f"Session {session}" if session else "This page")
    shown = []
    for place, link in enumerate(links):
        saved = " download" if link.saved else ""
        # Each link says by itself where it leads.
        label = f' aria-label="{what} as {link.kind}"' if place else ""
        text = f"as {link.kind}" if place else f"{what} as {link.kind}"
        shown.append(f'<a href="{escape(link.address)}"{saved}{label}>{text}</a>')
    # For who wants the page's code, not for who searches for a word.
    return f'<p class="tt-downloads" data-search-exclude>{" · ".join(shown)}</p>'
