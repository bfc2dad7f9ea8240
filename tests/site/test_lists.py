"""The pages that lead to others: all examples, and the one for an address that is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from tests.site.conftest import ROOT
from tests.site.serving import file_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.site.conftest import OpenTab
    from tests.site.serving import Server

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def links(html: str) -> list[str]:
    article = html[html.index("<article") : html.index("</article")]
    return re.findall(r'<a [^>]*?href="([^"#]+)"', article)


def test_every_example_can_be_downloaded(site: Path) -> None:
    html = (site / "examples" / "index.html").read_text()
    assert EXAMPLES
    for example in EXAMPLES:
        assert f'<a href="{example.name}" download>' in html
        assert (site / "examples" / example.name).read_text() == example.read_text()


def test_every_page_that_offers_files_is_listed_with_them(site: Path) -> None:
    listed = {
        urljoin("/examples/", link) for link in links((site / "examples/index.html").read_text())
    }
    offered = {
        urljoin(f"/{page.parent.relative_to(site).as_posix()}/", link)
        for page in site.rglob("index.html")
        for link in re.findall(r'tt-downloads.*?href="([^"]+)"', page.read_text())
        if not link.endswith(".md")  # llms.txt lists these
    }
    assert len(offered) > len(EXAMPLES)
    assert {urljoin("/", link.removeprefix("/.")) for link in offered} <= listed


def test_no_link_of_the_list_is_dead(site: Path) -> None:
    found = links((site / "examples/index.html").read_text())
    dead = [link for link in found if file_of(site, urljoin("/examples/", link)[1:]) is None]
    assert dead == []


def test_a_wrong_address_leads_on(tab: OpenTab, server: Server) -> None:
    lost = tab("no/such/page/")
    assert [failure.rpartition(" ")[2] for failure in lost.failed] == ["404"]
    lost.failed.clear()
    lost.errors.clear()  # Chromium tells of it here, too
    assert lost.page.title().startswith("There is no such page")
    addresses = lost.page.locator("article a").evaluate_all("all => all.map(one => one.href)")
    assert len(addresses) == 3
    for address in addresses:
        assert server.answer(urlsplit(address).path)[0] == 200, address
    lost.page.keyboard.press("/")
    assert lost.page.get_by_role("textbox", name="Search").is_visible()
