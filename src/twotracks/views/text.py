"""Text that comes from a run, made fit to stand in HTML, SVG and DOT."""

from __future__ import annotations

import re
from html import escape

import graphviz

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

# Only an ampersand that would be read as the start of an entity.
_ENTITY = re.compile(r"&(?=#?\w+;)")


def visible(text: str) -> str:
    """The text with a mark in place of what no page can hold, such as a terminal's colours."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def for_html(text: str) -> str:
    """Text as HTML."""
    return escape(visible(text))


def for_dot(text: str) -> str:
    """Text as a label in DOT: Graphviz reads backslashes and HTML entities in labels."""
    return str(graphviz.escape(_ENTITY.sub("&amp;", visible(text))))


def sentence(text: str) -> str:
    """Text with a full stop, if it has no other end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
