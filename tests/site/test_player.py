"""The player under the hands of its readers: keys, slider, links, and without a script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.conftest import rehearse
from tests.site.browsing import DESKTOP, PHONE, SMALL
from tests.site.measures import axe, duplicate_ids, overflow, shift, stuck_scrollers, tab_stops
from twotracks.views.evidence import told

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.site.conftest import OpenTab, SmallSite
    from tests.site.serving import Server
    from twotracks import Run

PASSED = rehearse()
STOPPED = rehearse(refused="validate_model", failed="build")
ONE = """
# One player

## Its run

<p>Some text, and <a href="#step=3">the third step</a>.</p> <input aria-label="A box">

```python exec id="run"
from twotracks import Run
from twotracks.views.player import player

player(Run.from_json(open("passed.json").read()))
```

## After it

Text after it.
"""
TWO = """
# Two players

## Both

```python exec source="none" id="good"
from twotracks import Run
from twotracks.views.player import player

player(Run.from_json(open("passed.json").read()), name="left", title="The left one")
```

```python exec source="none" id="bad"
player(Run.from_json(open("stopped.json").read()), name="right", title="The right one")
```
"""
HOME = """
# Home

<p><a href="one/#step=6">the sixth step</a>, <a href="two/#bad-right-test">a row</a>,
<a href="two/#right-step=7">a step</a></p>
"""


@pytest.fixture(scope="module")
def small(small_site: SmallSite) -> Server:
    return small_site(
        {
            "index.md": HOME,
            "one.md": ONE,
            "two.md": TWO,
            "../passed.json": PASSED.to_json(),
            "../stopped.json": STOPPED.to_json(),
        }
    )


class Lit(NamedTuple):
    """What is marked in a player, by the numbers of the steps."""

    boxes: list[int]
    rows: list[int]
    columns: list[str]
    evidence: list[int]
    open: list[int]
    said: str


_LIT = """player => {
  const numbers = selector => [...player.querySelectorAll(selector)].map(e => Number(e.dataset.step));
  const column = cell => cell.closest("table").tHead.rows[0].cells[cell.cellIndex].textContent;
  return [numbers(".node.tt-now"), numbers("tr.tt-now"),
    [...player.querySelectorAll("th.tt-now, td.tt-now")].map(column),
    numbers("details.tt-now"), numbers("details[open]"),
    player.querySelector("[aria-live=polite]").innerText.trim()];
}"""  # noqa: E501
AT_REST = "The run: 9 steps. Go through them with the buttons, the slider or the arrow keys."


def player(page: Page, number: int = 0) -> Locator:
    return page.locator("tt-player").nth(number)


def lit(page: Page, number: int = 0) -> Lit:
    found: list[Any] = player(page, number).evaluate(_LIT)
    return Lit(*found)


def at(step: int, run: Run = PASSED, at_rest: str = AT_REST) -> Lit:
    """What is to be marked at a step, and nothing else."""
    if step == 0:
        return Lit([], [], [], [], [], at_rest)
    column = [f"After Step {step}"] * 4
    said = f"Step {step} of {len(run.steps)}: {told(run.steps[step - 1])}"
    return Lit([step], [step], column, [step], [step], said)


def address(page: Page) -> str:
    return re.sub(".*?(#|$)", r"\1", page.url, count=1)


def test_a_run_can_be_stepped_through_by_keyboard_alone(tab: OpenTab, small: Server) -> None:
    page = tab("one/", at=small).page
    assert lit(page) == at(0)
    for _ in range(60):
        if page.evaluate("document.activeElement.type") == "range":
            break
        page.keyboard.press("Tab")
    for step in range(1, 10):
        page.keyboard.press("ArrowRight")
        assert lit(page) == at(step)
        assert address(page) == f"#step={step}"
        assert page.locator("input[type=range]").input_value() == str(step)
    assert lit(page).said == "Step 9 of 9: monitor_model(), passed. Model: Monitored."
    page.keyboard.press("ArrowRight")
    assert lit(page) == at(9)
    for key, step in {"ArrowLeft": 8, "Home": 1, "End": 9, "Escape": 0}.items():
        page.keyboard.press(key)
        assert lit(page) == at(step)
    assert address(page) == ""
    for key, step in {"ArrowUp": 1, "ArrowDown": 1}.items():
        page.keyboard.press(key)
        assert lit(page) == at(step)


def test_the_buttons_do_what_they_are_called(tab: OpenTab, small: Server) -> None:
    page = tab("one/", at=small).page
    for name, step in {"Step on": 1, "Last step": 9, "Step back": 8, "First step": 1}.items():
        page.get_by_role("button", name=name).focus()
        page.keyboard.press("Enter")
        assert lit(page) == at(step)
    assert page.get_by_role("button", name="Step back").get_attribute("aria-disabled") == "true"
    page.keyboard.press("ArrowRight")  # arrows work on a button, too
    page.get_by_role("button", name="Step on").focus()
    page.keyboard.press("Space")  # and the space bar presses it
    assert lit(page) == at(3)


def test_keys_are_taken_from_nobody(tab: OpenTab, small: Server) -> None:
    page = tab("one/", at=small).page
    for where in ("input[aria-label='A box']", "tt-player .tt-scroll >> nth=2", "summary >> nth=1"):
        page.locator(where).focus()
        for key in ("ArrowRight", "End"):
            page.keyboard.press(key)
        assert lit(page) == at(0)
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Control+ArrowRight")
    assert lit(page) == at(0)


def test_the_slider_stands_where_the_stop_is(tab: OpenTab, small: Server) -> None:
    page = tab("one/", at=small).page
    box = page.locator(".tt-slide svg").bounding_box()
    assert box
    for step in (6, 2, 9, 0):
        page.mouse.click(box["x"] + box["width"] * step / 9, box["y"] + box["height"] / 2)
        assert lit(page) == at(step)


def test_a_number_and_a_box_lead_to_their_step(tab: OpenTab, small: Server) -> None:
    page = tab("one/", at=small).page
    page.locator("tr[data-step='4'] th").click()
    assert lit(page) == at(4)
    page.keyboard.press("ArrowRight")  # and the keys go on from there
    assert lit(page) == at(5)
    page.locator(".node[data-step='7'] text").first.click()
    assert lit(page) == at(7)


@pytest.mark.parametrize("still", [True, False])
def test_it_plays_to_the_end_and_pauses(tab: OpenTab, small: Server, still: bool) -> None:  # noqa: FBT001
    page = tab("one/", at=small, still=still).page
    page.clock.install()
    page.reload()
    page.locator("input[type=range]").focus()
    page.keyboard.press("Space")
    for step in (1, 2, 3):
        assert lit(page) == at(step)
        page.clock.run_for(1200)
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(5000)
    assert lit(page) == at(4)
    page.get_by_role("button", name="Play").click()
    assert lit(page) == at(5)
    page.clock.run_for(20_000)
    assert lit(page) == at(9)
    assert page.get_by_role("button", name="Play").is_visible()
    page.get_by_role("button", name="Play").click()  # once more, from the beginning
    assert lit(page) == at(1)
    page.keyboard.press("ArrowLeft")
    page.clock.run_for(5000)
    assert lit(page) == at(1)
    took = page.locator("tr.tt-now").evaluate("e => getComputedStyle(e).transitionDuration")
    assert (took == "0s") is still


def test_links_lead_to_a_step_and_back_leads_out(tab: OpenTab, small: Server) -> None:
    page = tab("one/#step=6", at=small).page
    assert lit(page) == at(6)
    assert player(page).evaluate("e => e.getBoundingClientRect().top") < 80
    page.locator("input[type=range]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert lit(page) == at(2)
    page.get_by_role("link", name="the third step").click()
    page.wait_for_function("location.hash === '#step=3'")
    assert lit(page) == at(3)
    page.go_back()  # to the place that was left, not through every step on the way
    page.wait_for_function("location.hash === '#step=2'")
    assert lit(page) == at(2)
    page.evaluate("location.hash = '#run-train_model'")
    page.wait_for_function("document.querySelector('tr.tt-now').dataset.step === '6'")
    assert lit(page) == at(6)
    page.evaluate("location.hash = '#after-it'")  # which is no business of ours
    page.wait_for_timeout(50)
    assert lit(page) == at(6)


@pytest.mark.parametrize(
    "hash_", ["#step=10", "#step=x", "#step=-1", "#step=", "#%E0%A4%A", "#a b"]
)
def test_an_address_that_is_none_leaves_all_at_rest(
    tab: OpenTab, small: Server, hash_: str
) -> None:
    page = tab(f"one/{hash_}", at=small).page
    assert lit(page) == at(0)


def test_it_starts_after_instant_navigation(tab: OpenTab, small: Server) -> None:
    page = tab("", at=small).page
    page.evaluate("window.sameDocument = true")
    page.get_by_role("link", name="the sixth step").click()
    page.wait_for_selector("tr.tt-now")
    assert page.evaluate("window.sameDocument")
    assert lit(page) == at(6)
    page.locator("input[type=range]").focus()
    page.keyboard.press("End")
    assert address(page) == "#step=9"
    page.go_back()
    page.wait_for_selector("h1:has-text('Home')")
    page.get_by_role("link", name="a row").click()
    page.wait_for_selector("tr.tt-now")
    assert page.evaluate("window.sameDocument")
    assert lit(page, 1).rows == [3]


def test_two_players_do_not_fight(tab: OpenTab, small: Server) -> None:
    page = tab("two/#right-step=7", at=small).page
    rest = AT_REST.replace("The run", "The left one")
    assert lit(page, 0) == at(0, at_rest=rest)
    assert lit(page, 1) == at(7, STOPPED)
    assert lit(page, 1).said == "Step 7 of 9: validate_model(), refused: not good <enough>."
    player(page, 0).locator("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert address(page) == "#left-step=1"
    assert lit(page, 0) == at(1)
    assert lit(page, 1) == at(7, STOPPED)
    page.evaluate("location.hash = '#bad-right-build'")
    page.wait_for_function("document.querySelectorAll('tr.tt-now')[1].dataset.step === '2'")
    assert lit(page, 1) == at(2, STOPPED)
    assert lit(page, 0) == at(1)
    assert duplicate_ids(page) == []


def test_a_refusal_is_told_by_word_and_shape(tab: OpenTab, small: Server) -> None:
    page = tab("two/#right-step=7", at=small).page
    right = player(page, 1)
    shape = "e => getComputedStyle(e, '::before').content"
    assert "■" in right.locator("[aria-live]").evaluate(shape)
    assert "■" in right.locator("tr.tt-now th").evaluate(shape)
    assert right.locator("details.tt-now em").inner_text() == "refused"
    page.evaluate("location.hash = '#right-step=1'")
    page.wait_for_selector("tr[data-step='1'].tt-now")
    assert right.locator("[aria-live]").evaluate(shape) == "none"


def test_nothing_but_the_scroller_moves(tab: OpenTab, small: Server) -> None:
    page = tab("one/", at=small, screen=PHONE).page
    table = page.locator("tt-player table").nth(1)
    table.scroll_into_view_if_needed()
    before = page.evaluate("scrollY"), table.bounding_box()
    page.locator("input[type=range]").evaluate("e => e.focus({preventScroll: true})")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
        seen = page.evaluate("""() => {
          const cell = document.querySelector("th.tt-now").getBoundingClientRect();
          const box = document.querySelector("th.tt-now").closest(".tt-scroll")
            .getBoundingClientRect();
          return cell.left >= box.left - 1 && cell.right <= box.right + 1; }""")
        assert seen
        after = page.evaluate("scrollY"), table.bounding_box()
        assert after[0] == before[0]
        assert before[1]
        assert after[1]
        assert after[1]["y"] == before[1]["y"]
    bar = page.locator(".tt-player-bar").bounding_box()
    header = page.locator(".md-header").bounding_box()
    assert bar
    assert header
    assert header["height"] - 6 <= bar["y"] <= header["height"]


def test_without_a_script_all_is_there_and_no_dead_control(tab: OpenTab, small: Server) -> None:
    page = tab("two/", at=small, javascript=False).page
    for which, run in enumerate((PASSED, STOPPED)):
        one = player(page, which)
        assert not one.locator(".tt-player-bar").is_visible()
        assert one.locator(".node[data-step]").count() == 9
        assert one.locator("table").count() == 2
        assert one.locator("details").count() == 9
        one.locator("details summary").nth(8).click()
        shown = one.locator("details pre").nth(8).inner_text()
        assert shown.startswith("digest: abababab" if run.passed else "skipped:")
    assert player(page).get_by_role("button").count() == 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(tab: OpenTab, small: Server, screen: Any, dark: bool) -> None:  # noqa: FBT001
    page = tab("two/", at=small, screen=screen, dark=dark).page
    for left, right in ((1, 7), (6, 8)):  # of each track one that passed; refused, and skipped
        for name, step in {"left": left, "right": right}.items():
            page.evaluate(f"location.hash = '#{name}-step={step}'")
            page.wait_for_selector(f"[data-name={name}] tr[data-step='{step}'].tt-now")
        assert axe(page) == []


def test_it_fits_the_smallest_screen_and_does_not_shift(tab: OpenTab, small: Server) -> None:
    for screen in (SMALL, DESKTOP):
        page = tab("one/", at=small, screen=screen).page
        assert shift(page) == 0
        page.evaluate("location.hash = '#step=7'")
        page.wait_for_selector("tr.tt-now")
        assert overflow(page).by == 0
        assert stuck_scrollers(page) == []
        assert tab_stops(page) == []
        for button in page.locator(".tt-player-bar :is(button, input)").all():
            box = button.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 24
