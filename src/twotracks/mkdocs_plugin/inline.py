"""Inline values: a Markdown extension that puts `` `{python} expression:.2f` `` into the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from markdown.extensions import Extension
from markdown.inlinepatterns import BACKTICK_RE, InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from twotracks.errors import TwoTracksError
from twotracks.execute.scan import code_span, inline_text
from twotracks.mkdocs_plugin.state import PageState, check_alone, first_of, set_state, state_of

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from markdown import Markdown

_PENDING = "data-tt-pending"
_PLACED = "data-tt-value"


class ValueExtension(Extension):
    """Inline values, and the state of the page for the fence.

    Args:
        state: Makes the state of a page; without it the fence and the values stand alone.
    """

    def __init__(self, state: Callable[[Markdown], PageState] | None = None) -> None:
        super().__init__()
        self._state = state
        self._md: Markdown | None = None

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        self._md = md
        md.registerExtension(self)
        # Before all other patterns (code spans are at 190), and right after they are done (20).
        md.inlinePatterns.register(_Values(BACKTICK_RE, md), "twotracks_values", 195)
        md.treeprocessors.register(_Placed(md), "twotracks_values", 19)
        if self._state is None:
            check_alone(md)

    def reset(self) -> None:
        """Markdown calls this before each page."""
        if self._state and self._md:
            set_state(self._md, self._state(self._md))


class _Values(InlineProcessor):
    """Replaces a code span that is an inline value, and steps over all others."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - Markdown's name
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int, int]:
        span = code_span(data, m.start())
        ticks = len(data[m.start() :]) - len(data[m.start() :].lstrip("`"))
        if span is None:
            return None, m.start(), m.start() + max(ticks, 1)
        content, end = span
        text = inline_text(content) if ticks == 1 else None
        return (self._element(text) if text else None), m.start(), end

    def _element(self, text: str) -> Element:
        element = Element("span", {"class": "tt-value"})
        state = state_of(self.md)
        try:
            element.text, number = _value(state, text)
        except TwoTracksError as error:
            if state.problems is None:
                raise state.failure(str(error)) from error
            state.problems.append(str(error))
            element.set("class", "tt-value tt-error")
            element.text = AtomicString(str(error))
        else:
            element.set(_PENDING, str(number))
        return element


def _value(state: PageState, text: str) -> tuple[AtomicString, int]:
    values = {inline.text: inline.value for inline in state.record.inlines}
    if state.unread:
        return AtomicString("?"), 0
    number = first_of(state.page, text)
    # Without a value the page failed: the error stands elsewhere, or ends the build.
    return AtomicString(values.get(text, "?")), number


class _Placed(Treeprocessor):
    """Marks the values that stand in the text.

    Markdown may put one elsewhere, such as into the text of an image: it is no element there, and
    so stays without a mark, and the page fails.
    """

    def run(self, root: Element) -> None:
        for element in root.iter("span"):
            number = element.attrib.pop(_PENDING, None)
            if number is not None:
                element.set(_PLACED, number)


def makeExtension(**_: Any) -> ValueExtension:  # noqa: N802 - Markdown's name
    """For `markdown_extensions: [twotracks.mkdocs_plugin.inline]`, where there is no plugin."""
    return ValueExtension()
