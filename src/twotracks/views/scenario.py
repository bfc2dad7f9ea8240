"""One scenario on its page: what happened, and what each side made of it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError
from twotracks.views.evidence import classes, evidence_blocks
from twotracks.views.html import Html
from twotracks.views.matrix import SIDES, mark
from twotracks.views.noticing import SERVE_USERS, alerts, harm, is_hurt, notices
from twotracks.views.player import player, row_ids
from twotracks.views.tables import SHOWN_DIGITS, process_table, show, status_tracker
from twotracks.views.text import for_html, sentence
from twotracks.views.verdicts import ending, fate, verdict

if TYPE_CHECKING:
    import pandas as pd

    from twotracks.run import JSON, Run, StepRecord
    from twotracks.views.scenarios import Scenario

DECIMALS = 4
"""To how many decimals the explorer has evidence."""
LONGEST_LIST = 12
"""How many items of a list it has."""
MOST_BYTES = 6_000
"""The size that its file may have, compressed."""


def told(scenario: Scenario) -> str:
    """A scenario for a terminal: what happened, how the users fare, and the tables of both sides.

    Raises:
        TwoTracksError: a run did not measure how the users fared.
    """
    unguarded = scenario.runs["none"]
    hurt = "hurt" if is_hurt(unguarded) else "not hurt"
    worse = show(harm(unguarded)["worse_by"])
    lines = [f"{scenario.name} ({scenario.kind}): {sentence(scenario.title)}"]
    if scenario.by_hand:
        lines.append(f"Made by hand: {sentence(scenario.by_hand)}")
    lines += ["", f"If nothing guards them, the users are {hurt}: an answer is worse by {worse}."]
    for name, heading in SIDES.items():
        run = scenario.runs[name]
        lines += [
            "",
            f"{heading}. {verdict(scenario, name)}",
            "",
            process_table(run).to_string(index=False, justify="left", max_colwidth=72),
            "",
            status_tracker(run).set_index("Variable").T.to_string(),
        ]
    return "\n".join(line.rstrip() for text in lines for line in text.split("\n"))


def happened(scenario: Scenario) -> str:
    """What happened, and what of it was made by hand, as text: what stands in prose is searched."""
    made = scenario.by_hand
    by_hand = f"Made by hand: {sentence(made)}" if made else "Nothing here is made by hand."
    return f"{sentence(scenario.title)} {by_hand}"


def play_link(scenario: Scenario, index: str = "index.md") -> Html:
    """A link to the scenario in the explorer.

    Args:
        scenario: Which one.
        index: The page that has the explorer.
    """
    address = for_html(f"{index}#trouble={scenario.name}")
    return Html(f'<p><a href="{address}">Play both sides, step by step</a></p>')


def unguarded(scenario: Scenario) -> Html:
    """How the users fare if nothing stands between them and the trouble.

    Raises:
        TwoTracksError: the run did not measure it.
    """
    run = scenario.runs["none"]
    found = harm(run)
    hurt = "The users are hurt" if found["hurt"] else "The users are not clearly hurt"
    return Html(
        f'<p id="{SERVE_USERS}" class="tt-verdict">{_strong(hurt)}: {_compared(found)}</p>'
        f"{evidence_blocks(run)}"
    )


def _compared(found: Any) -> str:
    """How the answers were, in figures."""
    told = f"{for_html(show(found.get('asked')))} flights were asked about"
    if found.get("unanswered"):
        told += f", and {for_html(show(found['unanswered']))} were not answered"
    if "worse_by" in found:
        worse = for_html(show(found["worse_by"]))
        told += (
            f". By the Brier score, a flight’s answer lost {worse} of its lead over the base "  # noqa: RUF001
            "rate, against the clean answers"
        )
    return f"{told}."


def side(scenario: Scenario, name: str) -> Html:
    """What one side made of it: the verdict, and its run to step through.

    Rows have the names of their steps as ids. A cell of the id `ml` makes `ml-test` of `test`.

    Args:
        scenario: Of which scenario.
        name: `software` or `ml`, which is the name of the player, too.

    Raises:
        TwoTracksError: a run did not measure how the users fared.
    """
    run = scenario.runs[name]
    css = "let" if fate(scenario, name) == "let through" else ""
    shown = player(run, name=name, title=SIDES[name], process=_process_table(run))
    return Html(_verdict(verdict(scenario, name), css) + shown.markup)


def _verdict(text: str, css: str) -> str:
    first, stop, rest = re.split(r"([.:])", text, maxsplit=1)
    more = f" tt-verdict-{css}" if css else ""
    return f'<p class="tt-verdict{more}">{_strong(first + stop)}{for_html(rest)}</p>'


def _strong(text: str) -> str:
    return f"<strong>{for_html(text)}</strong>"


def _process_table(run: Run) -> pd.DataFrame:
    """The process table, with what a step that passed had to say, and an address for each row."""
    frame: pd.DataFrame = process_table(run)
    frame["Outcome"] = [*map(_outcome, run.steps), frame["Outcome"].iloc[-1]]
    frame.attrs["row_ids"] = row_ids(run)
    frame.attrs["row_classes"] = [*map(classes, run.steps), "tt-end"]
    return frame


def _outcome(step: StepRecord) -> str:
    found = alerts(step) if step.passed else ()
    return f"{step.outcome}, with an alert: {'; '.join(found)}" if found else step.outcome


def explorer_json(scenario: Scenario) -> str:
    """A scenario for the explorer, which loads it when it is chosen: its runs, trimmed.

    Empty members, times and the functions' names are left out, digests are cut, and numbers are
    rounded; the rest is as in the JSON form of a run. Each step has its mark in the matrix, and
    each side its ending.

    Raises:
        TwoTracksError: it is larger than `MOST_BYTES`, compressed.
    """
    document = {
        "name": scenario.name,
        "kind": scenario.kind,
        "title": scenario.title,
        "symptom": scenario.symptom,
        "by_hand": scenario.by_hand,
        "verdicts": {name: verdict(scenario, name) for name in SIDES},
        "endings": {name: asdict(ending(scenario, name)) for name in SIDES},
        "runs": {name: _trimmed_run(run) for name, run in scenario.runs.items()},
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    size = len(gzip.compress(text.encode(), mtime=0))
    if size > MOST_BYTES:
        raise TwoTracksError(
            f"{size:,} bytes are more than the {MOST_BYTES:,} that a scenario may have, compressed",
            where=scenario.name,
            fix="Leave less evidence, or cut more of it here.",
        )
    return text


def _trimmed_run(run: Run) -> dict[str, Any]:
    return {
        "variables": dict(run.variables),
        "steps": [{**_trimmed_step(step), "mark": mark(run, step.name)} for step in run.steps],
    }


def _trimmed_step(step: StepRecord) -> dict[str, Any]:
    change = step.change
    members = {
        "number": step.number,
        "name": step.name,
        "process": step.process,
        "focus": step.focus,
        "outcome": step.outcome,
        "status": step.status,
        "notices": notices(step),
        "sets": [change.variable, change.state] if change else None,
        "evidence": _trimmed(step.evidence),
        "triggers": list(step.triggers),
        "back_to": step.back_to,
        "gate": step.gate,
        "taken_over": step.taken_over,
    }
    return {key: value for key, value in members.items() if value not in (None, "", False, [], {})}


def _trimmed(value: JSON) -> Any:
    """A fact with fewer digits and items."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, str):
        return value[:SHOWN_DIGITS] if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", value) else value
    if isinstance(value, tuple):
        more = len(value) - LONGEST_LIST
        items = [_trimmed(item) for item in value[:LONGEST_LIST]]
        return [*items, f"and {more} more"] if more > 0 else items
    if isinstance(value, Mapping):
        return {name: _trimmed(item) for name, item in value.items()}
    return value
