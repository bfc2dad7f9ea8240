"""The quiz in a real browser: each question right and wrong, kept, cleared, and without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.site.browsing import DESKTOP, PHONE, SMALL
from tests.site.measures import axe, overflow

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.site.conftest import OpenTab, SmallSite
    from tests.site.serving import Server

PAGE = """
# Quiz

```python exec source="none" id="facts"
import pandas as pd

from twotracks.views.quiz import Option, Question, quiz
from twotracks.views.rows import Row, addressed

frame = pd.DataFrame({"Name": ["one", "two"], "Value": [1, 2]})
frame.attrs = {"caption": "Facts", "row_header": "Name"}
table = addressed(frame)
table
```

```python exec source="none"
def ask(prompt):
    return Question(
        prompt,
        (
            Option("1", "That is the <other>.", "reads the wrong row"),
            Option(lambda f: f["Value"].max(), "It is `two`."),
            Option("3", "There is none."),
        ),
        lambda f: f["Value"].max(),
        "Look at the last row.",
        Row.of_table(table, "two", cell="facts"),
    )


quiz(table, [ask("Which value is the largest?"), ask("And which is it again?")])
```

{more}
"""
TWO = '```python exec source="none"\nquiz(table, [ask("A third time?")])\n```\n'
REFUSE = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
WITH_QUIZ = ("see/", "story/", "rollout/", "what-breaks/", "reference/gates-model/")


@pytest.fixture(scope="module")
def small(small_site: SmallSite) -> Server:
    return small_site(
        {
            "index.md": "# Home\n\n[To the quiz](quiz.md)\n",
            "quiz.md": PAGE.replace("{more}", ""),
            "two.md": PAGE.replace("{more}", TWO),
        }
    )


def forms(page: Page) -> list[Locator]:
    return page.locator("form.tt-question").all()


def key(form: Locator) -> int:
    """The place of the right option, as the build computed it."""
    css = form.locator(".tt-answer li").evaluate_all("items => items.map(i => i.className)")
    assert css.count("tt-right") == 1
    return int(css.index("tt-right"))


def answer(page: Page, form: Locator, place: int) -> str:
    """Answer a question with the keyboard alone. Gives what is said then."""
    options = form.locator("input[type=radio]")
    options.nth(place).focus()
    page.keyboard.press("Space")
    form.get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    return str(form.locator(".tt-feedback").inner_text())


def answer_all(page: Page) -> int:
    """Answer each question of a page with each option, the right one last. Gives their number."""
    for form in forms(page):
        right = key(form)
        places = [place for place in range(form.locator("input").count()) if place != right]
        for place in [*places, right]:
            said = answer(page, form, place)
            because = form.locator(".tt-answer li").nth(place).text_content()
            assert said == because
            assert said.startswith("Right." if place == right else "Not right.")
            assert form.get_attribute("data-said") == ("right" if place == right else "wrong")
    results = page.locator(".tt-results [role=status]").all_inner_texts()
    assert results
    assert not [one for one in results if "to go" in one]
    return len(forms(page))


@pytest.mark.parametrize("path", WITH_QUIZ)
def test_every_question_of_the_site_is_answered_right_and_wrong(tab: OpenTab, path: str) -> None:
    assert answer_all(tab(path).page) >= 2


def test_the_site_asks_the_seed_pages_questions_and_more(tab: OpenTab) -> None:
    assert sum(len(forms(tab(path).page)) for path in WITH_QUIZ) >= 3 + 12
    page = tab("see/").page
    keys = [form.locator("label").nth(key(form)).inner_text().strip() for form in forms(page)]
    assert keys[:3] == ["Step 6", "Validated", "Step 9"]


def test_right_at_the_first_try_is_counted_and_kept(tab: OpenTab, small: Server) -> None:
    page = tab("quiz/", at=small).page
    result = page.locator(".tt-results [role=status]")
    expect(result).to_have_text("0 of 2 right at the first try, 2 to go.")
    first, second = forms(page)
    assert answer(page, first, 1) == "Right. It is two."
    assert (
        answer(page, second, 0)
        == "Not right. This answer reads the wrong row. That is the <other>."
    )
    expect(result).to_have_text("1 of 2 right at the first try, 1 to go.")
    answer(page, second, 1)
    expect(result).to_have_text("1 of 2 right at the first try, 1 at a later one.")
    page.reload()
    expect(result).to_have_text("1 of 2 right at the first try, 1 at a later one.")
    assert forms(page)[0].locator("input").nth(1).is_checked()
    page.get_by_role("button", name="Clear this page").click()
    expect(result).to_have_text("0 of 2 right at the first try, 2 to go.")
    page.reload()
    expect(result).to_have_text("0 of 2 right at the first try, 2 to go.")


def test_clearing_all_pages_clears_the_others(tab: OpenTab, small: Server) -> None:
    one = tab("quiz/", at=small)
    answer_all(one.page)
    one.go("two/")
    one.page.get_by_role("button", name="Clear all pages").first.click()
    page = one.go("quiz/")
    expect(page.locator(".tt-results [role=status]")).to_have_text(
        "0 of 2 right at the first try, 2 to go."
    )


def test_nothing_chosen_is_said(tab: OpenTab, small: Server) -> None:
    page = tab("quiz/", at=small).page
    form = forms(page)[0]
    form.get_by_role("button", name="Check").click()
    expect(form.locator(".tt-feedback")).to_have_text("Choose an answer first.")
    expect(form.locator("input").first).to_be_focused()


def test_it_works_where_nothing_may_be_kept(tab: OpenTab, small: Server) -> None:
    one = tab(at=small)
    one.page.add_init_script(REFUSE)
    assert answer_all(one.go("quiz/")) == 2
    one.errors.clear()  # the theme's own, which wants to keep the palette


def test_a_hint_leads_to_its_row(tab: OpenTab, small: Server) -> None:
    page = tab("quiz/", at=small).page
    form = forms(page)[0]
    form.locator(".tt-hint summary").click()
    form.locator(".tt-hint a").press("Enter")
    row = page.locator("#facts-two")
    expect(row).to_contain_class("tt-hinted")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    assert page.url.endswith("#facts-two")


def test_a_hint_on_the_site_lights_the_step_in_the_player(tab: OpenTab) -> None:
    page = tab("see/").page
    form = forms(page)[0]
    form.locator(".tt-hint summary").click()
    form.locator(".tt-hint a").click()
    row = page.locator("tt-player tr.tt-hinted")
    expect(row).to_have_attribute("data-step", "6")
    expect(row).to_be_in_viewport()
    assert page.url.endswith("#step=6")


def test_two_quizzes_on_a_page_count_for_themselves(tab: OpenTab, small: Server) -> None:
    page = tab("two/", at=small).page
    answer(page, forms(page)[2], 1)
    assert page.locator(".tt-results [role=status]").all_inner_texts() == [
        "0 of 2 right at the first try, 2 to go.",
        "1 of 1 right at the first try.",
    ]


def test_it_starts_after_a_click_that_loads_no_page(tab: OpenTab, small: Server) -> None:
    page = tab(at=small).page
    page.evaluate("() => { window.sameDocument = true }")
    page.get_by_role("link", name="To the quiz").click()
    expect(page.locator("article h1")).to_contain_text("Quiz")
    assert page.evaluate("() => window.sameDocument === true")
    assert answer_all(page) == 2


def test_all_of_it_is_there_without_scripts(tab: OpenTab, small: Server) -> None:
    page = tab("quiz/", at=small, javascript=False).page
    form = forms(page)[0]
    form.locator(".tt-answer summary").click()
    expect(form.locator(".tt-answer")).to_contain_text("B is right.")
    expect(form.locator(".tt-answer")).to_contain_text("reads the wrong row")
    assert form.get_by_role("button").count() == 0
    expect(page.locator(".tt-results")).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_has_no_barriers(tab: OpenTab, small: Server, screen: Any, dark: bool) -> None:  # noqa: FBT001
    page = tab("quiz/", at=small, screen=screen, dark=dark).page
    assert axe(page) == []
    answer(page, forms(page)[0], 0)
    answer(page, forms(page)[1], 1)
    for summary in page.locator("tt-quiz summary").all():
        summary.click()
    assert axe(page) == []


def test_it_fits_the_smallest_screen(tab: OpenTab, small: Server) -> None:
    page = tab("quiz/", at=small, screen=SMALL).page
    answer(page, forms(page)[0], 0)
    assert overflow(page).by == 0
