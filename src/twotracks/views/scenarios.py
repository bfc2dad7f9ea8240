"""The scenarios as their producer wrote them: one JSON text with the runs of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from twotracks.errors import TwoTracksError, did_you_mean
from twotracks.json_reader import Reader
from twotracks.run import Run, freeze, thaw
from twotracks.views.html import Html
from twotracks.views.matrix import Matrix, matrix
from twotracks.views.tables import show
from twotracks.views.text import for_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twotracks.run import JSON


@dataclass(frozen=True)
class Scenario:
    """One trouble, and what became of it."""

    name: str
    kind: str
    """What is changed: `code`, `data`, `model`, `environment` or `world`."""
    title: str
    """One sentence: what happened."""
    symptom: str
    """What the person who first notices would write."""
    by_hand: str
    """What of the change was made by hand; empty if it is all real data."""
    expected: Mapping[str, str]
    """By side, the step that is to notice; empty if none is."""
    runs: Mapping[str, Run]
    """The runs of the sides `software`, `ml` and `none`."""


@dataclass(frozen=True)
class Scenarios:
    """All scenarios, in order, and what the gates do when nothing is wrong."""

    scenarios: tuple[Scenario, ...]
    false_alarms: Mapping[str, JSON]

    def __getitem__(self, name: str) -> Scenario:
        """The scenario of a name.

        Raises:
            TwoTracksError: there is none.
        """
        for scenario in self.scenarios:
            if scenario.name == name:
                return scenario
        names = [scenario.name for scenario in self.scenarios]
        raise TwoTracksError(f"no scenario {name!r}", fix=did_you_mean(name, names))

    def matrix(self) -> Matrix:
        """Who noticed what.

        Raises:
            TwoTracksError: a run did not measure how the users fared.
        """
        return matrix(
            {scenario.name: scenario.runs for scenario in self.scenarios},
            {scenario.name: scenario.kind for scenario in self.scenarios},
        )


def read_scenarios(text: str | bytes) -> Scenarios:
    """Read what the producer of the scenarios wrote.

    Raises:
        TwoTracksError: the text is not JSON, or not scenarios; it says where.
    """
    try:
        document = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise TwoTracksError(f"not JSON: {error}", where="scenarios") from error
    top = Reader(document, "scenarios")
    false_alarms = {
        name: freeze(fact, f"scenarios.false_alarms.{name}")
        for name, fact in top.take("false_alarms", dict).items()
    }
    found = tuple(_read(reader) for reader in top.take_all("scenarios"))
    top.end()
    return Scenarios(found, MappingProxyType(false_alarms))


def _read(reader: Reader) -> Scenario:
    expected, runs = reader.enter("expected"), reader.enter("runs")
    scenario = Scenario(
        name=reader.take("name", str),
        kind=reader.take("kind", str),
        title=reader.take("title", str),
        symptom=reader.take("symptom", str),
        by_hand=reader.take("by_hand", str),
        expected={side: expected.take(side, str) for side in ("software", "ml")},
        runs={side: _run(runs, side) for side in ("software", "ml", "none")},
    )
    for part in (expected, runs, reader):
        part.end()
    return scenario


def _run(runs: Reader, side: str) -> Run:
    try:
        return Run.from_document(runs.take(side, dict))
    except TwoTracksError as error:
        where = f"{runs.where}.{side}"
        raise TwoTracksError(error.what, where=f"{where}: {error.where}", fix=error.fix) from error


def links(
    scenarios: Scenarios, names: Iterable[str], link: Callable[[str], str] = "{}.md".format
) -> Html:
    """Some scenarios as a list: what happened, with a link to the page of each.

    Args:
        scenarios: All there are.
        names: Those that are wanted.
        link: Gives the address of a scenario's page by its name, or its file from the folder of the
            page that shows the list.
    """
    items = [
        f'<li><a href="{for_html(link(name))}">{for_html(name.replace("-", " "))}</a>: '
        f"{for_html(scenarios[name].title)}</li>"
        for name in names
    ]
    return Html(f"<ul>{''.join(items)}</ul>" if items else "<p>None.</p>")


def false_alarm_table(scenarios: Scenarios) -> pd.DataFrame:
    """One row a kind of alarm: how often it came in months in which nothing had changed.

    Returns:
        The columns Alarms that were asked, Months, Alarms and Rate, with its exact 95% interval.
    """
    rows = [
        (name.replace("_", " ").capitalize(), *_alarms(fact))
        for name, fact in scenarios.false_alarms.items()
    ]
    frame = pd.DataFrame(rows, columns=["Alarms that were asked", "Months", "Alarms", "Rate"])
    frame.attrs = {
        "caption": "False alarms",
        "row_header": "Alarms that were asked",
    }
    return frame


def _alarms(fact: JSON) -> tuple[JSON, JSON, str]:
    """How many months there were, how many raised an alarm, and the rate."""
    reader = Reader(thaw(fact), "false_alarms")
    months, alarms = reader.take("draws", int), reader.take("alarms", int)
    rate = {name: reader.take(name, float) for name in ("value", "low", "high")}
    return months, alarms, show(rate)
