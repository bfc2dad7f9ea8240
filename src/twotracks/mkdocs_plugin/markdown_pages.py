"""Each page as a Markdown file, and `llms.txt`, which lists them for language models.

See https://llmstxt.org. A page's file has the path of its source, so that links between pages lead
from file to file.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

from markdown import Markdown
from mkdocs.structure.nav import Section

from twotracks.mkdocs_plugin.api import with_signatures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import File
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

LIST = "llms.txt"
LOOSE = "Pages"
"""The section of pages that the navigation has in none."""
_SNIPPETS = "pymdownx.snippets"
_BOX = re.compile(r"\s*</?(?:div|section|figure)\b[^>]*>\s*")
_ATTRIBUTES = re.compile(r"\s*\{:?\s*[.#][^{}`]*\}\s*(?=$|[\s.,;:])")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_NOTEBOOK_LINK = re.compile(r"(?<=\]\()(?P<path>[^()\s#?:]+\.ipynb)(?=[#)\s])")


def markdown_uri(file: File) -> str:
    """Where a page's Markdown lies in the site.

    That of a notebook lies beside its page: its links are those of the page.
    """
    if file.src_uri.endswith(".md"):
        return file.src_uri
    name = f"{posixpath.splitext(posixpath.basename(file.src_uri))[0]}.md"
    return posixpath.join(posixpath.dirname(file.dest_uri), name)


@dataclass
class MarkdownPages:
    """What all pages of one build need to become Markdown.

    Attributes:
        config: MkDocs' configuration.
        notebooks: The pages that are notebooks, by their source's path.
    """

    config: MkDocsConfig
    notebooks: dict[str, File] = field(default_factory=dict)
    _described: dict[str, tuple[str, str]] = field(default_factory=dict)

    def prose(self, page: Page, text: str) -> str:
        """A piece of a page's prose with its snippets, and lists for mkdocstrings."""
        if "--8<--" in text and _SNIPPETS in self.config.markdown_extensions:
            settings: dict[str, Any] = self.config.mdx_configs.get(_SNIPPETS, {})
            md = Markdown(extensions=[_SNIPPETS], extension_configs={_SNIPPETS: settings})
            text = "\n".join(md.preprocessors["snippet"].run(text.split("\n")))
        text = with_signatures(_without_layout(text), self.config)
        return _NOTEBOOK_LINK.sub(lambda link: self._leading(page, link["path"]), text)

    def _leading(self, page: Page, path: str) -> str:
        """The link to a notebook as one to its Markdown."""
        folder = posixpath.dirname(page.file.src_uri)
        notebook = self.notebooks.get(posixpath.normpath(posixpath.join(folder, path)))
        return posixpath.relpath(markdown_uri(notebook), folder or ".") if notebook else path

    def describe(self, page: Page, title: str, description: str) -> None:
        """Note what a page is called, and what it says that it holds."""
        self._described[page.file.src_uri] = title or str(page.title or ""), description

    def listed(self, nav: Navigation) -> str:
        """The text of `llms.txt`: a section for each of the navigation."""
        config = self.config
        parts = [f"# {config.site_name}"]
        parts += [f"> {config.site_description}"] if config.site_description else []
        sections: dict[str, list[str]] = {}
        for item in nav.items:
            title = item.title if isinstance(item, Section) else LOOSE
            sections.setdefault(str(title), []).extend(map(self._line, _pages(item)))
        for title, lines in sections.items():
            parts += [f"## {title}", "\n".join(lines)]
        return "\n\n".join(parts) + "\n"

    def _line(self, page: Page) -> str:
        title, description = self._described.get(page.file.src_uri, (str(page.title or ""), ""))
        address = urljoin(self.config.site_url or "", quote(markdown_uri(page.file)))
        return f"- [{title}]({address})" + (f": {description}" if description else "")


def _without_layout(text: str) -> str:
    """Prose without the elements and attributes that lay it out on a page."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if not fence and (_BOX.fullmatch(line) or _ATTRIBUTES.fullmatch(line)):
            continue
        if not fence and not line.strip() and lines and not lines[-1].strip():
            continue
        lines.append(line if fence or mark else _ATTRIBUTES.sub("", line))
        if mark and not fence:
            fence = mark[1]
        elif line.strip() == fence:
            fence = ""
    return "\n".join(lines)


def _pages(item: Any) -> Iterator[Page]:
    """All pages of a part of the navigation; it may also be a link to elsewhere."""
    for child in item.children or ():
        yield from _pages(child)
    if item.is_page:
        yield item
