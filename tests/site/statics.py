"""What can be told of a built site without a browser: its links, its ids, its HTML, its bytes."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import html5lib
from html5lib.constants import E as MESSAGES

from tests.site.serving import base_of, file_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_HERE = "http://site"
# What scripts read: the step of a player, the trouble of an explorer.
_FOR_SCRIPTS = re.compile(r"[\w-]+=.*")
_SOURCES = ("src", "href", "data")


@dataclass
class Parsed:
    """The ids of a page, and the addresses that it names."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Parsed()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.found.ids.append(str(given["id"]))
        if tag == "link" and given.get("rel") in ("canonical", "next", "prev"):
            return
        self.found.links += [str(given[name]) for name in _SOURCES if given.get(name)]


@cache
def parsed(file: Path) -> Parsed:
    """What stands in a page."""
    parser = _Parser()
    parser.feed(file.read_text(encoding="utf-8"))
    return parser.found


def page_files(root: Path) -> list[Path]:
    """All pages of a site."""
    return sorted(root.rglob("*.html"))


def path_of(root: Path, file: Path) -> str:
    """A page's path below the home page, as readers see it: `see/`."""
    path = file.relative_to(root).as_posix()
    return path.removesuffix("index.html")


def broken_links(root: Path) -> list[str]:
    """The addresses in a site's pages that nothing answers, as `page: address`."""
    base = base_of(root)
    return [
        f"{path_of(root, file)}: {address}"
        for file in page_files(root)
        for address in parsed(file).links
        if not _answered(root, base, base + path_of(root, file), address)
    ]


def _answered(root: Path, base: str, page: str, address: str) -> bool:
    url, fragment = urldefrag(urljoin(_HERE + page, address.strip()))
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" != _HERE:
        return True  # another host, mail, or data
    target = file_of(root, parts.path[len(base) :]) if parts.path.startswith(base) else None
    if target is None:
        return False
    if not fragment or target.suffix != ".html" or _FOR_SCRIPTS.fullmatch(fragment):
        return True
    return unquote(fragment) in parsed(target).ids


def repeated_ids(file: Path) -> list[str]:
    """The ids that stand twice in a page."""
    return [one for one, times in Counter(parsed(file).ids).items() if times > 1]


def html_errors(file: Path) -> list[str]:
    """Where a page departs from the grammar of HTML, by html5lib's parser, as `line: what`."""
    parser = html5lib.HTMLParser()
    parser.parse(file.read_text(encoding="utf-8"))
    return [f"line {at[0]}: {MESSAGES[code] % data}" for at, code, data in parser.errors]


def invalid(jar: Path, root: Path) -> list[str]:
    """What the W3C's checker says of all pages, as `page: line: what`."""
    options = ("--format", "json", "--stdout", "--exit-zero-always", "--skip-non-html")
    done = subprocess.run(
        ["java", "-jar", str(jar), *options, str(root)], capture_output=True, text=True, check=True
    )
    errors = [one for one in json.loads(done.stdout)["messages"] if one["type"] == "error"]
    return [
        f"{path_of(root, Path(one['url'].removeprefix('file:')))}: "
        f"line {one['lastLine']}: {one['message']}"
        for one in errors
    ]


def packed(files: Iterable[Path]) -> int:
    """The bytes of files, each with gzip."""
    return sum(len(gzip.compress(file.read_bytes(), 6, mtime=0)) for file in files)
