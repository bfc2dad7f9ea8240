"""The explorer: one trouble at a time goes down both sides, until somebody notices or nobody does.

What stands in the page is complete: how one trouble ended, and all others in words with a link to
the page of each. The script lets a reader choose another one, and plays it. What it needs for that
is the file `run.json` beside each trouble's page, as `explorer_json` writes it.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from twotracks.views.html import Html
from twotracks.views.matrix import SIDES
from twotracks.views.noticing import SERVE_USERS
from twotracks.views.text import for_html, sentence
from twotracks.views.verdicts import ending, fate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twotracks.views.matrix import Mark, Matrix
    from twotracks.views.scenarios import Scenario, Scenarios
    from twotracks.views.verdicts import Ending

KEY: dict[Mark, str] = {
    "noticed": "noticed",
    "users hurt": "users hurt",
    "passed": "ran, and had nothing to say",
    "taken over": "as in the run without trouble",
    "not reached": "not reached",
}
"""What the shapes of the stops mean."""
FILE = "run.json"
"""The file with the runs of a trouble, beside its page."""


def explorer(
    scenarios: Scenarios,
    *,
    rest: str = "july",
    link: Callable[[str], str] = "{}.md".format,
    brief: bool = False,
) -> Html:
    """An element in which a trouble can be chosen, and be seen going down both sides.

    Args:
        scenarios: All that can be chosen.
        rest: The name of the one whose end is shown until a reader chooses.
        link: Gives the file of a scenario's page by its name; its `run.json` is found from there
            if the page with the explorer is the index of its folder.
        brief: Whether the list of all scenarios says no more than who noticed.

    Raises:
        TwoTracksError: there is no scenario `rest`, or a run did not measure how the users fared.
    """
    shown, matrix = scenarios[rest], scenarios.matrix()
    columns = in_one_line(matrix.steps["software"], matrix.steps["ml"])
    page = link(rest)
    endings = {side: ending(shown, side) for side in SIDES}
    lanes = "".join(_lane(matrix, rest, side, columns, endings[side]) for side in SIDES)
    return Html(
        f'<tt-explorer data-tt-rest="{for_html(rest)}"><div class="tt-choose"></div>'
        f'<div class="tt-stage">{_scene(shown, page)}'
        f'<div class="tt-lanes" style="--columns:{len(columns)}">{lanes}</div>{_key()}'
        f'<div class="tt-ends">{"".join(_end(side, endings[side], page) for side in SIDES)}</div>'
        f"</div>{_all(scenarios, matrix, link, brief=brief)}</tt-explorer>"
    )


def in_one_line(some: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The steps of two sides in one order, in which both run.

    >>> in_one_line(["build", "test", "serve"], ["build", "train", "serve", "monitor"])
    ('build', 'test', 'train', 'serve', 'monitor')
    """
    line = list(others)
    for place, name in enumerate(some):
        if name not in line:
            line.insert(line.index(some[place - 1]) + 1 if place else 0, name)
    return tuple(line)


def _scene(scenario: Scenario, page: str) -> str:
    title = for_html(sentence(scenario.title))
    return (
        f'<div class="tt-scene"><p class="tt-quote"><q>{for_html(scenario.symptom)}</q></p>'
        f'<p class="tt-what"><a href="{for_html(page)}">{title}</a></p></div>'
    )


def _lane(matrix: Matrix, name: str, side: str, columns: Sequence[str], ended: Ending) -> str:
    """A side as a rail, with a stop for each of its steps."""
    row = next(row for row in matrix.rows if row.name == name)
    stops = "".join(
        _stop(step, row.marks[side][step], columns.index(step) + 1) for step in matrix.steps[side]
    )
    at = columns.index(ended.stop) + 1 if ended.said else len(columns) + 1
    return (
        f'<div class="tt-lane tt-lane-{side}"><p class="tt-side">{SIDES[side]}</p>'
        f'<ol role="list" aria-label="Steps, {SIDES[side]}" style="--at:{at}">{stops}</ol></div>'
    )


def _stop(step: str, mark: Mark, column: int) -> str:
    users = ' class="tt-users-meet"' if step == SERVE_USERS else ""
    name = for_html(step).replace("_", "_<wbr>")
    return (
        f'<li data-step="{for_html(step)}" data-mark="{mark}"{users} style="--column:{column}">'
        f"<code>{name}</code> <span>{mark}</span></li>"
    )


def _key() -> str:
    items = "".join(f'<li data-mark="{mark}">{meaning}</li>' for mark, meaning in KEY.items())
    return f'<ul class="tt-key" aria-label="What the stops mean">{items}</ul>'


def _end(side: str, ended: Ending, page: str) -> str:
    hidden = "" if ended.said else " hidden"
    address = for_html(f"{page}#{side}-{ended.stop}")
    step = for_html(f"{ended.stop}()") if ended.said else ""
    return (
        f'<div class="tt-end tt-end-{side}"><p class="tt-side">{SIDES[side]}</p>'
        f'<p class="tt-worth"><strong>{for_html(ended.worth)}</strong></p>'
        f'<p class="tt-said"{hidden}>'
        f'<a href="{address}"><code>{step}</code></a> '
        f"<span>{for_html(ended.said)}</span></p>"
        f'<p class="tt-users">{for_html(ended.users)}</p></div>'
    )


def _all(scenarios: Scenarios, matrix: Matrix, link: Callable[[str], str], *, brief: bool) -> str:
    """Every scenario in words, by what it changes, with a link to its page."""
    groups = "".join(
        f'<li data-tt-kind="{for_html(kind.capitalize())}">{for_html(kind.capitalize())}'
        f"<ul>{''.join(_item(scenarios[row.name], link, brief=brief) for row in rows)}</ul></li>"
        for kind, rows in groupby(matrix.rows, key=lambda row: row.kind)
    )
    return (
        f"<details><summary>All {len(matrix.rows)} troubles in words</summary>"
        f'<ul class="tt-troubles">{groups}</ul></details>'
    )


def _item(scenario: Scenario, link: Callable[[str], str], *, brief: bool) -> str:
    name, page = scenario.name, link(scenario.name)
    symptom = "" if brief else f"<q>{for_html(scenario.symptom)}</q> "
    words = " ".join(
        f'<span class="tt-side-{side}">{SIDES[side]}: '
        f"{fate(scenario, side) + '.' if brief else for_html(_told(scenario, side))}</span>"
        for side in SIDES
    )
    return (
        f'<li data-tt-trouble="{for_html(name)}" data-tt-address="{for_html(_runs(page))}">'
        f'<a href="{for_html(page)}">{for_html(name.replace("-", " "))}</a>: '
        f'<span class="tt-title">{for_html(sentence(scenario.title))}</span> {symptom}{words}</li>'
    )


def _runs(page: str) -> str:
    """Where the runs lie, seen from an index: in the folder of the page's name, in any site."""
    return f"{page.removesuffix('.md')}/{FILE}"


def _told(scenario: Scenario, side: str) -> str:
    """Who noticed and what became of the users, without what was said."""
    ended = ending(scenario, side)
    return f"{ended.worth} It was {ended.stop}()." if ended.said else ended.worth
