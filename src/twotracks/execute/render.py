"""Turn what a cell showed into HTML. Pure, and the same for every adapter."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from twotracks.execute.cut import gap, notice
from twotracks.execute.outputs import Bundle, Raised, Stream
from twotracks.execute.terminal import part, styled
from twotracks.execute.unique import unique_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twotracks.execute.options import Options
    from twotracks.execute.outputs import CellRecord, Output
    from twotracks.execute.terminal import Run, Style

# As nbconvert chooses.
RICHEST = (
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "text/latex",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "text/plain",
)
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
# What else the option `result` may ask for.
_WANTED = {
    "text": ("text/plain",),
    "html": ("text/html", "image/svg+xml", "text/plain"),
    "markdown": ("text/markdown", "text/plain"),
}


def preformatted(text: str) -> str:
    """Markdown that nobody renders is shown as it is written."""
    return f"<pre>{escape(text)}</pre>"


def render_cell(
    code: str,
    cell: CellRecord,
    options: Options,
    *,
    number: int,
    error: str = "",
    markdown: Callable[[str], str] = preformatted,
) -> str:
    """A cell as HTML: its highlighted code and its output, in the order that the options say.

    Args:
        code: The code as HTML, from whoever highlights the page's other code.
        cell: What it showed.
        options: Its fence's options.
        number: Its place among the cells of the page, from 0. Labels and ids are made of it.
        error: HTML to show in the place of the rest of its output.
        markdown: Turns Markdown output into HTML.
    """
    output = "" if options.result == "none" else render_outputs(cell, options, number, markdown)
    if options.collapse in ("code", "all"):
        code = _collapsed(code, options.title or "Code")
    if output and options.collapse in ("output", "all"):
        output = _collapsed(output, "Output")
    shown = f"{output}{error}"
    halves = {
        "above": [code, shown],
        "below": [shown, code],
        "tabbed": [_tabbed({"Code": code, "Output": shown}, number)] if shown else [code],
        "none": [shown],
    }[options.source]
    return f"{opening_tag(options, number)}{''.join(halves)}</div>"


def opening_tag(options: Options, number: int) -> str:
    """The tag with which the element of a cell begins: a `div`."""
    name = f' id="{escape(options.id)}"' if options.id else ""
    return f'<div class="tt-cell"{name} data-tt-cell="{number}">'


def render_outputs(
    cell: CellRecord,
    options: Options,
    number: int,
    markdown: Callable[[str], str] = preformatted,
) -> str:
    """All outputs of a cell as one element, or nothing if there is nothing to see."""
    parts = []
    for place, output in enumerate(cell.outputs):
        # Regions of a page are told apart by their labels.
        label = f"Output of cell {number + 1}" + (f", part {place + 1}" if place else "")
        part = _render(output, options, label, markdown)
        parts.append(unique_ids(part, _prefix(options, number, place)))
    shown = "".join(parts)
    # Outputs are evidence, not text that anybody searches for.
    return f'<div class="tt-output" data-search-exclude>{shown}</div>' if shown else ""


def _prefix(options: Options, number: int, place: int) -> str:
    """What tells the ids of an output from those of others; with a named cell, they are addresses.

    An address has to stay when a cell comes before it, or an output that has no ids.
    """
    if not options.id:
        return f"tt-{number + 1}-{place + 1}-"
    return f"{options.id}-" if place == 0 else f"{options.id}-{place + 1}-"


def _collapsed(html: str, title: str) -> str:
    return f'<details class="tt-collapsed"><summary>{escape(title)}</summary>{html}</details>'


def _tabbed(parts: dict[str, str], number: int) -> str:
    """Content tabs as pymdownx.tabbed makes them, so that a theme's style and script fit."""
    name = f"tt-tabs-{number + 1}"
    ids = {label: f"{name}-{label.lower()}" for label in parts}
    inputs = [
        f'<input{"" if place else " checked"} id="{ids[label]}" name="{name}" type="radio">'
        for place, label in enumerate(parts)
    ]
    labels = [f'<label for="{ids[label]}">{label}</label>' for label in parts]
    blocks = [f'<div class="tabbed-block">{html}</div>' for html in parts.values()]
    return (
        f'<div class="tabbed-set tabbed-alternate" data-tabs="{name}:{len(parts)}">'
        f'{"".join(inputs)}<div class="tabbed-labels">{"".join(labels)}</div>'
        f'<div class="tabbed-content">{"".join(blocks)}</div></div>'
    )


