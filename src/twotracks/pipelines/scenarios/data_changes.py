"""Troubles with the data: what is delivered, and what the users' requests are filled from.

A feed that breaks shows in both: in the flights that are delivered from the day on which it broke,
and in the weather that stands in the users' requests.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twotracks.pipelines import model as models
from twotracks.pipelines.flights import NUMBERS, is_late, until
from twotracks.pipelines.lineage import TRAINED_UNTIL
from twotracks.pipelines.scenarios.code_changes import PACKAGE, edit
from twotracks.pipelines.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twotracks.pipelines.scenarios.scenario import Change
    from twotracks.pipelines.world import World

WEATHER = tuple(name for name in NUMBERS if name not in ("hour", "distance"))
"""The seven columns that come from the weather feed."""
SEED = 0
LOST = 0.6
"""How much of the weather is missing in the burst."""
RESENT = 300
"""How many flights are delivered again with an earlier date."""
CARRIER = "EV"
"""The carrier that changes its code."""
PUNCTUAL_ON_PAPER = "UA"
"""The carrier whose late arrivals are recorded as punctual."""


def feed(break_it: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    """A feed that breaks when the training period is over: later deliveries, and all requests."""

    def change(world: World, _: Path) -> World:
        before = until(world.flights, *TRAINED_UNTIL)
        after = break_it(world.flights.drop(before.index))
        delivered = pd.concat([before, after])[[*after]]
        return replace(world, flights=delivered, live=break_it(world.live))

    return change


def _without_humidity(flights: pd.DataFrame) -> pd.DataFrame:
    return flights.drop(columns="humid")


def _in_celsius(flights: pd.DataFrame) -> pd.DataFrame:
    return flights.assign(temp=((flights["temp"] - 32) * 5 / 9).round(2))


def _with_a_burst(flights: pd.DataFrame) -> pd.DataFrame:
    lost = np.random.default_rng(SEED).random(len(flights)) < LOST
    broken = flights.copy()
    broken.loc[lost, list(WEATHER)] = np.nan
    return broken


def _with_a_new_carrier(flights: pd.DataFrame) -> pd.DataFrame:
    return flights.assign(carrier=flights["carrier"].replace(CARRIER, "XE"))


def _stopped(world: World, _: Path) -> World:
    """From 16 March on, the weather of the same day and hour of February comes again."""
    february = world.flights[world.flights["month"] == 2]  # noqa: PLR2004 - the month before
    hourly = february.groupby(["origin", "day", "hour"])[list(WEATHER)].first().reset_index()
    last_day = february["day"].max()

    def repeat(flights: pd.DataFrame) -> pd.DataFrame:
        keys = flights.assign(day=flights["day"].clip(upper=last_day))[["origin", "day", "hour"]]
        old = keys.merge(hourly, on=["origin", "day", "hour"], how="left")
        return flights.assign(**{name: old[name].to_numpy() for name in WEATHER})

    return feed(repeat)(world, _)


def _resent(world: World, _: Path) -> World:
    """Flights of the validation period are delivered once more, dated a month earlier."""
    late_march = world.flights[(world.flights["month"] == TRAINED_UNTIL[0])]
    late_march = late_march[late_march["day"] > TRAINED_UNTIL[1]]
    again = late_march.sample(RESENT, random_state=SEED).assign(month=2)
    again = again.assign(day=again["day"].clip(upper=28))
    return replace(world, flights=pd.concat([world.flights, again], ignore_index=True))


_accept_the_delay = edit(
    (
        f"{PACKAGE}/flight.py",
        '    """Visibility, miles."""\n',
        (
            '    """Visibility, miles."""\n'
            "    dep_delay: Annotated[Number, Field(ge=-120, le=3000)] | None = None\n"
            '    """How late it departed, minutes."""\n'
        ),
    ),
    (
        f"{PACKAGE}/features.py",
        '    "visib",  # miles\n',
        '    "visib",  # miles\n    "dep_delay",  # minutes\n',
    ),
    (
        "tests/test_features.py",
        '    "visib": 9.0,\n',
        '    "visib": 9.0,\n    "dep_delay": 3.0,\n',
    ),
    ("tests/test_features.py", '        "visib",\n', '        "visib",\n        "dep_delay",\n'),
    ("tests/test_features.py", "(9, 2)", "(10, 2)"),
)


def _leaking(world: World, folder: Path) -> World:
    """Training takes the departure delay, and the service would take it if anybody sent it."""
    fit = partial(models.fit, numbers=(*NUMBERS, "dep_delay"))
    return replace(_accept_the_delay(world, folder), fit=fit)


def _shuffled(world: World, _: Path) -> World:
    """The outcomes of the training period stand beside other flights than their own."""
    training = until(world.flights, *TRAINED_UNTIL).index
    shuffled = world.flights.copy()
    order = np.random.default_rng(SEED).permutation(len(training))
    shuffled.loc[training, "arr_delay"] = world.flights.loc[training, "arr_delay"].to_numpy()[order]
    return replace(world, flights=shuffled)


def _punctual_on_paper(world: World, _: Path) -> World:
    """One carrier's late arrivals are recorded as punctual, always and everywhere."""

    def record(flights: pd.DataFrame) -> pd.DataFrame:
        lied = (flights["carrier"] == PUNCTUAL_ON_PAPER) & is_late(flights)
        return flights.assign(arr_delay=flights["arr_delay"].where(~lied, 0))

    return replace(world, flights=record(world.flights), live=record(world.live))


