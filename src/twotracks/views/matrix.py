"""Troubles by steps: who noticed what, for software CI/CD alone and with the ML track."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeAlias

from twotracks.views.html import Html
from twotracks.views.noticing import (
    SERVE_USERS,
    in_time,
    is_hurt,
    notices,
    noticing,
    steps_of,
    users_hurt,
)
from twotracks.views.text import for_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twotracks.run import Run
    from twotracks.views.noticing import Sides

Mark: TypeAlias = Literal["noticed", "passed", "not reached", "taken over", "users hurt"]
"""What became of a trouble at a step."""

SIDES = {"software": "Software CI/CD alone", "ml": "With the ML track"}
"""The two sides that are compared, each with its heading."""
CONTROL = "no-change"
"""The scenario in which nothing is wrong: whatever notices there is a false alarm."""
MEANINGS: dict[Mark, str] = {
    "noticed": "the step failed, refused, or passed with an alert",
    "users hurt": "users were served clearly worse than without the trouble",
    "passed": "the step ran, and had nothing to say",
    "taken over": "its inputs were those of the clean run, and so is its result",
    "not reached": "an earlier step had stopped the pipeline, or nothing called for it",
}
LETTERS: dict[Mark, str] = {
    "noticed": "N",
    "users hurt": "X",
    "passed": ".",
    "taken over": "=",
    "not reached": " ",
}


@dataclass(frozen=True)
class Row:
    """One trouble: its marks by side and step, and how each side fared."""

    name: str
    kind: str
    marks: Mapping[str, Mapping[str, Mark]]
    hurts: bool
    """Whether users are hurt if nothing guards them."""
    before: frozenset[str]
    """The sides that noticed before users were served."""
    after: frozenset[str]
    """Those that noticed only after that."""
    not_spared: frozenset[str]
    """The sides whose users were hurt."""
    taken: Mapping[str, frozenset[str]]
    """By side, the steps that its run has, skipped ones too."""

    @property
    def label(self) -> str:
        return self.name.replace("-", " ")

    def let_through(self, side: str) -> bool:
        """Whether it hurts users, and no step of that side noticed."""
        return self.hurts and side not in self.before | self.after


@dataclass(frozen=True)
class Headline:
    """The counts of a matrix, as the names of the troubles that are counted.

    Attributes:
        hurt: Those that hurt users if nothing guards them.
        let_through: By side, those of `hurt` that no step noticed.
        before: By side, those of `hurt` that were noticed before users were served.
        not_spared: By side, those of `before` that hurt the users all the same, because a pipeline
            stops what it releases, and not what users send.
        after: By side, those of `hurt` that were noticed only after users were served.
        price: By side, what was noticed although nobody was to be hurt; without the control.
        false_alarms: By side, the steps that noticed something when nothing had changed.
    """

    hurt: tuple[str, ...]
    let_through: Mapping[str, tuple[str, ...]]
    before: Mapping[str, tuple[str, ...]]
    not_spared: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]
    price: Mapping[str, tuple[str, ...]]
    false_alarms: Mapping[str, tuple[str, ...]]

    @property
    def sentence(self) -> str:
        """The headline of the site."""
        return (
            f"Of {len(self.hurt)} troubles that hurt the users of the service if nothing guards "
            f"them, software CI/CD alone let {len(self.let_through['software'])} through, and the "
            f"ML track let {len(self.let_through['ml'])} through."
        )


@dataclass(frozen=True)
class Matrix:
    """Troubles by steps.

    Attributes:
        steps: The names of the steps of each side, in order.
        rows: The troubles, in order.
    """

    steps: Mapping[str, tuple[str, ...]]
    rows: tuple[Row, ...]

    def headline(self) -> Headline:
        """What there is to count."""

        def names(test: Callable[[Row, str], bool]) -> dict[str, tuple[str, ...]]:
            return {side: tuple(row.name for row in self.rows if test(row, side)) for side in SIDES}

        return Headline(
            hurt=tuple(row.name for row in self.rows if row.hurts),
            let_through=names(lambda row, side: row.let_through(side)),
            before=names(lambda row, side: row.hurts and side in row.before),
            not_spared=names(lambda row, side: row.hurts and side in row.before & row.not_spared),
            after=names(lambda row, side: row.hurts and side in row.after),
            price=names(
                lambda row, side: (
                    not row.hurts and row.name != CONTROL and side in row.before | row.after
                )
            ),
            false_alarms={
                side: tuple(
                    step
                    for row in self.rows
                    for step, mark in row.marks[side].items()
                    if row.name == CONTROL and mark == "noticed"
                )
                for side in SIDES
            },
        )

    def text(self) -> str:
        """The matrix for a terminal: a letter a step, and what the letters and columns mean."""
        width = max((len(row.name) for row in self.rows), default=0) + 4
        first = [
            "  ".join(heading.ljust(2 * len(self.steps[side])) for side, heading in SIDES.items())
        ]
        numbers = [
            " ".join(str(n % 10) for n in range(1, len(self.steps[side]) + 1)) + " "
            for side in SIDES
        ]
        lines = [f"{'':{width + 6}}{first[0]}", f"{'':{width}}hurts {'  '.join(numbers)}"]
        for kind, rows in groupby(self.rows, key=lambda row: row.kind):
            lines += [kind] if kind else []
            lines += [f"  {row.name:{width - 2}}{self._letters(row)}" for row in rows]
        lines += ["", *(f"{LETTERS[mark] or ' '} {mark}: {MEANINGS[mark]}" for mark in MEANINGS)]
        for side, heading in SIDES.items():
            steps = ", ".join(f"{n} {name}" for n, name in enumerate(self.steps[side], start=1))
            lines.append(f"{heading}: {steps}")
        return "\n".join(line.rstrip() for line in lines)

    def _letters(self, row: Row) -> str:
        sides = [
            " ".join(LETTERS[row.marks[side][step]] for step in self.steps[side]) + " "
            for side in SIDES
        ]
        return f"{'yes' if row.hurts else 'no':6}{'  '.join(sides)}"

    def html(self, link: Callable[[str], str] = "{}.md".format) -> Html:
        """The matrix as a table in which every mark leads to the step on the trouble's page.

        Args:
            link: Gives the address of a trouble's page by its name, or its file from the folder
                of the page that shows the matrix.
        """
        groups = "".join(
            f'<th scope="colgroup" class="tt-side-{side}" colspan="{len(self.steps[side])}">'
            f"{heading}</th>"
            for side, heading in SIDES.items()
        )
        columns = "".join(
            f'<th scope="col"{_side(side, position)}><span>{for_html(step)}</span></th>'
            for side in SIDES
            for position, step in enumerate(self.steps[side])
        )
        span = 2 + sum(len(self.steps[side]) for side in SIDES)
        bodies = "".join(
            f'<tbody><tr><th scope="rowgroup" colspan="{span}">{for_html(kind.capitalize())}</th>'
            f"</tr>{''.join(self._row(row, link) for row in rows)}</tbody>"
            for kind, rows in groupby(self.rows, key=lambda row: row.kind)
        )
        return Html(
            '<div class="tt-scroll" tabindex="0" role="region" aria-label="Who notices what">'
            '<table class="tt-table tt-matrix">'
            f"<caption>{len(self.rows)} scenarios by the steps of both sides: who notices</caption>"
            '<thead><tr><th scope="col" rowspan="2">Scenario</th>'
            '<th scope="col" rowspan="2"><span>if nothing guards</span></th>'
            f"{groups}</tr><tr>{columns}</tr></thead>{bodies}</table></div>{legend().markup}",
            text=self.text(),
        )

    def _row(self, row: Row, link: Callable[[str], str]) -> str:
        page = for_html(link(row.name))
        cells = [_cell("users hurt" if row.hurts else "passed", f"{page}#none-{SERVE_USERS}")]
        for side in SIDES:
            for position, step in enumerate(self.steps[side]):
                name = f"{side}-{for_html(step)}" if step in row.taken[side] else side
                address = f"{page}#{name}"
                cells.append(_cell(row.marks[side][step], address, _side(side, position)))
        name = f'<th scope="row"><a href="{page}">{for_html(row.label)}</a></th>'
        return f'<tr id="{for_html(row.name)}">{name}{"".join(cells)}</tr>'


def _side(side: str, position: int) -> str:
    """The first column of a side has a line before it."""
    return "" if position else f' class="tt-side-{side}"'


def _cell(mark: Mark, address: str, attributes: str = "") -> str:
    css = f"tt-mark-{mark.replace(' ', '-')}"
    return f'<td{attributes}><a class="{css}" href="{address}">{mark}</a></td>'


def legend() -> Html:
    """What the marks mean, in words."""
    items = "".join(
        f'<li class="tt-mark-{mark.replace(" ", "-")}"><strong>{mark}</strong>: {meaning}</li>'
        for mark, meaning in MEANINGS.items()
    )
    return Html(f'<ul class="tt-legend">{items}</ul>')


def matrix(runs: Mapping[str, Sides], kinds: Mapping[str, str] | None = None) -> Matrix:
    """Lay out who noticed what.

    Args:
        runs: For each scenario its runs: `software`, `ml` and `none`.
        kinds: For each scenario what is changed in it; scenarios of one kind stand together.

    Raises:
        TwoTracksError: a run with nothing to guard the users did not measure how they fared.
    """
    kinds = kinds or {}
    order = list(dict.fromkeys(kinds.get(name, "") for name in runs))
    names = sorted(runs, key=lambda name: order.index(kinds.get(name, "")))
    steps = {side: steps_of([sides[side] for sides in runs.values()]) for side in SIDES}
    return Matrix(
        steps,
        tuple(_make_row(name, kinds.get(name, ""), runs[name], steps) for name in names),
    )


def _make_row(name: str, kind: str, sides: Sides, steps: Mapping[str, Iterable[str]]) -> Row:
    noticed = {side: noticing(sides[side]) for side in SIDES}
    before = {side for side in SIDES if any(in_time(step, sides[side]) for step in noticed[side])}
    return Row(
        name,
        kind,
        {side: {step: mark(sides[side], step) for step in steps[side]} for side in SIDES},
        is_hurt(sides["none"]),
        frozenset(before),
        frozenset(side for side in SIDES if noticed[side] and side not in before),
        frozenset(side for side in SIDES if users_hurt(sides[side])),
        {side: frozenset(step.name for step in sides[side].steps) for side in SIDES},
    )


def mark(run: Run, name: str) -> Mark:
    """What became of the trouble at a step of a run."""
    step = next((step for step in run.steps if step.name == name), None)
    if step is None or step.status == "skipped":
        return "not reached"
    if notices(step):
        return "noticed"
    if name == SERVE_USERS and users_hurt(run):
        return "users hurt"
    return "taken over" if step.taken_over else "passed"
