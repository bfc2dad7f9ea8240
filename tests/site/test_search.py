"""Search finds the page that answers, in the words of whoever has the trouble."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.site.browsing import open_tab

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.site.conftest import OpenTab
    from tests.site.serving import Server

# What is typed, the pages that answer, and whether one of them must come first.
QUERIES = [
    ("same seed different score", ["same-seed/"], True),
    ("how do I roll back a model", ["rollout/"], True),
    (
        "tests are green but the model is wrong",
        ["what-breaks/wrong-reply/", "what-breaks/labels-shuffled/"],
        True,
    ),
    ("nobody changed anything and it got worse", ["what-breaks/july/"], False),
    ("retraining made it worse", ["what-breaks/fewer-rows/"], True),
    ("is this drift", ["what-breaks/concept-drift/", "symptoms/"], True),
    ("model file was changed", ["what-breaks/tampered/"], True),
    ("service does not start after deploy", ["what-breaks/does-not-start/"], True),
    (
        "predictions wrong after unit change",
        ["what-breaks/other-unit/", "what-breaks/unit-skew/"],
        True,
    ),
    ("column missing", ["what-breaks/column-missing/"], True),
    ("false alarm", ["what-breaks/no-change/", "reference/retraining/"], True),
    ("is the new model better", ["what-breaks/chance/"], False),
    ("mkdocs page shows old output", ["how-to/cache/", "symptoms/"], True),
    ("cell failed which line", ["how-to/execute/", "symptoms/"], True),
    ("score too good to be true", ["what-breaks/leakage/"], True),
    ("data leakage", ["what-breaks/leakage/"], True),
    ("training serving skew", ["what-breaks/unit-skew/"], True),
    ("why is the build red", ["what-breaks/syntax-error/"], True),
    ("it works on my machine", ["what-breaks/failing-test/"], True),
    ("too many missing values", ["what-breaks/missing-burst/"], True),
    ("InconsistentVersionWarning", ["what-breaks/other-version/"], True),
    ("same rows in train and test", ["what-breaks/duplicates-straddle/"], True),
    (
        "model is unfair to one group",
        ["what-breaks/labels-biased/", "what-breaks/slice-worse/"],
        True,
    ),
    ("accuracy dropped in production", ["what-breaks/july/", "what-breaks/concept-drift/"], True),
    ("examples", ["examples/"], False),
    ("canary", ["rollout/"], True),
    ("when should I retrain", ["reference/retraining/", "story/"], False),
    ("markdown-exec", ["how-to/from-markdown-exec/"], True),
]
MOST_BYTES = 150 * 1024


@pytest.fixture(scope="module")
def found(browser: Browser, server: Server) -> Iterator[Mapping[str, list[str]]]:
    """For each query, the pages that the search shows, in order."""
    tab = open_tab(browser, server)
    tab.go("")
    tab.page.keyboard.press("/")
    yield {query: search(tab.page, query, server.url) for query, *_ in QUERIES}
    troubles = tab.troubles()
    tab.close()
    assert troubles == []


def search(page: Page, query: str, url: str) -> list[str]:
    """Type a query, and give the pages that are shown."""
    box, told = page.get_by_role("textbox", name="Search"), page.locator(".md-search-result__meta")
    box.fill("")
    box.press("End")  # the theme waits for a key
    told.filter(has_text="Type to start").wait_for()
    box.fill(query)
    box.press("End")
    told.filter(has_text=re.compile("matching document")).wait_for()
    links = page.locator(".md-search-result__item > a")
    addresses = links.evaluate_all("links => links.map(link => link.href)")
    found = (address.removeprefix(url).partition("#")[0].partition("?")[0] for address in addresses)
    return list(dict.fromkeys(found))  # once, if more than one of its parts is found


@pytest.mark.parametrize(("query", "pages", "is_first"), QUERIES, ids=[q for q, *_ in QUERIES])
def test_the_page_that_answers_is_among_the_first(
    found: Mapping[str, list[str]], query: str, pages: list[str], *, is_first: bool
) -> None:
    best = found[query][: 1 if is_first else 3]
    assert set(best) & set(pages), best


def test_every_symptom_finds_its_scenario(tab: OpenTab, site: Path, server: Server) -> None:
    page = tab().page
    page.keyboard.press("/")
    for file in sorted(site.glob("what-breaks/*/run.json")):
        scenario = json.loads(file.read_text())
        best = search(page, scenario["symptom"], server.url)[:3]
        assert f"what-breaks/{scenario['name']}/" in best, scenario["symptom"]


def test_results_are_reached_with_the_keyboard(tab: OpenTab, server: Server) -> None:
    page = tab("see/").page
    page.keyboard.press("/")
    page.keyboard.type("model file was changed")
    page.locator(".md-search-result__item > a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.url}what-breaks/tampered/**")
    assert "model file" in page.inner_text("h1")


def test_the_index_is_small_and_has_prose_only(site: Path) -> None:
    content = (site / "search/search_index.json").read_bytes()
    assert len(gzip.compress(content, 6)) <= MOST_BYTES
    texts = [entry["text"] for entry in json.loads(content)["docs"]]
    assert any("Nobody changed anything, and it got worse." in text for text in texts)
    # A caption, a verdict, a reading time and a link to a download, which all are on the pages.
    for shown in ("every step of the run, in order", "Let through", "min read", "as a notebook</"):
        assert any(shown in page.read_text() for page in site.glob("what-breaks/july/*.html"))
        assert not [text for text in texts if shown in text], shown
