"""A real browser, the real site over HTTP, and small sites for single elements."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from playwright.sync_api import sync_playwright

from tests.site import limits, statics
from tests.site.browsing import FLAGS, Tab, open_tab
from tests.site.serving import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
# The theme as it comes, but for the font that it would fetch.
BARE = """
site_name: Small
site_url: https://example.org/small/
theme: {name: material, font: false}
markdown_extensions: [admonition, attr_list, md_in_html, tables, pymdownx.superfences]
"""
# And with our plugin and what the site is set to.
OURS = """
INHERIT: {root}/mkdocs.yml
site_name: Small
site_url: https://example.org/small/
docs_dir: docs
nav: null
theme: {{custom_dir: {root}/overrides}}
hooks: ["{root}/overrides/mends.py"]
validation: {{omitted_files: ignore}}
plugins:
  - search
  - twotracks:
      formatters: {{pandas.DataFrame: "twotracks.views.html:table"}}
"""


class OpenTab(Protocol):
    """Opens a page of a site in a tab of its own."""

    def __call__(self, path: str = "", *, at: Server | None = None, **settings: Any) -> Tab: ...


class SmallSite(Protocol):
    """Builds and serves a small site."""

    def __call__(
        self,
        files: Mapping[str, str],
        configuration: str = OURS,
        more: str = "",
        *,
        strict: bool = True,
    ) -> Server: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--site", help="the built site's folder, if it is not site/")
    parser.addoption("--every-page", action="store_true", help="hold the limits on every page")


def site_folder(config: pytest.Config) -> Path:
    """Where the built site lies."""
    return Path(config.getoption("--site", default=None) or ROOT / "site")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with `each_page` is one for each kind of page, or one for every page of the site."""
    if "each_page" not in metafunc.fixturenames:
        return
    paths = list(limits.PAGES)
    if metafunc.config.getoption("--every-page", default=False):
        root = site_folder(metafunc.config)
        paths = [statics.path_of(root, file) for file in statics.page_files(root)]
    metafunc.parametrize("each_page", paths, ids=[path or "home" for path in paths])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one that `CHROMIUM` names."""
    path = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if path is None:
        pytest.fail("These tests need a browser: apt-get install chromium, or set CHROMIUM to one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Path:
    """The folder of the site as `make site` left it."""
    folder = site_folder(request.config)
    if not (folder / "index.html").is_file():
        pytest.fail(f"There is no site in {folder}: make site, or give --site FOLDER")
    return folder


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[Server]:
    """The site over HTTP, at the path of its address."""
    with Server(site) as served:
        yield served
        served.shutdown()


@pytest.fixture(scope="session")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSite]:
    """Builds a small site of given files, by their path in `docs/`, and serves it.

    Which files stand in the project beside `docs/`, their paths say: `../fake.py`. With
    `configuration=BARE` the site is the theme's alone; `more` is added to the configuration.
    """
    servers: list[Server] = []

    def make(
        files: Mapping[str, str], configuration: str = OURS, more: str = "", *, strict: bool = True
    ) -> Server:
        root = tmp_path_factory.mktemp("small")
        for name, text in {"index.md": "# Home\n", **files}.items():
            path = root / "docs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        if configuration == OURS:
            shutil.copytree(ROOT / "docs/assets", root / "docs/assets")
        text = configuration.format(root=ROOT) if configuration == OURS else configuration
        (root / "mkdocs.yml").write_text(text + dedent(more), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--quiet", *(["--strict"] if strict else [])],
            cwd=root,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        servers.append(Server(root / "site"))
        return servers[-1]

    yield make
    for served in servers:
        served.shutdown()
        served.server_close()


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[OpenTab]:
    """Opens a page: `tab("see/", screen=PHONE, dark=True).page`; `open_tab` has all settings.

    When the test ends its tabs are closed, and whatever went wrong in one of them fails it:
    errors in the console, requests that failed, requests to another host. A test that expects
    one clears the list in question.
    """
    tabs: list[Tab] = []

    def make(path: str = "", *, at: Server | None = None, **settings: Any) -> Tab:
        tabs.append(open_tab(browser, at or server, **settings))
        tabs[-1].go(path)
        return tabs[-1]

    yield make
    troubles = [trouble for one in tabs for trouble in one.troubles()]
    for one in tabs:
        one.close()
    assert troubles == []
