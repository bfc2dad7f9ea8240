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
from twotracks.execute.errors import CellFailed
from twotracks.execute.outputs import CellRecord
from twotracks.execute.render import opening_tag, render_cell, render_error
from twotracks.mkdocs_plugin.later import stub
from twotracks.mkdocs_plugin.state import place_of, state_of

if TYPE_CHECKING:
    from twotracks.execute import Page, PageRecord
    from twotracks.mkdocs_plugin.state import PageState


# How Markdown that cells show is read: not with the extensions of the site, which look for the
# page's own text, number its footnotes and check its links.
MARKDOWN = ("admonition", "attr_list", "def_list", "tables", "pymdownx.superfences")


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
        if state.problems is None:
            raise state.failure(str(error)) from error
        state.problems.append(str(error))
        return render_error(str(error))
    except Exception as error:  # superfences would swallow it, and build a broken page
        raise state.failure(f"{type(error).__name__}: {error}") from error


def _show(state: PageState, source: str, language: str) -> str:
    if state.problems is not None and state.unread:  # whoever scanned it tells of that
        return _highlighted(state, source, language, "")
    number = state.next_cell(source)
    cell = state.page.cells[number]
    title = "" if cell.options.collapse in ("code", "all") else cell.options.title
    hidden = cell.options.source == "none"
    code = "" if hidden else _highlighted(state, cell.shown, language, title)
    if state.later is None:
        html = whole_cell(code, state.page, number, state.record, state.error)
        return state.put(html, place_of(state.page, number))
    state.later[number] = code
    return stub(state.page.path, number, opening_tag(cell.options, number), code)


def whole_cell(
    code: str, page: Page, number: int, record: PageRecord, error: TwoTracksError | None = None
) -> str:
    """A cell with what it showed.

    Args:
        code: Its code as HTML.
        page: Its page.
        number: Its place on the page.
        record: What the page showed, as far as it ran.
        error: Why it ran no further.
    """
    cell = page.cells[number]
    ran = record.cells[number : number + 1] or (CellRecord(cell.source, cell.line),)
    mine = isinstance(error, CellFailed) and error.step == cell.line
    return render_cell(
        code,
        ran[0],
        cell.options,
        number=number,
        error=render_error(str(error)) if mine else "",
        markdown=markdown_to_html,
    )


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
    return markdown.markdown(text, extensions=list(MARKDOWN))
