"""Make the ids of a piece of HTML unique, and whatever refers to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# A script, a style sheet, or a tag, which ends at the first `>` outside its attributes' values.
_PART = re.compile(
    r"""(?P<script><script\b.*?</script>)|(?P<style><style\b.*?</style>)"""
    r"""|<[A-Za-z](?:[^"'<>]|"[^"]*"|'[^']*')*>""",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"""(?<=[\s"'])(?P<name>[^\s"'<>=/]+)(?P<equals>\s*=\s*)"""
    r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'<>=`]+))"""
)
# Attributes that name one id or several.
_NAMES = re.compile(
    r"id|for|headers|list|form|itemref|aria-(?:labelledby|describedby|controls"
    r"|owns|details|flowto|activedescendant|errormessage)",
    re.IGNORECASE,
)


def unique_ids(html: str, prefix: str) -> str:
    """Put a prefix before every id that the HTML defines, and wherever it is referred to.

    References are attributes such as `aria-labelledby`, `href="#…"` and `url(#…)`, selectors in
    `<style>` and whole strings in `<script>`. What refers to another place stays as it is, and so
    does text that only looks like any of these.

    >>> unique_ids('<g id="a"/><use href="#a"/><use href="#b"/>', "p-")
    '<g id="p-a"/><use href="#p-a"/><use href="#b"/>'
    """
    ids = set(_ids(html))
    if not ids:
        return html
    any_id = "|".join(re.escape(name) for name in sorted(ids, key=len, reverse=True))
    in_script = re.compile(rf"""(["'])({any_id})(?=\1)""")
    in_style = re.compile(rf"#({any_id})(?![\w-])")
    in_url = re.compile(rf"""(url\(\s*(?:["']|&quot;|&\#39;)?)\#({any_id})(?=\s*["'&)])""")

    def attribute(match: re.Match[str]) -> str:
        value = _value(match)
        if _NAMES.fullmatch(match["name"]):
            new = " ".join(prefix + name if name in ids else name for name in value.split(" "))
        elif match["name"].lower() in ("href", "xlink:href") and value[1:] in ids:
            new = f"#{prefix}{value[1:]}" if value.startswith("#") else value
        else:
            new = in_url.sub(rf"\1#{prefix}\2", value)
        quote = match[0][-1] if match["bare"] is None else ""
        return f"{match['name']}{match['equals']}{quote}{new}{quote}"

    def part(match: re.Match[str]) -> str:
        tag, content = _tag(match)
        if match["script"]:
            content = in_script.sub(rf"\1{prefix}\2", content)
        elif match["style"]:
            content = in_style.sub(rf"#{prefix}\1", content)
        return _ATTRIBUTE.sub(attribute, tag) + content

    return _PART.sub(part, html)


def _ids(html: str) -> Iterator[str]:
    for part in _PART.finditer(html):
        for attribute in _ATTRIBUTE.finditer(_tag(part)[0]):
            if attribute["name"].lower() == "id" and _value(attribute):
                yield _value(attribute)


def _tag(part: re.Match[str]) -> tuple[str, str]:
    """A tag, and what of the part follows it."""
    end = part[0].index(">") if part["script"] or part["style"] else len(part[0])
    return part[0][:end], part[0][end:]


def _value(attribute: re.Match[str]) -> str:
    return attribute["double"] or attribute["single"] or attribute["bare"] or ""
