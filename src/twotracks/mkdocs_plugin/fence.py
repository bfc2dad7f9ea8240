"""The fence: a formatter and a validator for pymdownx.superfences.

It works alone, in any builder that uses superfences:

    custom_fences:
      - name: python
        class: python
        validator: !!python/name:twotracks.mkdocs_plugin.fence.validator
        format: !!python/name:twotracks.mkdocs_plugin.fence.formatter
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import markdown

from twotracks.errors import TwoTracksError
from twotracks.execute.errors import CellFailed, ScanError
from twotracks.execute.outputs import CellRecord
from twotracks.execute.render import render_cell, render_error
from twotracks.mkdocs_plugin.state import state_of

if TYPE_CHECKING:
    from twotracks.mkdocs_plugin.state import PageState


def validator(
    language: str,  # noqa: ARG001 - superfences calls it so
    inputs: dict[str, str],
    options: dict[str, Any],  # noqa: ARG001
    attrs: dict[str, Any],  # noqa: ARG001
    md: markdown.Markdown,  # noqa: ARG001
) -> bool:
    """Take the fences that are to be executed, and leave all others to whom they belong.

    What the options say is the scanner's to judge: it knows the line.
    """
    return "exec" in inputs


def formatter(
    source: str,
    language: str,
    class_name: str,  # noqa: ARG001
    options: dict[str, Any],  # noqa: ARG001
    md: markdown.Markdown,
    **rest: Any,  # noqa: ARG001
) -> str:
    """The HTML of a cell: its code, highlighted like all other code, and what it showed."""
    state = state_of(md)
    try:
        return _show(state, source, language)
    except TwoTracksError as error:
        if state.serving:
            return render_error(str(error))
        raise state.failure(str(error)) from error
    except Exception as error:  # superfences would swallow it, and build a broken page
        raise state.failure(f"{type(error).__name__}: {error}") from error


def _show(state: PageState, source: str, language: str) -> str:
    record = state.record
    if isinstance(state.error, ScanError):  # under `serve`; it stands at the top of the page
        return _highlighted(state, source, language, "")
    number = state.next_cell(source)
    cell = state.page.cells[number]
    ran = record.cells[number] if number < len(record.cells) else CellRecord(source, cell.line)
    title = "" if cell.options.collapse in ("code", "all") else cell.options.title
    code = _highlighted(state, cell.shown, language, title)
    html = render_cell(
        code,
        ran,
        cell.options,
        number=number,
        error=_error_of(state, cell.line),
        markdown=markdown_to_html,
    )
    state.shown.append((html, code))
    return html


def _error_of(state: PageState, line: int) -> str:
    """The page's error as HTML, if it is this cell's."""
    error = state.error
    if isinstance(error, CellFailed) and error.step == line:
        return render_error(str(error))
    return ""


def _highlighted(state: PageState, source: str, language: str, title: str) -> str:
    fences: Any = state.md.preprocessors["fenced_code_block"]  # superfences', not Markdown's own
    html: str = fences.highlight(
        src=source,
        language=language,
        options={"title": title} if title else {},
        md=state.md,
        classes=[],
        id_value="",
        attrs={},
    )
    return html


def markdown_to_html(text: str) -> str:
    """Markdown that a cell showed, as HTML."""
    return markdown.markdown(text, extensions=["tables", "fenced_code"])
