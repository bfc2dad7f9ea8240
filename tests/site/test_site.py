"""The site under the keyboard, and under the theme's instant navigation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.site.browsing import PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.site.conftest import OpenTab, SmallSite

# Set once in a document: a full load would lose it.
MARK = "() => { window.sameDocument = true }"
MARKED = "() => window.sameDocument === true"
# Our elements that are in the page, and whether the browser knows what they are.
OURS = """() => Object.fromEntries([...document.querySelectorAll("*")].map(e => e.localName)
  .filter(name => name.startsWith("tt-")).map(name => [name, !!customElements.get(name)]))"""
SCHEME = "() => document.body.getAttribute('data-md-color-scheme')"


def focused(page: Page) -> str:
    """The class of the element that has the focus."""
    return str(page.evaluate("() => document.activeElement.className"))


def test_the_first_tab_skips_to_the_content(tab: OpenTab) -> None:
    page = tab("see/").page
    page.keyboard.press("Tab")
    skip = page.locator(".md-skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_visible()
    page.keyboard.press("Enter")
    heading = page.locator("article h1")
    expect(heading).to_be_in_viewport()
    assert page.url.endswith(f"#{heading.get_attribute('id')}")
    page.keyboard.press("Tab")  # goes on from there, not from the header
    assert page.evaluate("() => document.querySelector('article').contains(document.activeElement)")


def test_the_keyboard_reaches_the_search_before_the_content(tab: OpenTab) -> None:
    page = tab().page
    for _ in range(8):
        page.keyboard.press("Tab")
        if "md-search__input" in focused(page):
            return
    pytest.fail("8 Tabs do not reach the search")


def test_a_slash_opens_the_search_and_escape_closes_it(tab: OpenTab) -> None:
    page = tab("see/").page
    page.keyboard.press("/")
    field = page.locator(".md-search__input")
    expect(field).to_be_focused()
    page.keyboard.type("roll back")
    results = page.locator(".md-search-result__link")
    expect(results.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    expect(results.first).to_be_hidden()


def test_a_hit_is_opened_with_the_keyboard(tab: OpenTab) -> None:
    page = tab().page
    page.keyboard.press("/")
    page.keyboard.type("roll back a model")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/rollout/"))


@pytest.mark.parametrize(
    ("dark", "before", "after"), [(False, "default", "slate"), (True, "slate", "default")]
)
def test_the_palette_follows_the_system_until_the_reader_says_otherwise(
    tab: OpenTab, *, dark: bool, before: str, after: str
) -> None:
    opened = tab(dark=dark)
    page = opened.page
    assert page.evaluate(SCHEME) == before
    toggle = page.locator("label[for^=__palette]:visible")
    expect(toggle).to_have_attribute("title", re.compile("Switch to"))
    toggle.click()
    assert page.evaluate(SCHEME) == after
    opened.go("see/")  # it is kept
    assert page.evaluate(SCHEME) == after


def test_the_palette_is_changed_with_the_keyboard(tab: OpenTab) -> None:
    page = tab().page
    for _ in range(8):
        page.keyboard.press("Tab")
        if "md-option" in focused(page):
            break
    page.keyboard.press("ArrowRight")
    assert page.evaluate(SCHEME) == "slate"


def test_previous_and_next_lead_there_and_back(tab: OpenTab) -> None:
    page = tab("see/").page
    page.locator(".md-footer__link--next").click()
    expect(page).to_have_url(re.compile(r"/story/$"))
    page.locator(".md-footer__link--prev").click()
    expect(page).to_have_url(re.compile(r"/see/$"))


def test_navigation_keeps_the_document_and_starts_our_elements(tab: OpenTab) -> None:
    page = tab().page
    page.evaluate(MARK)
    headings = []
    for name in ("see", "what-breaks"):
        page.locator(f"article a[href$='{name}/'], .md-tabs a[href$='{name}/']").first.click()
        expect(page).to_have_url(re.compile(rf"/{name}/$"))
        page.wait_for_load_state("networkidle")
        assert page.evaluate(MARKED), f"a full load on the way to {name}/"
        here = page.evaluate(OURS)
        assert all(here.values()), here
        headings.append(page.inner_text("article h1"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/see/$"))
    expect(page.locator("article h1")).to_have_text(headings[0], use_inner_text=True)
    assert page.evaluate(MARKED)


def test_what_the_theme_leaves_unnamed_is_named_after_navigation_too(
    tab: OpenTab, small_site: SmallSite
) -> None:
    wide = f"| {' | '.join('a column' for _ in range(30))} |\n| {' | '.join(['---'] * 30)} |\n"
    made = small_site({"index.md": "# One\n\n[Two](two.md)\n", "two.md": f"# Two\n\n{wide}"})
    page = tab(at=made).page
    page.evaluate(MARK)
    page.locator("article a[href$='two/']").click()
    scroller = page.locator(".md-typeset__scrollwrap")
    expect(scroller).to_have_attribute("tabindex", "0")
    expect(page.locator(".md-search")).to_have_attribute("aria-label", "Search")
    assert page.evaluate(MARKED)


def test_a_phone_has_the_pages_behind_a_button(tab: OpenTab) -> None:
    page = tab(screen=PHONE).page
    entry = page.locator(".md-nav--primary a[href$='see/']").first
    expect(entry).not_to_be_in_viewport()
    page.locator("label[for=__drawer].md-header__button").click()
    expect(page.locator(".md-nav--primary").first).to_be_in_viewport()


def test_a_page_that_is_not_there_says_so_and_leads_home(tab: OpenTab) -> None:
    opened = tab("not/there/")
    expect(opened.page.locator("article h1")).to_contain_text("There is no such page")
    opened.page.locator(".md-header a.md-logo").click()
    expect(opened.page.locator("article h1")).to_contain_text("CI/CD")
    opened.failed.clear()  # the page itself
    opened.errors.clear()