def render_error(message: str) -> str:
    """An error, in the place of what it kept from being shown."""
    return f'<div class="tt-error" role="alert"><pre>{escape(message)}</pre></div>'


def _render(output: Output, options: Options, label: str, markdown: Callable[[str], str]) -> str:
    if isinstance(output, Raised):
        text = f"{output.name}: {output.text}" if output.text else output.name
        return _text(text, "tt-raised", label)
    if isinstance(output, Stream):
        if options.result == "html" and output.name == "stdout":
            return _scroll(output.text, "tt-html", label)
        if options.result == "markdown" and output.name == "stdout":
            return f'<div class="tt-markdown">{markdown(output.text)}</div>'
        return _text(output.text, f"tt-{output.name}", label)
    return _bundle(output, options, label, markdown)


def _bundle(output: Bundle, options: Options, label: str, markdown: Callable[[str], str]) -> str:
    wanted = _WANTED.get(options.result, RICHEST)
    mime = next((mime for mime in wanted if mime in output.data), "")
    form = output.data.get(mime, "")
    forms: dict[str, Callable[[], str]] = {
        "text/plain": lambda: _text(form, "tt-result", label),
        "text/html": lambda: _scroll(form, "tt-html", label),
        "text/markdown": lambda: f'<div class="tt-markdown">{markdown(form)}</div>',
        "text/latex": lambda: f'<div class="tt-latex arithmatex">{escape(form)}</div>',
        "image/svg+xml": lambda: _scroll(_inline_svg(form, label), "tt-figure", label),
    }
    if mime in _IMAGES:
        return _scroll(_image(mime, form, output.metadata, label), "tt-figure", label)
    return forms[mime]() if mime else ""


def _image(mime: str, form: str, metadata: Mapping[str, Any], label: str) -> str:
    """A picture, with the size and the description that its object gave it."""
    of_form = metadata.get(mime)
    facts = {**metadata, **(of_form if isinstance(of_form, dict) else {})}
    size = [f' {name}="{facts[name]}"' for name in ("width", "height") if _is_size(facts.get(name))]
    alt = facts.get("alt") or label
    source = f"data:{mime};base64,{''.join(form.split())}"
    return f'<img src="{escape(source)}" alt="{escape(str(alt))}"{"".join(size)}>'


def _is_size(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _text(text: str, kind: str, label: str) -> str:
    if not text:
        return ""
    # The line break that HTML drops after <pre>.
    return f'<pre class="tt-text {kind}" {_region(label)}>\n{_terminal(text.rstrip())}</pre>'


def _terminal(text: str) -> str:
    """What a terminal would show of the text, without the middle if it is very long."""
    runs = styled(text)
    whole = "".join(piece for _, piece in runs)
    left_out = gap(whole)
    if left_out is None:
        return _pieces(runs)
    begin, end = left_out
    note = f'<span class="tt-cut">{escape(notice(whole[begin:end]))}</span>'
    beginning, ending = part(runs, 0, begin), part(runs, end, len(whole))
    return f"{_pieces(beginning)}\n{note}\n{_pieces(ending)}"


def _pieces(runs: Sequence[Run]) -> str:
    return "".join(_piece(style, text) for style, text in runs)


def _piece(style: Style, text: str) -> str:
    classes = _classes(style)
    return f'<span class="{classes}">{escape(text)}</span>' if classes else escape(text)


def _classes(style: Style) -> str:
    """One colour for each piece, so that text can be read: with a background it is that one's."""
    back = style.colour or "black" if style.inverse else style.back
    shown = {
        f"tt-ansi-{back or style.colour}": back or style.colour,
        "tt-ansi-back": back,
        "tt-ansi-bold": style.bold,
        "tt-ansi-underline": style.underline,
    }
    return " ".join(name for name, is_shown in shown.items() if is_shown)


def _scroll(html: str, kind: str, label: str) -> str:
    return f'<div class="tt-scroll {kind}" {_region(label)}>{html}</div>'


def _region(label: str) -> str:
    # What scrolls can be reached and named without a mouse.
    return f'tabindex="0" role="region" aria-label="{escape(label)}"'


def _inline_svg(svg: str, label: str) -> str:
    """An SVG file as an element of a page: no prolog, and something to say to a screen reader."""
    element = svg[max(svg.find("<svg"), 0) :]
    opening = element[: element.find(">")]
    if re.search(r"\s(?:role|aria-label(?:ledby)?|aria-hidden)=", opening):
        return element
    return element.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1)
