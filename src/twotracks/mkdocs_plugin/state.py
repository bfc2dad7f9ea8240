"""What one `Markdown` instance knows about the page that it is rendering."""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor
from pymdownx.superfences import SuperFencesException

from twotracks.errors import TwoTracksError
from twotracks.execute import Engine, Page, PageRecord, scan
from twotracks.execute.configuration import project_of
from twotracks.execute.errors import CellFailed, ScanError
from twotracks.execute.pool import Pool
from twotracks.execute.project import label
from twotracks.mkdocs_plugin.page import page_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    from markdown import Markdown

_ELSEWHERE = "It must stand in the page itself, not in a snippet, a macro or a docstring."
_NAME = "twotracks"
_log = logging.getLogger("twotracks")
_CELL = re.compile(r' data-tt-cell="(\d+)"')
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_VALUE = re.compile(r' data-tt-value="(\d+)"')


class Mismatch(TwoTracksError):
    """The scanner and the builder saw different cells on a page."""


@dataclass
class PageState:
    """The page, its record, and how far the builder has come.

    Attributes:
        md: The instance that renders the page.
        engine: Gives the record. None if the fence stands alone, without the plugin.
        failure: What to raise; superfences lets nothing else through.
        rendered: Whether only the postprocessors are still to come.
        scan: Finds the cells of a text; a builder that needs them more than once may remember them.
        later: Takes the HTML of the code of each cell, by its place on the page, for whoever puts
            the rest of the cell in when it has run. None if a page is rendered at once.
        problems: Takes what is wrong, for whoever tells of all at once. None if it is raised.
        put: Gives the HTML of a cell as it is to stand in the page. It is told where the cell is.
    """

    md: Markdown
    engine: Engine | None = None
    failure: type[Exception] = SuperFencesException
    rendered: bool = False
    scan: Callable[[str, str, Path], Page] = scan
    later: dict[int, str] | None = None
    problems: list[str] | None = None
    put: Callable[[str, str], str] = lambda html, _: html
    _seen: Counter[str] = field(default_factory=Counter)

    @cached_property
    def _loaded(self) -> tuple[Engine, Page]:
        found = page_of(self.md)
        if found is None:
            raise Mismatch(
                "cannot tell which page is being built",
                fix="Executable cells need MkDocs or Zensical.",
            )
        path, text = found
        engine = self.engine or _engine_for(Path(path))
        root = engine.settings.root
        return engine, self.scan(text, label(path, root), root)

    @property
    def page(self) -> Page:
        """The page, scanned.

        Raises:
            TwoTracksError: Nobody says which page it is, or it cannot be scanned.
        """
        return self._loaded[1]

    @property
    def unread(self) -> ScanError | None:
        """Why the page cannot be scanned, if it cannot."""
        try:
            self._loaded  # noqa: B018 - for what it raises
        except ScanError as error:
            return error
        return None

    @cached_property
    def _outcome(self) -> tuple[PageRecord, TwoTracksError | None]:
        try:
            engine, page = self._loaded
            return engine.record(page), None
        except CellFailed as error:
            return error.partial, error
        except TwoTracksError as error:
            return PageRecord(""), error

    @property
    def error(self) -> TwoTracksError | None:
        """Why the page ran no further than what `record` holds."""
        return self._outcome[1]

    @property
    def record(self) -> PageRecord:
        """What the page showed, or what it showed until it failed.

        Raises:
            TwoTracksError: It failed, and nobody else tells of it.
        """
        record, error = self._outcome
        if error and self.problems is None:
            raise error
        return record

    def next_cell(self, source: str) -> int:
        """The place, among the page's cells, of the next cell with this in its fence.

        Raises:
            Mismatch: The scanner found none.
        """
        places = [n for n, cell in enumerate(self.page.cells) if cell.written == source]
        if not places:
            first = source.strip().split("\n")[0]
            raise Mismatch(
                f"the builder sees a cell that is not in the file: {first}",
                where=self.page.path,
                fix=_ELSEWHERE,
            )
        # A part of a page may be rendered again, for a list of what there is in a blog.
        count = self._seen[source] % len(places)
        self._seen[source] += 1
        return places[count]


