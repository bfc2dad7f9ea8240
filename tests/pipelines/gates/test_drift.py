"""The alarms over live flights: the calm world raises none, and each trouble raises its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from tests.pipelines.gates.rates import most_alarms
from twotracks.pipelines import flights
from twotracks.pipelines import model as models
from twotracks.pipelines.gates import drift
from twotracks.pipelines.gates.false_alarms import false_alarm_rate
from twotracks.pipelines.gates.weather import WEATHER
from twotracks.pipelines.lineage import Dataset

if TYPE_CHECKING:
    from twotracks.pipelines.gates.verdict import Verdict

FEATURES = flights.FEATURES


@dataclass(frozen=True)
class Known:
    model: models.Model
    training: pd.DataFrame
    reference: pd.DataFrame

    def scored(self, rows: pd.DataFrame) -> pd.DataFrame:
        late = flights.is_late(rows).astype(float)
        return rows.assign(late=late, probability=self.model.predict(rows))

    def alarms(self, live: pd.DataFrame, reference: pd.DataFrame | None = None) -> list[Verdict]:
        before = self.reference if reference is None else reference
        return [
            *drift.before_labels(before, live, self.training, FEATURES),
            *drift.after_labels(before, live, self.model.base_rate),
        ]

    def raised(self, live: pd.DataFrame) -> set[str]:
        return {alarm.gate for alarm in self.alarms(live) if not alarm.passed}


@pytest.fixture(scope="module")
def known() -> Known:
    snapshot = Dataset(flights.until(flights.load(), 3, 31), "")
    training = snapshot.training()
    model = models.fit(training, flights.is_late(training), "")
    rows = snapshot.validation()
    reference = rows.assign(
        late=flights.is_late(rows).astype(float), probability=model.predict(rows)
    )
    return Known(model, training, reference)


@pytest.fixture(scope="module")
def calm(known: Known) -> pd.DataFrame:
    return known.scored(flights.load_live())


def test_other_flights_of_the_same_fortnight_raise_nothing(
    known: Known, calm: pd.DataFrame
) -> None:
    """Although the model said 19.5% where 24.0% were late: that was so at validation already."""
    alarms = known.alarms(calm)
    assert len(alarms) == drift.ALARMS
    assert [alarm.because for alarm in alarms if not alarm.passed] == []


def test_july_raises_what_the_story_says(known: Known) -> None:
    rows = flights.load()
    july = known.scored(rows[rows["month"] == 7])
    assert {
        "inputs are as at validation",
        "answers are as at validation",
        "no worse than the base rate",
        "as much better than the base rate as at validation",
        "predicted and observed late rate are no further apart than at validation",
        "the late rate is as at validation",
    } <= known.raised(july)


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (lambda d: d.assign(temp=(d["temp"] - 32) / 1.8), "the weather is possible"),
        (lambda d: d.assign(dewp=(d["dewp"] - 32) / 1.8), "inputs are as at validation"),
        (lambda d: d.assign(carrier=d["carrier"].replace("EV", "XE")), "categories are known"),
        (
            lambda d: d.assign(humid=d["humid"].where(d.index % 20 > 0)),
            "values are as complete as at validation",
        ),
        (lambda d: d.assign(humid=np.nan), "inputs are as at validation"),
    ],
)
def test_each_trouble_raises_its_alarm(
    known: Known, calm: pd.DataFrame, trouble: Any, expected: str
) -> None:
    assert expected in known.raised(known.scored(trouble(calm)))


def test_a_feed_that_repeats_last_month_is_noticed(known: Known, calm: pd.DataFrame) -> None:
    key, weather = ["origin", "day", "hour"], list(WEATHER)
    training = known.training
    old = training[training["month"] == 2].groupby(key)[weather].first().reset_index()
    joined = calm[key].merge(old, on=key, how="left")
    stopped = calm.assign(**{name: joined[name].to_numpy() for name in weather})
    assert "the weather is new" in known.raised(stopped)


def test_concept_drift_is_noticed_only_with_labels(known: Known, calm: pd.DataFrame) -> None:
    order = calm["probability"].to_numpy().argsort(kind="stable")
    late = calm["late"].to_numpy().copy()
    late[order] = late[order[::-1]]
    raised = known.raised(calm.assign(late=late))
    assert "as much better than the base rate as at validation" in raised
    before = drift.before_labels(known.reference, calm.assign(late=late), known.training, FEATURES)
    assert all(alarm.passed for alarm in before)


def test_fewer_late_flights_are_a_label_shift(known: Known, calm: pd.DataFrame) -> None:
    late = calm["late"].where(calm.index % 4 == 0, 0.0)
    found = drift.late_rate_stays(known.reference, calm.assign(late=late))
    assert not found.passed
    assert found.because.startswith("the late rate moved: 0.240 of 1,082 at validation, 0.0")
    assert "the late rate is as at validation" in known.raised(calm.assign(late=late))


def test_a_gap_that_was_there_before_is_no_news_and_a_larger_one_is(
    known: Known, calm: pd.DataFrame
) -> None:
    assert drift.gap_stays(known.reference, calm).passed
    # Closing a gap is a change, and no alarm.
    closed = calm.assign(probability=calm["probability"] + 0.05)
    assert drift.gap_stays(known.reference, closed).passed
    high = drift.gap_stays(known.reference, calm.assign(probability=0.6))
    assert high.because.startswith("the predicted late rate is too high: 0.600 where")


def test_a_coin_is_on_the_edge_of_the_base_rate(known: Known) -> None:
    """Improvements with mean 0 raise nothing; the same ones shifted raise it."""
    base = 0.3
    live = pd.DataFrame({"late": np.tile([1.0, 0.0], 200), "probability": np.tile([0.3], 400)})
    assert drift.not_worse_than_base_rate(live, base).passed
    worse = live.assign(probability=1 - 0.8 * live["late"])
    assert not drift.not_worse_than_base_rate(worse, base).passed


def test_too_few_outcomes_are_an_alarm(known: Known, calm: pd.DataFrame) -> None:
    (found,) = drift.after_labels(known.reference, calm.head(29), known.model.base_rate)
    assert not found.passed
    assert len(drift.after_labels(known.reference, calm.head(30), known.model.base_rate)) == 4


def test_the_interval_of_a_difference_is_the_normal_one_for_many_rows() -> None:
    from scipy import stats

    rng = np.random.default_rng(0)
    was, now = rng.normal(size=900), rng.normal(0.1, size=1500)
    found = drift.interval(
        drift.resampled(now) - drift.resampled(was, seed=1), now.mean() - was.mean(), level=0.05
    )
    reach = stats.norm.ppf(0.975) * np.sqrt(was.var() / 900 + now.var() / 1500)
    middle = now.mean() - was.mean()
    assert (found.low, found.high) == pytest.approx((middle - reach, middle + reach), abs=0.006)


def test_the_false_alarm_rate_of_a_whole_report(known: Known, calm: pd.DataFrame) -> None:
    """Reference and live flights, mixed and split again 100 times."""
    pool = pd.concat([known.reference, calm], ignore_index=True)
    rate = false_alarm_rate(
        lambda before, after: tuple(known.alarms(after, before)), pool, 600, 1000
    )
    assert rate.draws == 100
    assert rate.alarms <= most_alarms(drift.FAMILY, 100), rate
