"""The limits, held on the site as it is built: `make test-site`, and on every page `make audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site import limits, measures, statics
from tests.site.browsing import PHONE, SMALL, Screen, open_tab

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.site.conftest import OpenTab
    from tests.site.serving import Server


def test_a_first_visit(browser: Browser, server: Server, each_page: str) -> None:
    before = len(server.sent)
    tab = open_tab(browser, server)
    page = tab.go(each_page)
    sent = sum(size for name, _, size in server.sent[before:] if "search_index" not in name)
    failed = [one for one in tab.failed if not (each_page == "404.html" and "404" in one)]
    over = [
        *limits.ELSEWHERE.none_of(tab.elsewhere),
        *limits.FAILED.none_of(failed),
        *limits.ERRORS.none_of(tab.errors),
        *limits.WEIGHT.over(round(sent / limits.KIB, 1)),
        *limits.elements(each_page).over(measures.elements(page)),
        *limits.DUPLICATES.none_of(measures.duplicate_ids(page)),
        *limits.LINE.over(measures.line_length(page)),
    ]
    measures.scroll_through(page)
    over += limits.SHIFT.over(measures.shift(page))
    over += limits.UNSEEN_STOPS.none_of(measures.tab_stops(page))
    tab.close()
    assert not over, "\n".join(over)


@pytest.mark.parametrize("screen", [PHONE, SMALL], ids=["390", "320"])
def test_a_narrow_screen(tab: OpenTab, each_page: str, screen: Screen) -> None:
    page = tab(each_page, screen=screen).page
    wide = measures.overflow(page)
    over = [
        *limits.OVERFLOW.over(wide.by, wide.elements),
        *limits.STUCK_SCROLLERS.none_of(measures.stuck_scrollers(page)),
    ]
    measures.scroll_through(page)
    over += limits.SHIFT.over(measures.shift(page))
    assert not over, "\n".join(over)


def test_without_scripts_nothing_is_missing(tab: OpenTab, each_page: str) -> None:
    shown = set(measures.text(tab(each_page, javascript=False).page, visible=True))
    missing = [one for one in measures.text(tab(each_page).page, visible=False) if one not in shown]
    over = limits.ONLY_WITH_SCRIPTS.none_of(missing)
    assert not over, "\n".join(over)


def test_links_and_anchors_lead_somewhere(site: Path) -> None:
    over = limits.BROKEN.none_of(statics.broken_links(site))
    assert not over, "\n".join(over)


def test_the_html_is_without_error(site: Path) -> None:
    for file in statics.page_files(site):
        over = [
            *limits.INVALID.none_of(statics.html_errors(file)),
            *limits.DUPLICATES.none_of(statics.repeated_ids(file)),
        ]
        assert not over, "\n".join([statics.path_of(site, file), *over])


def test_the_search_index_is_small(site: Path) -> None:
    size = statics.packed([site / "search" / "search_index.json"])
    assert not limits.SEARCH_INDEX.over(round(size / limits.KIB, 1))


def test_our_own_assets_are_small(site: Path) -> None:
    ours = [*(site / "assets").glob("site.*"), *(site / "assets/twotracks").rglob("*.*s*")]
    size = statics.packed(ours)
    assert not limits.OWN_ASSETS.over(round(size / limits.KIB, 1)), ours
