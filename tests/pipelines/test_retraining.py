"""The year under each policy: who was trained on what, what the gates did, and what it cost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from twotracks import TwoTracksError
from twotracks.pipelines import flights as flight_data
from twotracks.pipelines import model as models
from twotracks.pipelines import retraining
from twotracks.pipelines.flights import is_late, until
from twotracks.pipelines.gates.verdict import Verdict
from twotracks.pipelines.retraining import NEVER, POLICIES, Policy, run_year
from twotracks.pipelines.statistics import Estimate
from twotracks.pipelines.year import Month, PolicyYear, Retraining, Year

if TYPE_CHECKING:
    import pandas as pd


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return flight_data.load()


@pytest.fixture(scope="module")
def year(sample: pd.DataFrame) -> Year:
    return run_year(sample)


def test_every_policy_answers_the_same_flights(year: Year) -> None:
    assert [p.policy for p in year.policies] == [p.policy for p in POLICIES]
    for policy in year.policies:
        assert [m.month for m in policy.months] == [*range(4, 13)]
        assert policy.n == 18_000
        for month, other in zip(policy.months, year.policies[0].months, strict=True):
            assert (month.n, month.late_rate) == (other.n, other.late_rate)


def test_no_model_answers_flights_of_a_month_that_it_was_trained_on(year: Year) -> None:
    for policy in year.policies:
        assert all(m.trained_until < m.month for m in policy.months)


def test_only_a_promotion_changes_what_answers(year: Year) -> None:
    for policy in year.policies:
        for month, following in zip(policy.months, policy.months[1:], strict=False):
            promoted = month.retraining is not None and month.retraining.outcome == "promoted"
            assert (following.model != month.model) == promoted
            assert following.trained_until == (month.month if promoted else month.trained_until)


def test_policies_retrain_when_they_say(year: Year) -> None:
    def retrained(name: str) -> list[int]:
        return [m.month for m in year.policy(name).months if m.retraining]

    assert retrained("never") == []
    assert retrained("on schedule") == [6, 9, 12]
    assert retrained("always") == [*range(4, 13)]
    alarm, worse = year.policy("on alarm"), year.policy("when worse")
    assert retrained("on alarm") == [m.month for m in alarm.months if m.alarms]
    assert retrained("when worse") == [m.month for m in worse.months if m.got_worse]


def test_the_figures_are_those_of_the_flights(year: Year, sample: pd.DataFrame) -> None:
    rows = until(sample, 3, 15)
    model = models.fit(rows, is_late(rows), "the sample")
    losses = []
    for month in year.policy("never").months:
        part = sample[sample["month"] == month.month]
        said = model.predict(part)
        losses.append(((said - is_late(part)) ** 2).mean())
        base = ((model.base_rate - is_late(part)) ** 2).mean()
        assert month.predicted_rate == pytest.approx(said.mean(), abs=1e-6)
        assert month.brier.value == pytest.approx(losses[-1], abs=1e-6)
        assert month.better_than_base.value == pytest.approx(base - losses[-1], abs=1e-6)
        expected = year.validation.value - month.better_than_base.value
        assert month.fall.value == pytest.approx(expected, abs=2e-6)
    assert year.policy("never").brier.value == pytest.approx(np.mean(losses), abs=1e-6)


def test_the_interval_of_the_year_is_the_one_of_a_stratified_mean(
    year: Year, sample: pd.DataFrame
) -> None:
    rows = until(sample, 3, 15)
    model = models.fit(rows, is_late(rows), "the sample")
    variance = 0.0
    for month in range(4, 13):
        part = sample[sample["month"] == month]
        variance += ((model.predict(part) - is_late(part)) ** 2).var() / len(part) / 9**2
    never = year.policy("never").brier
    assert never.high - never.low == pytest.approx(2 * 1.96 * variance**0.5, rel=0.06)


def test_a_difference_to_never_is_paired(year: Year) -> None:
    never = year.policy("never")
    assert never.better_than_never == Estimate(0, 0, 0)
    for policy in year.policies[1:]:
        gain = policy.better_than_never
        assert gain.value == pytest.approx(never.brier.value - policy.brier.value, abs=2e-6)
        # Of two independent means it would be wider than either's own interval.
        assert gain.high - gain.low < never.brier.high - never.brier.low
        for month, untouched in zip(policy.months, never.months, strict=True):
            expected = untouched.brier.value - month.brier.value
            assert month.better_than_never.value == pytest.approx(expected, abs=2e-6)
            if month.trained_until == 3:
                assert month.better_than_never == Estimate(0, 0, 0)


def test_july_hurts_and_retraining_before_it_helps(year: Year) -> None:
    assert year.policy("never").month(7).better_than_base.high < 0
    assert year.policy("never").month(7).got_worse
    assert year.policy("on schedule").month(7).better_than_base.low > 0


def test_a_candidate_says_what_it_cost(year: Year, sample: pd.DataFrame) -> None:
    april = year.policy("always").month(4).retraining
    assert april
    assert april.trained_on == len(until(sample, 4, 15))
    assert april.judged_on == 2_000 - len(sample[(sample["month"] == 4) & (sample["day"] <= 15)])
    for policy in year.policies:
        count = policy.summary()
        assert count["retrainings"] == count["promoted"] + count["refused"] + count["undecided"]
        assert count["rows judged"] == sum(r.judged_on for r in policy.retrainings)


def test_a_year_goes_to_json_and_back_without_loss(year: Year) -> None:
    text = year.to_json()
    assert Year.from_json(text) == year
    assert Year.from_json(text).to_json() == text


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.pop("policies"),
        lambda value: value.update(more=1),
        lambda value: value["policies"][0].pop("months"),
        lambda value: value["policies"][1]["months"][0].update(more=1),
        lambda value: value["policies"][1]["months"][0].pop("brier"),
    ],
)
def test_what_is_no_year_is_refused(year: Year, change: object) -> None:
    value = json.loads(year.to_json())
    change(value)  # type: ignore[operator]
    with pytest.raises(TwoTracksError, match="not the JSON of a year"):
        Year.from_json(json.dumps(value))
    with pytest.raises(TwoTracksError, match="not the JSON of a year"):
        Year.from_json("[")


def test_unknown_names_say_what_there_is(year: Year) -> None:
    with pytest.raises(TwoTracksError, match="no policy 'allways'") as caught:
        year.policy("allways")
    assert "did you mean 'always'" in str(caught.value)
    with pytest.raises(TwoTracksError, match="no month 1"):
        year.policy("never").month(1)
    with pytest.raises(TwoTracksError, match="no outcome 'lost'"):
        Retraining("lost", (), "", 1, 1)  # type: ignore[arg-type]


def a_month(
    better: tuple[float, float] = (0.01, 0.02),
    fall: tuple[float, float] = (-0.01, 0.01),
    alarms: tuple[str, ...] = (),
) -> Month:
    figure = Estimate(0.2, 0.1, 0.3)
    return Month(
        month=4,
        n=100,
        model="v1",
        trained_until=3,
        late_rate=figure,
        predicted_rate=0.2,
        brier=figure,
        brier_base=0.2,
        better_than_base=Estimate(sum(better) / 2, *better),
        fall=Estimate(sum(fall) / 2, *fall),
        better_than_never=Estimate(0, 0, 0),
        before_labels=alarms,
        after_labels=(),
        retraining=None,
    )


def test_worse_takes_a_whole_interval() -> None:
    assert not a_month().got_worse
    assert not a_month(better=(-0.02, 0.001)).got_worse
    assert a_month(better=(-0.02, -0.001)).got_worse
    assert not a_month(fall=(0.0, 0.02)).got_worse
    assert a_month(fall=(0.001, 0.02)).got_worse


def test_an_alarm_is_false_if_nothing_got_worse_and_its_absence_a_miss_if_something_did() -> None:
    calm, worse = a_month(), a_month(fall=(0.001, 0.02))
    loud = replace(calm, before_labels=("inputs moved",))
    assert [m.false_alarm for m in (calm, loud, worse)] == [False, True, False]
    assert [m.missed for m in (calm, loud, worse)] == [False, False, True]
    rung = replace(worse, before_labels=("inputs moved",))
    assert not rung.false_alarm
    assert not rung.missed
    zero = Estimate(0, 0, 0)
    count = PolicyYear("p", "r", (calm, loud, worse, rung), zero, zero).summary()
    assert (count["alarms"], count["false alarms"]) == (2, 1)
    assert (count["got worse"], count["missed"]) == (2, 1)


def test_one_refusal_refuses_and_without_one_undecided_keeps_the_champion() -> None:
    passed, refused = Verdict("one", "pass", ""), Verdict("two", "refuse", "bad")
    unclear = Verdict("three", "undecided", "unclear")
    decide = retraining._decide
    assert decide([passed, passed]) == ("promoted", ())
    assert decide([passed, unclear]) == ("undecided", (unclear,))
    assert decide([unclear, refused, passed]) == ("refused", (refused,))
    assert retraining._because((refused,)) == "two: bad"
    assert retraining._because(()) == "every gate passed"


def test_policies_that_cannot_be_compared_are_refused(sample: pd.DataFrame) -> None:
    with pytest.raises(TwoTracksError, match="must be NEVER"):
        run_year(sample, POLICIES[1:])
    with pytest.raises(TwoTracksError, match="two policies are named 'never'"):
        run_year(sample, (NEVER, Policy("never", "", lambda month: month.month == 5)))
    with pytest.raises(TwoTracksError, match="must be NEVER"):
        run_year(sample, ())


def test_a_first_model_that_the_gates_refuse_starts_no_year(sample: pd.DataFrame) -> None:
    shuffled = sample.assign(
        arr_delay=np.random.default_rng(0).permutation(sample["arr_delay"].to_numpy())
    )
    with pytest.raises(TwoTracksError, match="the first model was"):
        run_year(shuffled)
