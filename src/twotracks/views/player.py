"""A run to step through: its views in one element, complete as it is, which a script animates."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.views.evidence import classes, evidence_blocks
from twotracks.views.flow import flow, slug
from twotracks.views.html import Html, scrolling, table
from twotracks.views.noticing import notices
from twotracks.views.rows import as_id
from twotracks.views.tables import process_table, status_tracker
from twotracks.views.text import for_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from twotracks.run import Run, StepRecord

_SVG = "{http://www.w3.org/2000/svg}"
_TRACKS = ("Software CI/CD", "ML CI/CD")
"""The processes that have a rail of their own. What is neither runs between the rails."""
_BUTTONS = (
    ("first", "First step", "M3 2h2v12H3zM13 2v12L6 8z"),
    ("back", "Step back", "M12 2v12L4 8z"),
    ("play", "Play", "M4 2v12l9-6z"),
    ("on", "Step on", "M4 2v12l8-6z"),
    ("last", "Last step", "M11 2h2v12h-2zM3 2v12l7-6z"),
)
"""What each button does, what it is called, and its sign on a field of 16 by 16."""
_PAUSE = "M4 2h3v12H4zM9 2h3v12H9z"


def player(
    run: Run,
    *,
    name: str = "",
    title: str = "The run",
    level: int = 3,
    process: pd.DataFrame | None = None,
) -> Html:
    """A run to step through: flow, evidence, process table and status tracker, in one element.

    All of it can be read without JavaScript. With it, a step's box in the flow, its row, its column
    and its evidence light up together. `#step=6` at the end of the page's address leads to step 6.

    Rows have the names of their steps as ids, with the player's name before them if it has one.

    Args:
        run: What `record()` gave.
        name: Tells it from other players of the page: a letter, then letters, digits, `-` and `_`.
            With the name `ml`, `#ml-step=6` leads to step 6.
        title: What the run is called. Screen readers hear it with each part.
        level: Of the headings over the two tables, 1 to 6.
        process: The process table, if it is to say more than `process_table(run)`.

    Raises:
        TwoTracksError: The run has no steps, or `name` or `level` is not of that form.
    """
    if not run.steps:
        raise TwoTracksError("there is nothing to step through", fix="Give a run with steps.")
    if name and not re.fullmatch("[A-Za-z][A-Za-z0-9_-]*", name):
        raise TwoTracksError(
            f"{name!r} cannot be part of an address",
            where="player(name=...)",
            fix="Begin with a letter, and use letters, digits, - and _ only.",
        )
    if level not in range(1, 7):
        raise TwoTracksError(f"HTML has no heading of level {level}", where="player(level=...)")
    shown = _process_table(run, name) if process is None else process
    parts = {"Process table": table(shown), "Status tracker": table(_tracker(run, name))}
    tables = "".join(
        f"<h{level}>{part}</h{level}>{scrolling(markup, f'{title}: {part.lower()}')}"
        for part, markup in parts.items()
    )
    return Html(
        f'<tt-player data-name="{name}">{_bar(run, title)}<div class="tt-player-look" '
        f'style="--tt-steps:{len(run.steps)}">'
        f"{scrolling(_drawing(run, name), f'{title}: flow')}{evidence_blocks(run)}</div>"
        f"{tables}</tt-player>"
    )


def _process_table(run: Run, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = process_table(run)
    frame.attrs["row_ids"] = row_ids(run, f"{name}-" if name else "")
    frame.attrs["row_classes"] = [*map(classes, run.steps), "tt-end"]
    return frame


def _tracker(run: Run, name: str) -> pd.DataFrame:
    """The status tracker, with an address for each row: `state-model`."""
    frame = status_tracker(run)
    prefix = f"{name}-" if name else ""
    frame.attrs["row_ids"] = [f"{prefix}state-{as_id(variable)}" for variable in run.variables]
    return frame


def row_ids(run: Run, prefix: str = "") -> list[str]:
    """An id for the row of each step: the step's name, or nothing for one that was called before.

    Args:
        run: What `record()` gave.
        prefix: What the ids begin with.
    """
    names = [step.name for step in run.steps]
    return ["" if name in names[:place] else f"{prefix}{name}" for place, name in enumerate(names)]


def _drawing(run: Run, name: str) -> str:
    """The flow, with the number of its step in each box instead of an id."""
    drawing = flow(run)
    drawing.name = f"{name}-flow" if name else "flow"
    root = ET.fromstring(drawing.svg())  # noqa: S314 - we wrote it a moment ago
    for box in root.iter(f"{_SVG}g"):
        found = re.fullmatch(r"step-(\d+)", box.attrib.pop("id", ""))
        if found:
            box.set("data-step", found[1])
            if notices(run.steps[int(found[1]) - 1]):
                box.set("class", f"{box.get('class')} tt-noticed")
    return ET.tostring(root, encoding="unicode")


def _bar(run: Run, title: str) -> str:
    """The controls: two rails with a stop for each step and a slider over them, and buttons."""
    buttons = "".join(
        f'<button type="button" data-do="{does}" aria-label="{called}" title="{called}">'
        f"{_sign(sign)}{_sign(_PAUSE) if does == 'play' else ''}</button>"
        for does, called, sign in _BUTTONS
    )
    many = len(run.steps)
    steps = f"{many} steps. Go through them" if many > 1 else "one step. Go to it"
    return (
        f'<div class="tt-player-bar" hidden role="group" aria-label="{for_html(title)}: controls">'
        f'<div class="tt-rails">{_rails(run)}</div>'
        f'<div class="tt-player-buttons">{buttons}</div>'
        f'<p aria-live="polite">{for_html(title)}: {steps} with the buttons, the slider or the '
        "arrow keys.</p></div>"
    )


def _sign(path: str) -> str:
    return f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{path}"/></svg>'


def _rails(run: Run) -> str:
    """The names of the rails, and the rails: one unit wide for each step, two units high."""
    named = [process for process in _TRACKS if process in run.processes] or run.processes[:2]
    height = {process: (2 * place + 1) / len(named) for place, process in enumerate(named)}
    names = "".join(
        f'<span class="{slug(process)}" data-rail="{for_html(process)}"></span>'
        for process in named
    )
    many = len(run.steps)
    rails = "".join(
        f'<path class="{slug(process)}" d="M0 {height[process]:g}H{many}"/>' for process in named
    )
    stops = "".join(
        f'<path class="tt-stops {css}" d="{path}"/>' for css, path in _stops(run.steps, height)
    )
    return (
        f'<div>{names}</div><div class="tt-slide"><svg viewBox="0 0 {many} 2" '
        f'preserveAspectRatio="none" aria-hidden="true">{rails}{stops}</svg>'
        f'<input type="range" min="0" max="{many}" value="0" aria-label="Step"></div>'
    )


def _stops(steps: Sequence[StepRecord], height: dict[str, float]) -> Iterator[tuple[str, str]]:
    """One path for all stops of a kind, so that a long run does not need more elements."""
    kinds: dict[str, list[StepRecord]] = {}
    for step in steps:
        kinds.setdefault(classes(step), []).append(step)
    for css, alike in kinds.items():
        yield css, "".join(f"M{step.number} {height.get(step.process, 1):g}h0" for step in alike)