def _engine_for(path: Path) -> Engine:
    """An engine for one page; the process that pages are forked from stays."""
    project = project_of(path)
    pool = _pool(project.settings.root, project.settings.preload)
    pool.refresh()
    return Engine(project.settings, cache=project.cache, notify=_log.warning, pool=pool)


@lru_cache(maxsize=1)
def _pool(root: Path, preload: tuple[str, ...]) -> Pool:
    # It ends with this process, however that ends.
    return Pool(root, preload)


def state_of(md: Markdown) -> PageState:
    """The state of the page that `md` renders: the plugin's, or that of a fence on its own."""
    if _NAME not in vars(md):
        set_state(md, PageState(md))
        check_alone(md)
    return cast("PageState", vars(md)[_NAME])


def place_of(page: Page, number: int) -> str:
    """Where the fence of a cell is, for messages."""
    return f"{page.path}:{page.cells[number].line - 1}"


def set_state(md: Markdown, state: PageState) -> None:
    """Begin a page."""
    vars(md)[_NAME] = state


def check_alone(md: Markdown) -> None:
    """Let `md` check its pages itself, for where there is no plugin to do so."""
    md.treeprocessors.register(_Rendered(md), _NAME, -1000)
    md.postprocessors.register(_Check(md), _NAME, -1000)


class _Rendered(Treeprocessor):
    """Notes that what comes now is the page: headings go through the postprocessors before."""

    def run(self, root: Element) -> None:  # noqa: ARG002
        if _NAME in vars(self.md):
            state_of(self.md).rendered = True


class _Check(Postprocessor):
    """Ends a page that had something to run."""

    def run(self, text: str) -> str:
        if _NAME not in vars(self.md) or not state_of(self.md).rendered:
            return text
        state = cast("PageState", vars(self.md).pop(_NAME))
        problems = check_marks(state.page, text)
        if problems:
            raise state.failure("\n".join(problems))
        return unmarked(text)


def unmarked(html: str) -> str:
    """The page without the marks that `check_marks` reads."""
    return _VALUE.sub("", _CELL.sub("", html)) if " data-tt-" in html else html


def check_marks(page: Page, html: str) -> list[str]:
    """What the scanner found in a page and its HTML does not show: one message each."""
    html = _COMMENT.sub("", html)
    cells = {int(number) for number in _CELL.findall(html)}
    values = Counter(int(number) for number in _VALUE.findall(html))
    problems = [
        f"{page.path}:{cell.line - 1}: this cell is not shown on the page. "
        "Is it indented so far that it is a code block, or in a comment?"
        for number, cell in enumerate(page.cells)
        if number not in cells
    ]
    for cell in page.cells:
        name = cell.options.id
        if name and html.count(f' id="{name}"') > 1:
            problems.append(
                f"{page.path}:{cell.line - 1}: id={name!r} is that of something else on the page, "
                "such as a heading."
            )
    for inline in page.inlines:
        number = first_of(page, inline.text)
        values[number] -= 1
        if values[number] < 0:
            problems.append(
                f"{page.path}:{inline.line}: the inline value {inline.text!r} is not shown on the "
                "page. It works in text: not in raw HTML, an attribute, the text of an image or a "
                "code block."
            )
    return problems


def first_of(page: Page, text: str) -> int:
    """The place of the first inline value with this expression; its mark on the page.

    Raises:
        Mismatch: The scanner found none.
    """
    for number, inline in enumerate(page.inlines):
        if inline.text == text:
            return number
    raise Mismatch(
        f"the builder sees an inline value that is not in the file: {text}",
        where=page.path,
        fix=_ELSEWHERE,
    )