DATA = (
    Scenario(
        name="column-missing",
        kind="data",
        title="The weather feed no longer has the humidity.",
        symptom="Since when do we send the service no humidity?",
        change=feed(_without_humidity),
        changes=("flights", "live"),
        ml="collect_data",
        by_hand="The column was taken out of real flights.",
    ),
    Scenario(
        name="other-unit",
        kind="data",
        title="The weather feed changes temperatures to degrees Celsius, under the same name.",
        symptom="The predictions look odd, and nobody has touched anything.",
        change=feed(_in_celsius),
        changes=("flights", "live"),
        ml="collect_data",
        by_hand="The temperatures of real flights were converted.",
    ),
    Scenario(
        name="missing-burst",
        kind="data",
        title="The weather feed drops out for most requests, which are sent without the weather.",
        symptom="Half of the columns are empty, and the service answers all the same.",
        change=feed(_with_a_burst),
        changes=("flights", "live"),
        ml="collect_data",
        by_hand="The weather of real flights was deleted at random.",
    ),
    Scenario(
        name="new-category",
        kind="data",
        title="A carrier gets another code.",
        symptom="One airline's predictions have been off since its merger.",
        change=feed(_with_a_new_carrier),
        changes=("flights", "live"),
        ml="collect_data",
        by_hand="The code of one carrier was changed in real flights.",
    ),
    Scenario(
        name="duplicates-straddle",
        kind="data",
        title=(
            "Flights that validate are delivered again with an earlier date, and so are trained "
            "on as well."
        ),
        symptom="Why is our test score better than production?",
        change=_resent,
        changes=("flights",),
        ml="collect_data",
        by_hand="Real flights were repeated, dated into February.",
    ),
    Scenario(
        name="leakage",
        kind="data",
        title=(
            "The departure delay becomes a feature: it is in the table, and nobody knows it when "
            "the question is asked."
        ),
        symptom="The score has never been this good. In production it is useless.",
        change=_leaking,
        changes=("source", "fit"),
        ml="validate_model",
    ),
    Scenario(
        name="labels-shuffled",
        kind="data",
        title="A join goes wrong, and the outcomes of the training period belong to other flights.",
        symptom="Every test is green, and the model says the same of every flight.",
        change=_shuffled,
        changes=("flights",),
        ml="validate_model",
        by_hand="Real outcomes were put beside other flights.",
    ),
    Scenario(
        name="stale-feed",
        kind="data",
        title="The weather feed has stopped, and repeats last month.",
        symptom="The service says it is February. It is March.",
        change=_stopped,
        changes=("flights", "live"),
        ml="collect_data",
        by_hand="Real weather of February was put beside real flights of March.",
    ),
    Scenario(
        name="labels-biased",
        kind="data",
        title="A carrier's late arrivals are recorded as punctual, in every delivery.",
        symptom="Passengers of one airline say that we are always wrong.",
        change=_punctual_on_paper,
        changes=("flights", "live"),
        by_hand="The late arrivals of one carrier were recorded as punctual; the truth was kept.",
    ),
)
