"""Notebooks as pages: this engine runs them, and mkdocs-jupyter renders what is in them.

It reads files, so it is given a copy of each notebook with marks in the place of outputs; the
outputs come into its HTML from the renderer of all pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

from twotracks.errors import TwoTracksError
from twotracks.execute.errors import CellFailed
from twotracks.execute.exported import needs_cell
from twotracks.execute.notebooks import Notebook, new_notebook, read_notebook, written
from twotracks.execute.outputs import Bundle, CellRecord, PageRecord
from twotracks.execute.render import render_error, render_outputs
from twotracks.mkdocs_plugin.assets import asset
from twotracks.mkdocs_plugin.fence import markdown_to_html
from twotracks.mkdocs_plugin.jupyter_html import filled, mark, slim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

    from twotracks.execute import Engine
    from twotracks.execute.needs import Needs

RENDERER = "mkdocs-jupyter"
SHEET = "assets/twotracks/notebook.css"
_log = get_plugin_logger("twotracks")


@dataclass(frozen=True)
class _Outcome:
    """A notebook, if it could be read; what it showed; what is wrong."""

    notebook: Notebook | None
    record: PageRecord
    error: TwoTracksError | None = None

    @cached_property
    def outputs(self) -> dict[int, str]:
        """What the cells showed, as HTML, by their number; an error in the place where it came."""
        if self.notebook is None:
            return {}
        shown = {}
        for number, cell in enumerate(self.notebook.page.cells, 1):
            ran = self.record.cells[number - 1 : number] or (CellRecord(cell.source, cell.line),)
            html = render_outputs(ran[0], cell.options, number - 1, markdown_to_html)
            if isinstance(self.error, CellFailed) and self.error.step == cell.line:
                html += render_error(str(self.error))
            if html:
                shown[number] = html
        return shown

    @property
    def whole(self) -> tuple[Notebook, PageRecord] | None:
        """The notebook with what it showed, if it ran to its end."""
        return None if self.notebook is None or self.error else (self.notebook, self.record)

    def marked(self) -> str:
        """The notebook for mkdocs-jupyter, with a mark in each place where there is output."""
        if self.notebook is None:
            return written(new_notebook())
        cells = tuple(
            CellRecord("", 0, (Bundle({"text/html": mark(n)}),) if n in self.outputs else ())
            for n in range(1, len(self.notebook.places) + 1)
        )
        return written(self.notebook.executed(PageRecord(self.record.path, cells)))


class Notebooks:
    """The notebooks of one build.

    Args:
        config: MkDocs' configuration. Without mkdocs-jupyter in it there are no notebooks.
    """

    def __init__(self, config: MkDocsConfig) -> None:
        self._jupyter: Any = config.plugins.get(RENDERER)
        self._labels: dict[str, str] = {}
        self._read: dict[str, Notebook] = {}
        self._outcomes: dict[str, _Outcome] = {}
        self._rendered: dict[str, bool] = {}
        if self._jupyter and self._jupyter.config["execute"]:
            _log.info(f"{RENDERER} only renders: notebooks are executed here")
            self._jupyter.config["execute"] = False

    def choose(self, files: Iterable[File]) -> None:
        """Find out which of these files are notebooks: those that mkdocs-jupyter would render."""
        if self._jupyter is None:
            return
        judge = self._jupyter.should_include
        for file in files:
            # Before it is asked, because it reads each Markdown file first.
            wanted = _matches(file, self._jupyter.config["include"])
            self._rendered[file.src_uri] = wanted and judge(file)
        # A copy stands elsewhere, and is named as no pattern may expect.
        self._jupyter.should_include = lambda file: (
            self._rendered[file.src_uri] if file.src_uri in self._rendered else judge(file)
        )

    def renders(self, file: File) -> bool:
        """Whether mkdocs-jupyter renders this file."""
        return self._rendered.get(file.src_uri, False)

    def executes(self, file: File) -> bool:
        """Whether it is to be executed, too."""
        ignored = self.renders(file) and _matches(file, self._jupyter.config["execute_ignore"])
        return self.renders(file) and not ignored

    def read(self, file: File, label: str) -> Notebook:
        """Read the notebook in a file.

        Raises:
            ScanError: It cannot be read as one.
        """
        self._labels[file.src_uri] = label
        notebook = read_notebook(Path(file.abs_src_path or file.src_uri), label)
        self._read[file.src_uri] = notebook
        return notebook

    def add_sheet(self, files: Files, config: MkDocsConfig) -> None:
        """Add the style sheet to the files of a site that has notebooks."""
        if any(map(self.renders, files)):
            sheet = asset("notebook.css")
            files.append(File.generated(config, SHEET, content=sheet))

    def swap(self, file: File, engine: Engine, folder: Path) -> None:
        """Let mkdocs-jupyter read a copy of a notebook that is executed.

        Args:
            file: Of the page, from now on with another path; its name, its address and where it can
                be edited stay.
            engine: Has run the notebook.
            folder: For the copy.
        """
        outcome = self._outcomes[file.src_uri] = self._outcome(file, engine)
        copy = (folder / file.src_uri).with_suffix(".ipynb")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(outcome.marked(), encoding="utf-8")
        file.abs_src_path = str(copy)

    def _outcome(self, file: File, engine: Engine) -> _Outcome:
        notebook = self._read.get(file.src_uri)
        try:
            notebook = notebook or self.read(file, self._labels[file.src_uri])
            return _Outcome(notebook, engine.record(notebook.page))
        except CellFailed as error:
            return _Outcome(notebook, error.partial, error)
        except TwoTracksError as error:
            return _Outcome(notebook, PageRecord(self._labels[file.src_uri]), error)

    def content(self, file: File, html: str, put: Callable[[str, str], str]) -> str:
        """What mkdocs-jupyter rendered of a file, with the outputs and without its style sheets.

        Args:
            file: Of the page.
            html: What it rendered.
            put: Gives a part of it as it is to stand in the page. It is told where the part is.
        """
        outcome = self._outcomes.get(file.src_uri)
        if outcome is None:
            return put(slim(html), file.src_uri)
        label = self._labels[file.src_uri]
        outputs = {
            number: put(shown, f"{label}, cell {number}")
            for number, shown in outcome.outputs.items()
        }
        html = filled(put(slim(html), label), outputs)
        if outcome.error and 'class="tt-error"' not in html:
            html = render_error(str(outcome.error)) + html
        return html

    def record(self, file: File) -> PageRecord:
        """What a notebook showed, as far as it ran."""
        outcome = self._outcomes.get(file.src_uri)
        return outcome.record if outcome else PageRecord(file.src_uri)

    def whole(self, file: File) -> tuple[Notebook, PageRecord] | None:
        """A notebook that is executed with what it showed, if it ran to its end."""
        outcome = self._outcomes.get(file.src_uri)
        return outcome.whole if outcome else None


def taken(notebook: Notebook, record: PageRecord, needs: Needs, address: str) -> str:
    """The executed notebook as the text of an `.ipynb` file; it begins with what to install.

    Args:
        notebook: The notebook.
        record: What it showed.
        needs: What there is to install.
        address: Where its page can be read.
    """
    node = notebook.executed(record)
    first = needs_cell(needs, notebook.page.path, address)
    return written({**node, "cells": [first, *node.cells]})


def with_sheet(html: str, url: str) -> str:
    """A whole page that links the style sheet of notebooks.

    Args:
        html: The page.
        url: Its address, from the site's.
    """
    link = f'<link rel="stylesheet" href="{get_relative_url(SHEET, url)}">'
    return html.replace("</head>", f"{link}</head>", 1)


def _matches(file: File, patterns: Iterable[str]) -> bool:
    """As mkdocs-jupyter matches."""
    path = PurePath(file.abs_src_path or file.src_uri)
    return any(path.match(pattern) for pattern in patterns)
