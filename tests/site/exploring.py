"""The explorer in a page, compared with the matrix in the same page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Marks: TypeAlias = dict[str, dict[str, str]]
"""By side and step, what became of a trouble."""

_MATRIX = """table => {
  const [groups, columns] = table.tHead.rows
  const sides = [...groups.querySelectorAll("[colspan]")].map(one => one.colSpan)
  const steps = [...columns.cells].map(cell => cell.textContent)
  return [...table.querySelectorAll("tbody th[scope=row]")].map(head => {
    const [guards, ...cells] = [...head.parentNode.cells].slice(1).map(cell => cell.textContent)
    const marks = cells.map((text, i) => [steps[i], text])
    return {
      name: new URL(head.querySelector("a").href).pathname.match(/([^/]+)(\\/|\\.html)$/)[1],
      hurts: guards === "users hurt",
      marks: {
        software: Object.fromEntries(marks.slice(0, sides[0])),
        ml: Object.fromEntries(marks.slice(sides[0])),
      },
    }
  })
}"""
_SHOWN = """explorer => Object.fromEntries(["software", "ml"].map(side => [side, Object.fromEntries(
  [...explorer.querySelectorAll(`.tt-lane-${side} li`)].map(stop => [
    stop.dataset.step,
    stop.classList.contains("tt-ahead") ? "ahead" : stop.querySelector("span").textContent,
  ]))]))"""


@dataclass(frozen=True)
class Row:
    """A row of the matrix, as it stands in the page."""

    name: str
    hurts: bool
    marks: Marks


def matrix_of(page: Page) -> list[Row]:
    """The rows of the matrix in a page."""
    return [Row(**row) for row in page.locator("table.tt-matrix").evaluate(_MATRIX)]


def shown(explorer: Locator) -> Marks:
    """The marks that an explorer shows; `ahead` for what it has not played yet."""
    found: Marks = explorer.evaluate(_SHOWN)
    return found


def choose(explorer: Locator, name: str) -> None:
    """Choose a trouble, and wait until its runs are there."""
    explorer.locator("select").select_option(name)
    # The page is at `july/`, and at `july.html` in the folder that is opened without a server.
    page = explorer.locator(f'.tt-what a:is([href$="{name}/"], [href$="{name}.html"])')
    expect(page).to_have_count(1)


def told(explorer: Locator, side: str) -> dict[str, str]:
    """What is said of the end on one side, as far as it can be seen."""
    end = explorer.locator(f".tt-end-{side}")
    parts = {name: end.locator(f".tt-{name}") for name in ("worth", "said", "users")}
    return {
        name: part.inner_text().strip() if part.is_visible() else "" for name, part in parts.items()
    }


def differences(explorer: Locator, row: Row) -> list[str]:
    """Choose the trouble of a row, and say what of its end is not as the matrix has it.

    The reader is one who asked for reduced motion, so that the end comes at once.
    """
    choose(explorer, row.name)
    found = shown(explorer)
    wrong = [f"{row.name}: shows {found}, not {row.marks}"] if found != row.marks else []
    for side, marks in row.marks.items():
        said = told(explorer, side)
        noticed = next((step for step, mark in marks.items() if mark == "noticed"), None)
        users_hurt = marks["serve_users"] == "users hurt"
        expected = {
            "noticed": said["said"].startswith(f"{noticed}()") if noticed else not said["said"],
            "let through": said["worth"].startswith("Let through")
            == (row.hurts and noticed is None),
            "users": (
                "an answer was worse" in said["users"] or "were not answered" in said["users"]
            )
            == users_hurt,
        }
        wrong += [f"{row.name}, {side}: {what}: {said}" for what, ok in expected.items() if not ok]
    return wrong
