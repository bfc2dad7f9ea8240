"""The site as a zip that is unpacked and opened with file://."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from calendar import timegm
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from tests.site.browsing import open_tab
from tests.site.conftest import ROOT
from tests.site.exploring import choose, differences, matrix_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.site.serving import Server

NAME = "two-tracks-offline"
ELSEWHERE = re.compile(r"[a-z][\w+.-]*:|//", re.IGNORECASE)
# What scripts read: the step of a player, the trouble of an explorer.
FOR_SCRIPTS = re.compile(r"[\w-]+=.*")


@pytest.fixture(scope="module")
def zipped(site: Path) -> Path:
    path = site / f"{NAME}.zip"
    if not path.is_file():
        pytest.fail(f"There is no {path}: make site")
    return path


@pytest.fixture(scope="module")
def folder(zipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked site."""
    unpacked = tmp_path_factory.mktemp("with a space")
    with ZipFile(zipped) as archive:
        archive.extractall(unpacked)
    return unpacked / NAME


@pytest.fixture
def read(folder: Path, browser: Browser, server: Server) -> Iterator[Callable[[str], Page]]:
    """Opens a page from the folder; whatever goes wrong in it fails the test."""
    tab = open_tab(browser, server)
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))

    def go(name: str) -> Page:
        name, _, fragment = name.partition("#")
        tab.page.goto(f"{(folder / name).as_uri()}#{fragment}", wait_until="load")
        return tab.page

    yield go
    troubles = tab.troubles()
    tab.close()
    assert troubles == []
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []


def test_home_opens_and_its_links_lead_on(read: Callable[[str], Page]) -> None:
    page = read("index.html")
    page.get_by_role("link", name="See both pipelines run").first.click()
    page.wait_for_url(re.compile(r"/see\.html$"))
    page.locator(".md-tabs").get_by_role("link", name="What breaks").click()
    page.wait_for_url(re.compile(r"/what-breaks/index\.html$"))
    page.locator('.tt-matrix a[href="july.html#ml-monitor_model"]').click()
    page.wait_for_url(re.compile(r"/what-breaks/july\.html#ml-monitor_model$"))
    assert page.locator("#ml-monitor_model").is_visible()
    page.go_back()
    page.wait_for_url(re.compile(r"/what-breaks/index\.html$"))


def test_the_search_finds_a_word_and_leads_to_it(read: Callable[[str], Page]) -> None:
    page = read("reference/cli.html")
    page.keyboard.press("/")
    page.keyboard.type("rollback")
    found = page.locator(".md-search-result__link").first
    found.wait_for()
    address = found.get_attribute("href")
    assert address
    found.click()
    page.wait_for_url(re.compile(r"/(?!cli)[\w-]+\.html"))
    assert page.url.startswith("file:")
    assert Path(page.url.partition("#")[0]).name == Path(address.partition("#")[0]).name
    assert "roll" in page.inner_text("article").lower()


def test_the_scripts_of_pages_start(read: Callable[[str], Page]) -> None:
    page = read("what-breaks/index.html")
    names = page.evaluate(
        """() => [...new Set([...document.querySelectorAll("*")]
            .map(e => e.localName).filter(name => name.startsWith("tt-")))]"""
    )
    assert page.evaluate("names => names.filter(name => !customElements.get(name))", names) == []


def test_the_explorer_has_the_runs_of_every_trouble(read: Callable[[str], Page]) -> None:
    page = read("what-breaks/index.html")
    explorer, rows = page.locator("tt-explorer"), matrix_of(page)
    assert len(rows) > 20
    assert [wrong for row in rows for wrong in differences(explorer, row)] == []
    home = read("index.html")
    choose(home.locator("tt-explorer"), rows[0].name)
    assert shown(home.locator("tt-explorer")) == rows[0].marks


def test_a_run_is_stepped_through(read: Callable[[str], Page]) -> None:
    page = read("see.html#step=6")
    player = page.locator("tt-player").first
    expect(player.locator("tr[aria-current]").first).to_contain_text("train_model()")


def test_a_copy_is_told_of_and_has_no_copy_in_it(
    read: Callable[[str], Page], site: Path, folder: Path
) -> None:
    link = '<a href="../two-tracks-offline.zip" download>'
    assert link in (site / "see" / "index.html").read_text()
    assert "two-tracks-offline.zip" not in (folder / "see.html").read_text()
    assert read("see.html").locator(".md-copyright").count() == 1
    assert not list(folder.rglob("*.zip"))


class Addresses(HTMLParser):
    """The ids of a page, and the addresses in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif name in ("href", "src", "xlink:href", "data-tt-address") and value is not None:
                self.found.append(value)


def test_every_address_is_that_of_a_file(folder: Path) -> None:
    pages = {path: Addresses(path.read_text()) for path in folder.rglob("*.html")}
    assert len(pages) > 45
    broken = []
    for path, page in pages.items():
        for address in filter(lambda one: not ELSEWHERE.match(one), page.found):
            name, _, fragment = address.partition("#")
            name = unquote(name.partition("?")[0])
            target = Path(os.path.normpath(path.parent / name)) if name else path
            here = target.is_file() and target.is_relative_to(folder)
            plain = not fragment or target not in pages or FOR_SCRIPTS.fullmatch(fragment)
            if not here or not (plain or unquote(fragment) in pages[target].ids):
                broken.append(f"{path.relative_to(folder)}: {address}")
    assert sum(len(page.found) for page in pages.values()) > 3000
    assert broken == []


def test_the_same_pages_make_the_same_bytes(zipped: Path, tmp_path: Path) -> None:
    with ZipFile(zipped) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    (date,) = {info.date_time for info in infos}
    seconds = timegm((*date, 0, 0, 0))
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": f"{seconds}"}
    offline, again = tmp_path / "offline", tmp_path / f"{NAME}.zip"
    build = ["mkdocs", "build", "--strict", "--quiet", "--site-dir", str(offline)]
    for command in (
        [*build, "--config-file", str(ROOT / "mkdocs.offline.yml")],
        ["twotracks.mkdocs_plugin.archive", str(offline), str(again)],
    ):
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, check=True)
    assert again.read_bytes() == zipped.read_bytes()
