"""That the measures find what they look for: each on a page where it was planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site import limits, measures, statics
from tests.site.browsing import PHONE, open_tab
from tests.site.conftest import BARE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.site.browsing import Tab
    from tests.site.conftest import SmallSite
    from tests.site.serving import Server

FAULTY = """
# Faulty

[Nowhere](#nowhere) [A step](#step=6) [Here](#faulty)
<a href="gone/">Gone</a>

<p id="twice">Once</p><p id="twice">Twice</p>
<p><div>A block in a paragraph</div></p>
<p style="color: #ccc; background: #fff">Too pale to read</p>
<div style="width: 500px">Wider than a phone</div>
<div class="scroller" style="overflow: auto"><div style="width: 2000px">Scrolls</div></div>
<button style="opacity: 0">Unseen</button>
<button class="same">Same</button>
<style>.same, .same:focus { all: unset }</style>
<p class="late"></p>
<script>
  document.querySelector(".late").textContent = "Only with scripts";
  fetch("https://elsewhere.example/").catch(() => {});
  console.error("complaint");
  fetch("missing.json");
  // Chromium counts no shift within half a second of a change of the window, as a phone's at first.
  setTimeout(() => {
    document.querySelector("h1").insertAdjacentHTML("beforebegin", "<p>Late</p>".repeat(9));
  }, 1_500);
</script>
"""


@pytest.fixture(scope="module")
def faulty(small_site: SmallSite) -> Server:
    return small_site({"index.md": FAULTY}, BARE, strict=False)


@pytest.fixture
def visit(browser: Browser, faulty: Server) -> Iterator[Tab]:
    tab = open_tab(browser, faulty, screen=PHONE)
    tab.go("")
    yield tab
    tab.close()


def test_what_goes_wrong_in_a_tab_is_noted(visit: Tab) -> None:
    assert visit.elsewhere == ["https://elsewhere.example/"]
    assert any("missing.json 404" in one for one in visit.failed)
    assert "complaint" in visit.errors


def test_faults_of_the_layout_are_found(visit: Tab) -> None:
    assert measures.overflow(visit.page).by > 0
    assert ["scroller" in one for one in measures.stuck_scrollers(visit.page)] == [True]
    visit.page.wait_for_function("() => window.shiftOfTests > 0")
    assert measures.shift(visit.page) > 0
    assert measures.duplicate_ids(visit.page) == ["twice"]


def test_axe_finds_pale_text(visit: Tab) -> None:
    assert any(one.startswith("color-contrast (serious)") for one in measures.axe(visit.page))


def test_stops_that_cannot_be_seen_are_found(visit: Tab) -> None:
    found = measures.tab_stops(visit.page)
    assert any(one.startswith("cannot be seen") and "Unseen" in one for one in found)
    assert any(one.startswith("looks the same") and "Same" in one for one in found)


def test_text_that_only_scripts_write_is_found(
    browser: Browser, faulty: Server, visit: Tab
) -> None:
    plain = open_tab(browser, faulty, javascript=False)
    without = measures.text(plain.go(""), visible=True)
    plain.close()
    assert {"Only with scripts"} <= {*measures.text(visit.page, visible=False)} - {*without}
    assert "A block in a paragraph" in without


def test_faults_of_the_files_are_found(faulty: Server) -> None:
    page = faulty.root / "index.html"
    assert statics.broken_links(faulty.root) == [": #nowhere", ": gone/"]
    assert statics.repeated_ids(page) == ["twice"]
    assert any("Unexpected end tag (p)" in one for one in statics.html_errors(page))


def test_a_limit_says_what_is_over_it() -> None:
    assert limits.WEIGHT.over(110) == []
    assert limits.BROKEN.none_of(["a: #b"]) == [
        "broken links and broken anchors: 1, at most 0\n    a: #b"
    ]
