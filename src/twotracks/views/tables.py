"""A run as tables. `attrs` say how they are shown: the caption, and a class for rows and cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from twotracks.views.flow import slug

if TYPE_CHECKING:
    from twotracks.run import JSON, Run, StepRecord

SHOWN_DIGITS = 12
"""How much of a digest is shown: enough to compare by eye."""


def process_table(run: Run) -> pd.DataFrame:
    """One row a step, and a last row that says whether all were done.

    Returns:
        The columns Step, Process, Action, Focus and Outcome; n steps give n + 1 rows. If a step
        was taken over from the clean run, one more column, Ran, says where each ran.
    """
    rows = [
        (step.number, step.process, step.action, step.focus, step.outcome) for step in run.steps
    ]
    if run.passed:
        end = ("All steps done", "Pipeline complete")
    else:
        end = ("Not all steps done", _stopped(run))
    rows.append((len(rows) + 1, "End", "Condition", *end))
    table = pd.DataFrame(rows, columns=["Step", "Process", "Action", "Focus", "Outcome"])
    if any(step.taken_over for step in run.steps):
        table["Ran"] = [*map(_where_it_ran, run.steps), ""]
    table.attrs = {
        "caption": "Process table: every step of the run, in order",
        "row_header": "Step",
        "row_classes": [
            *(f"{slug(step.process)} tt-{step.status}" for step in run.steps),
            "tt-end",
        ],
        "row_steps": [step.number for step in run.steps],
        "cell_classes": {(row, "Ran"): "tt-whole" for row in range(len(table))},
    }
    return table


def _where_it_ran(step: StepRecord) -> str:
    if step.status == "skipped":
        return ""
    return "in the clean run" if step.taken_over else "here"


def _stopped(run: Run) -> str:
    first = next((step for step in run.steps if not step.passed), None)
    return f"Stopped at step {first.number}: {first.action}" if first else "Nothing was run"


def status_tracker(run: Run) -> pd.DataFrame:
    """One row a state variable, one column a step: what was true after it.

    Returns:
        The columns Variable, Start, After Step 1 to n, and Final.
    """
    after = range(1, len(run.steps) + 1)
    columns = ["Variable", "Start", *(f"After Step {n}" for n in after), "Final"]
    rows = []
    changed = {}
    for position, variable in enumerate(run.variables):
        states = [run.state(variable, n) for n in (0, *after)]
        rows.append([variable, *states, states[-1]])
        for n, step in enumerate(run.steps, start=1):
            if step.change and step.change.variable == variable:
                changed[position, f"After Step {n}"] = f"tt-changed {slug(step.process)}"
    table = pd.DataFrame(rows, columns=columns)
    table.attrs = {
        "caption": "Status tracker: each state variable after each step",
        "row_header": "Variable",
        "cell_classes": changed,
        "column_steps": {f"After Step {n}": n for n in after},
    }
    return table


def evidence_table(run: Run, steps: Iterable[StepRecord] | None = None) -> pd.DataFrame:
    """One row a fact that a step left, nested facts by their path.

    Args:
        run: what `record()` gave.
        steps: of which steps; of all if left out.

    Returns:
        The columns Step, Action, Evidence and Value; numbers to three decimals, digests cut.
    """
    rows = []
    classes = []
    for step in run.steps if steps is None else steps:
        for name, value in step.evidence.items():
            for path, fact in facts(name, value):
                rows.append((step.number, step.action, path, show(fact)))
                classes.append(slug(step.process))
    table = pd.DataFrame(rows, columns=["Step", "Action", "Evidence", "Value"])
    table.attrs = {
        "caption": "Evidence: the facts that each step left",
        "row_header": "Step",
        "row_classes": classes,
        "cell_classes": {(n, "Value"): "tt-code" for n in range(len(rows))},
    }
    return table


def facts(path: str, value: JSON) -> list[tuple[str, JSON]]:
    """The leaves of a nested fact; an estimate with its interval and a list are one leaf each."""
    if isinstance(value, Mapping) and not _is_estimate(value):
        return [leaf for name, item in value.items() for leaf in facts(f"{path}.{name}", item)]
    return [(path, value)]


def _is_estimate(value: Mapping[str, JSON]) -> bool:
    """Whether it is a figure with its interval, and perhaps its n, and nothing else."""
    return {"value", "low", "high"} <= value.keys() <= {"value", "low", "high", "n"} and all(
        isinstance(number, (int, float)) and not isinstance(number, bool)
        for number in value.values()
    )


def show(value: JSON) -> str:  # noqa: PLR0911 - one line a kind of value
    """A fact as a reader sees it.

    >>> show({"value": 0.171305, "low": 0.156237, "high": 0.186731})
    '0.171 (95% interval 0.156 to 0.187)'
    """
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, float):
        return f"{value:z.3f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping) and not _is_estimate(value):
        return ", ".join(f"{name}: {show(item)}" for name, item in value.items()) or "none"
    if isinstance(value, Mapping):
        size = f", n = {show(value['n'])}" if "n" in value else ""
        return (
            f"{show(value['value'])} (95% interval {show(value['low'])} to "
            f"{show(value['high'])}{size})"
        )
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(show(item) for item in value) or "none"
    digest = re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", value)
    return f"{value[:SHOWN_DIGITS]}…" if digest else value
