"""Make the ids of a piece of HTML unique, and whatever refers to them."""

from __future__ import annotations

import re

# Each begins with what is rare, and not with a look behind: they go through all that pages show.
_ID = re.compile(r"""id=(?<=[\s"']id=)(?P<quote>["'])(?P<id>[^"'<>\s]+)(?P=quote)""")
# Attributes that name one id or several.
_NAMES = re.compile(
    r"""(?P<space>\s)(?P<name>id|for|headers|list|form|itemref|aria-(?:labelledby|describedby|controls"""
    r"""|owns|details|flowto|activedescendant|errormessage))=(?P<quote>["'])(?P<ids>[^"'<>]*)"""
    r"(?P=quote)"
)
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE)


def unique_ids(html: str, prefix: str) -> str:
    """Put a prefix before every id that the HTML defines, and wherever it is referred to.

    References are attributes such as `aria-labelledby`, `href="#…"` and `url(#…)`, selectors in
    `<style>` and whole strings in `<script>`. What refers to another place stays as it is.

    >>> unique_ids('<g id="a"/><use href="#a"/><use href="#b"/>', "p-")
    '<g id="p-a"/><use href="#p-a"/><use href="#b"/>'
    """
    ids = {match["id"] for match in _ID.finditer(_SCRIPT.sub("", html))}
    if not ids:
        return html
    any_id = "|".join(re.escape(name) for name in sorted(ids, key=len, reverse=True))

    def renamed(match: re.Match[str]) -> str:
        names = [prefix + name if name in ids else name for name in match["ids"].split(" ")]
        return f"{match['space']}{match['name']}={match['quote']}{' '.join(names)}{match['quote']}"

    def in_script(match: re.Match[str]) -> str:
        return re.sub(rf"""(["'])({any_id})(?=\1)""", rf"\1{prefix}\2", match[0])

    def in_style(match: re.Match[str]) -> str:
        return re.sub(rf"#({any_id})(?![\w-])", rf"#{prefix}\1", match[0])

    html = _SCRIPT.sub(in_script, html)
    html = _STYLE.sub(in_style, html)
    html = _NAMES.sub(renamed, html)
    html = re.sub(rf"""(href=["'])#({any_id})(?=["'])""", rf"\1#{prefix}\2", html)
    return re.sub(rf"""(url\(\s*["']?)#({any_id})(?=["']?\s*\))""", rf"\1#{prefix}\2", html)
