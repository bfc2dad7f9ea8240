"""The explorer in a real browser, on pages that were built with troubles that nobody ran."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.site import measures
from tests.site.browsing import DESKTOP, PHONE, SMALL
from tests.site.exploring import choose, differences, matrix_of, shown, told
from tests.views.troubles import as_json, troubles
from twotracks import Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from playwright.sync_api import Locator, Page

    from tests.site.conftest import OpenTab, SmallSite
    from tests.site.serving import Server
    from twotracks.views.scenarios import Scenario

ROOT = Path(__file__).parents[2]
PRODUCER = "twotracks.pipelines.scenarios.produce:everything"
CELL = """
```python exec source="none"
from twotracks.execute import produced
from twotracks.views.explorer import explorer
from twotracks.views.scenarios import read_scenarios

known = read_scenarios(produced("fake:everything"))
explorer(known, link="what-breaks/{}.md".format, brief=True)
```
"""
MATRIX = """
```python exec source="none"
from twotracks.execute import produced
from twotracks.views.explorer import explorer
from twotracks.views.scenarios import read_scenarios

known = read_scenarios(produced("fake:everything"))
explorer(known)
```

```python exec source="none"
known.matrix().html()
```
"""
HEAD = '---\nproducers: ["fake:everything"]\n---\n'
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
INDEX = "what-breaks/"
# All that a reader can tell one trouble's end by.
STAGE = """explorer => [
  [...explorer.querySelectorAll(".tt-stage > :not(.tt-problem)")].map(one => one.innerText),
  [...explorer.querySelectorAll(".tt-stage a")].map(one => one.href),
  [...explorer.querySelectorAll(".tt-lane li")].map(one => one.dataset.mark + one.className),
  [...explorer.querySelectorAll(".tt-lane ol")].map(one => one.style.getPropertyValue("--at")),
]"""


def known() -> tuple[Scenario, ...]:
    """The troubles; a run of the first is shorter than others, as real ones are."""
    first, *others = troubles()
    short = Run(steps=first.runs["software"].steps[:-1])
    return (replace(first, runs={**first.runs, "software": short}), *others)


@pytest.fixture(scope="module")
def built(small_site: SmallSite) -> Server:
    """Home with an explorer, a page with two, and the pages of the troubles."""
    pages = {
        f"what-breaks/{name}.md": (ROOT / "docs" / "what-breaks" / f"{name}.md")
        .read_text()
        .replace(PRODUCER, "fake:everything")
        for name in (one.name for one in troubles())
    }
    return small_site(
        {
            **pages,
            "what-breaks/index.md": f"{HEAD}# What breaks\n{MATRIX}\n",
            "index.md": f"{HEAD}# Home\n{CELL}\n## Next\n\n[More](what-breaks/index.md)\n",
            "two/index.md": f"{HEAD}# Two\n{CELL.replace('what-', '../what-') * 2}\n",
            "../everything.json": as_json(known()),
            "../fake.py": "def everything():\n    return open('everything.json').read()\n",
            "../requirements.txt": "",
        }
    )


def the_explorer(page: Page) -> Locator:
    return page.locator("tt-explorer")


def is_over(explorer: Locator) -> bool:
    return explorer.locator(".tt-ahead").count() == 0


def spoken(explorer: Locator) -> str:
    return explorer.locator("[aria-live]").inner_text()


def test_every_trouble_ends_as_the_matrix_says(built: Server, tab: OpenTab) -> None:
    page = tab(INDEX, at=built).page
    rows = matrix_of(page)
    assert [row.name for row in rows] == [one.name for one in troubles()]
    assert [wrong for row in rows for wrong in differences(the_explorer(page), row)] == []


def test_every_trouble_of_the_site_ends_as_the_matrix_says(tab: OpenTab) -> None:
    page = tab(INDEX).page
    rows = matrix_of(page)
    assert len(rows) == the_explorer(page).locator("option").count()
    assert [wrong for row in rows for wrong in differences(the_explorer(page), row)] == []


def test_what_the_script_draws_is_what_the_build_drew(built: Server, tab: OpenTab) -> None:
    page = tab(INDEX, at=built).page
    explorer = the_explorer(page)
    drawn = explorer.evaluate(STAGE)
    choose(explorer, "labels-shuffled")
    assert explorer.evaluate(STAGE) != drawn
    choose(explorer, "july")
    assert explorer.evaluate(STAGE) == drawn


def test_it_says_all_without_scripts(built: Server, tab: OpenTab) -> None:
    page = tab(INDEX, at=built, javascript=False).page
    explorer = the_explorer(page)
    assert told(explorer, "ml")["worth"] == "Noticed only after users had met it."
    assert explorer.locator("select, button").count() == 0
    links = explorer.locator(".tt-troubles a")
    assert [link.is_visible() for link in links.all()] == [True] * len(troubles())
    words = explorer.locator('[data-tt-trouble="labels-shuffled"]').inner_text()
    assert "Software CI/CD alone: Let through: users were hurt" in words
    assert "With the ML track: Noticed in time, and no user was hurt. It was validate_m" in words
    links.nth(2).click()
    expect(page).to_have_url(re.compile("what-breaks/labels-shuffled/$"))


def test_both_sides_advance_together_until_somebody_notices(built: Server, tab: OpenTab) -> None:
    page = tab("", at=built).page
    explorer = the_explorer(page)
    choose(explorer, "does-not-start")  # software fails at the fifth step, the other at the fourth
    explorer.get_by_role("button", name="Again").click()
    assert {mark for side in shown(explorer).values() for mark in side.values()} == {"ahead"}
    step = explorer.get_by_role("button", name="Step", exact=True)
    for played in range(1, 4):
        step.click()
        for side in shown(explorer).values():
            assert [mark != "ahead" for mark in side.values()].count(True) == played
        assert spoken(explorer) == ""
    step.click()
    assert "With the ML track: test() refused: 8.2% of the rows say so." in spoken(explorer)
    assert told(explorer, "ml")["worth"].startswith("Noticed in time")
    assert not explorer.locator(".tt-end-software .tt-worth").is_visible()
    step.click()
    assert is_over(explorer)
    assert "Software CI/CD alone: deploy() failed" in spoken(explorer)
    assert "With the ML track, the end: Noticed in time" in spoken(explorer)
    step.click()
    assert shown(explorer)["ml"]["code_commit"] == "passed"
    assert shown(explorer)["ml"]["build"] == "ahead"


def test_a_side_that_is_decided_waits_for_the_other(built: Server, tab: OpenTab) -> None:
    page = tab("", at=built).page
    explorer = the_explorer(page)
    choose(explorer, "labels-shuffled")  # one notices at the ninth step, the other's users are hurt
    explorer.get_by_role("button", name="Again").click()
    for _ in range(10):
        explorer.get_by_role("button", name="Step", exact=True).click()
    assert not is_over(explorer)
    assert shown(explorer)["ml"]["validate_model"] == "noticed"
    assert shown(explorer)["ml"]["deploy_model"] == "ahead"
    explorer.get_by_role("button", name="Step", exact=True).click()
    assert is_over(explorer)
    assert shown(explorer)["software"]["serve_users"] == "users hurt"
    assert shown(explorer)["ml"]["serve_users"] == "passed"


def test_it_plays_when_asked_and_only_then(built: Server, tab: OpenTab) -> None:
    page = tab("", at=built, still=False).page
    explorer = the_explorer(page)
    page.wait_for_timeout(700)
    assert is_over(explorer)
    explorer.locator("select").focus()
    page.keyboard.press("ArrowUp")  # a key, as readers press: what moves then is no shift
    expect(explorer.locator(".tt-ahead")).not_to_have_count(0)
    explorer.get_by_role("button", name="Pause").click()
    before = shown(explorer)
    page.wait_for_timeout(700)
    assert shown(explorer) == before
    explorer.get_by_role("button", name="Play").click()
    expect(explorer.locator(".tt-ahead")).to_have_count(0, timeout=20_000)
    expect(explorer.get_by_role("button", name="Play")).to_be_visible()
    assert measures.shift(page) == 0


def test_who_asked_for_less_motion_sees_the_end(built: Server, tab: OpenTab) -> None:
    page = tab("", at=built).page
    explorer = the_explorer(page)
    choose(explorer, "labels-shuffled")
    assert is_over(explorer)
    assert not explorer.get_by_role("button", name="Play").is_visible()
    explorer.get_by_role("button", name="Again").click()
    page.wait_for_timeout(700)
    assert explorer.locator(".tt-lane li:not(.tt-ahead)").count() == 0


def test_the_keyboard_is_enough(built: Server, tab: OpenTab) -> None:
    page = tab("", at=built).page
    explorer = the_explorer(page)
    explorer.locator("select").focus()
    page.keyboard.press("ArrowDown")
    expect(explorer.locator('.tt-what a[href$="no-change/"]')).to_have_count(1)
    for name in ("Step", "Again", "Next trouble"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == name
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(explorer.locator('.tt-what a[href$="failing-test/"]')).to_have_count(1)
    assert page.evaluate("document.activeElement.textContent") == "Next trouble"


def test_the_address_says_what_was_chosen(built: Server, tab: OpenTab) -> None:
    page = tab(f"{INDEX}#trouble=stale-feed", at=built).page
    explorer = the_explorer(page)
    expect(explorer.locator("select")).to_have_value("stale-feed")
    choose(explorer, "labels-biased")
    choose(explorer, "no-change")
    assert page.url.endswith("#trouble=no-change")
    page.go_back()
    expect(explorer.locator("select")).to_have_value("labels-biased")
    expect(explorer.locator('.tt-what a[href$="labels-biased/"]')).to_have_count(1)
    page.go_back()
    expect(explorer.locator("select")).to_have_value("stale-feed")
    page.go_forward()
    expect(explorer.locator("select")).to_have_value("labels-biased")


def test_an_address_that_names_no_trouble_changes_nothing(built: Server, tab: OpenTab) -> None:
    page = tab(f"{INDEX}#trouble=juli", at=built).page
    expect(the_explorer(page).locator("select")).to_have_value("july")
    assert is_over(the_explorer(page))


def test_it_starts_by_itself_after_a_click_that_loads_no_page(built: Server, tab: OpenTab) -> None:
    page = tab(f"{INDEX}stale-feed/", at=built).page
    page.evaluate("window.isSame = true")
    page.get_by_role("link", name="Play both sides, step by step").click()
    explorer = the_explorer(page)
    expect(explorer.locator("select")).to_have_value("stale-feed")
    expect(explorer.locator('.tt-what a[href$="stale-feed/"]')).to_have_count(1)
    assert page.evaluate("window.isSame"), "the theme loaded a page"
    choose(explorer, "labels-biased")
    page.go_back()
    expect(explorer.locator("select")).to_have_value("stale-feed")
    page.go_back()
    expect(page).to_have_url(re.compile("what-breaks/stale-feed/$"))
    expect(explorer).to_have_count(0)
    assert page.evaluate("window.isSame")


def test_two_on_a_page_do_not_fight(built: Server, tab: OpenTab) -> None:
    page = tab("two/", at=built).page
    first, second = the_explorer(page).first, the_explorer(page).nth(1)
    choose(second, "labels-biased")
    assert "#" not in page.url
    assert told(first, "ml")["worth"] == "Noticed only after users had met it."
    choose(first, "stale-feed")
    assert page.url.endswith("#trouble=stale-feed")
    assert second.locator("select").input_value() == "labels-biased"
    assert told(second, "ml")["worth"].startswith("Let through")


def test_runs_that_cannot_be_had_are_said(built: Server, tab: OpenTab) -> None:
    opened = tab("", at=built)
    page, explorer = opened.page, the_explorer(opened.page)
    page.route("**/labels-biased/run.json", lambda route: route.fulfill(status=404))
    explorer.locator("select").select_option("labels-biased")
    problem = explorer.locator(".tt-problem")
    expect(problem).to_contain_text("The runs of this trouble could not be loaded.")
    assert not explorer.locator(".tt-lanes").is_visible()
    assert problem.inner_text() == spoken(explorer)
    problem.locator("a").click()
    expect(page).to_have_url(re.compile("what-breaks/labels-biased/$"))
    page.go_back()
    choose(the_explorer(page), "stale-feed")
    expect(problem).to_be_hidden()
    assert explorer.locator(".tt-lanes").is_visible()
    assert all("labels-biased" in address for address in opened.failed)
    opened.failed.clear()
    opened.errors.clear()


def test_embedded_runs_are_read_and_not_fetched(built: Server, tab: OpenTab) -> None:
    page = tab("", at=built).page
    page.route("**/run.json", lambda route: route.abort())
    runs = json.loads((built.root / "what-breaks" / "stale-feed" / "run.json").read_text())
    page.evaluate(
        """runs => {
          const script = document.createElement("script")
          script.type = "application/json"
          script.dataset.ttRuns = "stale-feed"
          script.textContent = runs
          document.body.append(script)
        }""",
        json.dumps(runs),
    )
    choose(the_explorer(page), "stale-feed")
    assert told(the_explorer(page), "ml")["worth"] == runs["endings"]["ml"]["worth"]


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_has_no_barriers(
    built: Server,
    tab: OpenTab,
    screen: Mapping[str, Any],
    dark: bool,  # noqa: FBT001
) -> None:
    page = tab(INDEX, at=built, screen=screen, dark=dark).page
    explorer = the_explorer(page)
    explorer.locator("summary").click()
    options = {"runOnly": {"type": "tag", "values": TAGS}}
    for name in ("july", "labels-shuffled"):
        choose(explorer, name)
        found = Axe().run(page, context="tt-explorer", options=options).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_it_fits_the_smallest_screen(built: Server, tab: OpenTab) -> None:
    page = tab("", at=built, screen=SMALL).page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    controls = (
        the_explorer(page)
        .locator("select, button")
        .evaluate_all(
            """all => all.filter(one => !one.hidden).map(one => {
          const box = one.getBoundingClientRect()
          return [box.width, box.height, innerWidth - box.right, one.clientWidth - one.scrollWidth]
        })"""
        )
    )
    assert all(min(box[:2]) >= 24 and min(box[2:]) >= 0 for box in controls), controls
