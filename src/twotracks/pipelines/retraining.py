"""Retraining as a policy: when a new candidate is trained, and whether it may replace the champion.

Every candidate follows one rule. At the end of a month it is trained on all flights up to the 15th
of that month and judged on those from the 16th on, the same rows as the champion, which has not
seen them either. The gates decide; the champion stays unless all of them pass.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.pipelines import flights as flight_data
from twotracks.pipelines import model as models
from twotracks.pipelines.flights import FEATURES, is_late, until
from twotracks.pipelines.gates.drift import after_labels, before_labels, improvement_over
from twotracks.pipelines.gates.validation import predictions_of, score
from twotracks.pipelines.statistics import Array, Bootstrap, Estimate, estimate, squared_error
from twotracks.pipelines.year import Month, Outcome, PolicyYear, Retraining, Year

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from twotracks.pipelines.gates.verdict import Verdict

FIRST = 3
"""The month in which the first model is trained and validated, as in the nine-step run."""
MONTHS = tuple(range(FIRST + 1, 13))
LAST_TRAINED_DAY = 15
"""A candidate is trained up to this day of its month and judged on the days after it."""


@dataclass(frozen=True)
class Policy:
    """When a candidate is trained."""

    policy: str
    """Its name."""
    rule: str
    """The same in words."""
    retrains: Callable[[Month], bool]
    """From the month that ended to whether a candidate is trained."""


def _no_month(_: Month) -> bool:
    return False


def _every_quarter(month: Month) -> bool:
    return month.month % 3 == 0


def _any_alarm(month: Month) -> bool:
    return bool(month.alarms)


def _got_worse(month: Month) -> bool:
    return month.got_worse


def _every_month(_: Month) -> bool:
    return True


NEVER = Policy("never", "the first model answers all year", _no_month)
POLICIES = (
    NEVER,
    Policy("on schedule", "at the end of June, September and December", _every_quarter),
    Policy("on alarm", "at the end of a month with an alarm of any kind", _any_alarm),
    Policy("when worse", "at the end of a month whose answers were clearly worse", _got_worse),
    Policy("always", "at the end of every month", _every_month),
)


@dataclass(frozen=True, eq=False)
class _Trained:
    """A model, and how it did on the rows that it was judged on."""

    model: models.Model
    until: int
    """It was trained up to `LAST_TRAINED_DAY` of this month."""
    trained: pd.DataFrame
    """The flights that it was trained on."""
    reference: pd.DataFrame
    """Those that it was judged on, with `late` and `probability`."""
    improvement: float
    """On the base rate, over those."""
    resampled: Array
    """The same in each resample, shape (draws,)."""


@dataclass(frozen=True, eq=False)
class _Answers:
    """What a model answered in a month. Shapes: (n,) and (draws,)."""

    loss: Array
    resampled_loss: Array
    better: Estimate
    resampled_better: Array
    predicted_rate: float
    brier_base: float
    before_labels: tuple[str, ...]
    after_labels: tuple[str, ...]


@dataclass(eq=False)
class _Record:
    """A policy's year so far."""

    policy: Policy
    champion: _Trained
    released: int = 1
    months: list[Month] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    resampled: list[Array] = field(default_factory=list)


def run_year(flights: pd.DataFrame | None = None, policies: Sequence[Policy] = POLICIES) -> Year:
    """Let every policy live through April to December.

    A candidate of a month is the same whatever the policy, so it is fitted once. The policies of a
    month share the resamples of its flights, so that the differences between them are paired. The
    months' samples are independent, and so are their resamples. The intervals are for all flights
    of a month of 2013, of which the sample is a random one; they say nothing of another year.

    Args:
        flights: the sample, the columns of the data card; left out, the packaged one.
        policies: the first must be `NEVER`, which the others are compared with.

    Raises:
        TwoTracksError: the first policy is not `NEVER`, two have one name, a month has too few
            flights, or the first model does not pass the gates.
    """
    _check(policies)
    desk = _Desk(flight_data.load() if flights is None else flights)
    first = desk.trained(FIRST)
    outcome, decisive = desk.judge(first, None)
    if outcome != "promoted":
        raise TwoTracksError(f"the first model was {outcome}: {_because(decisive)}")
    records = [_Record(policy, first) for policy in policies]
    for month in MONTHS:
        desk.turn_to(month)
        for record in records:
            _live(record, first, month, desk)
    never = records[0]
    return Year(
        len(first.reference),
        _rounded(estimate(first.improvement, first.resampled)),
        tuple(_closed(record, never) for record in records),
    )


def _check(policies: Sequence[Policy]) -> None:
    if not policies or policies[0] is not NEVER:
        raise TwoTracksError(
            "the first policy must be NEVER", fix="The others are compared with it: put it first."
        )
    twice = [name for name, times in Counter(p.policy for p in policies).items() if times > 1]
    if twice:
        raise TwoTracksError(f"two policies are named {twice[0]!r}")


def _live(record: _Record, first: _Trained, month: int, desk: _Desk) -> None:
    """One month of one policy: the champion answers, and then the policy decides."""
    champion = record.champion
    answers, without = desk.answers(champion), desk.answers(first)
    gain = float(without.loss.mean() - answers.loss.mean())
    fall = champion.improvement - answers.better.value
    lived = Month(
        month=month,
        n=len(answers.loss),
        model=f"v{record.released}",
        trained_until=champion.until,
        late_rate=desk.late_rate,
        predicted_rate=answers.predicted_rate,
        brier=_rounded(estimate(float(answers.loss.mean()), answers.resampled_loss)),
        brier_base=answers.brier_base,
        better_than_base=_rounded(answers.better),
        fall=_rounded(estimate(fall, champion.resampled - answers.resampled_better)),
        better_than_never=_rounded(estimate(gain, without.resampled_loss - answers.resampled_loss)),
        before_labels=answers.before_labels,
        after_labels=answers.after_labels,
        retraining=None,
    )
    if record.policy.retrains(lived):
        candidate = desk.trained(month)
        outcome, decisive = desk.judge(candidate, champion)
        gates = tuple(verdict.gate for verdict in decisive)
        rows, judged = candidate.model.rows, len(candidate.reference)
        retraining = Retraining(outcome, gates, _because(decisive), rows, judged)
        lived = replace(lived, retraining=retraining)
        if outcome == "promoted":
            record.champion = candidate
    record.months.append(lived)
    record.losses.append(float(answers.loss.mean()))
    record.resampled.append(answers.resampled_loss)
    record.released += record.champion is not champion


def _closed(record: _Record, never: _Record) -> PolicyYear:
    """The year's means, each month counting the same."""
    mean, resampled = _mean(record)
    never_mean, never_resampled = _mean(never)
    gain = estimate(never_mean - mean, never_resampled - resampled)
    return PolicyYear(
        record.policy.policy,
        record.policy.rule,
        tuple(record.months),
        _rounded(estimate(mean, resampled)),
        _rounded(gain),
    )


def _mean(record: _Record) -> tuple[float, Array]:
    n = len(record.losses)
    total: Array = sum(record.resampled[1:], start=record.resampled[0])
    return sum(record.losses) / n, total / n


class _Desk:
    """Fits, judges and scores each thing once, whichever policies ask for it."""

    def __init__(self, flights: pd.DataFrame) -> None:
        self.flights = flights
        self._trained: dict[int, _Trained] = {}
        self._judged: dict[tuple[int, int], tuple[Outcome, tuple[Verdict, ...]]] = {}

    def turn_to(self, month: int) -> None:
        """Look at the flights of a month; those of the month before are put away."""
        self.month = month
        self._rows = self.flights[self.flights["month"] == month]
        self._draws = Bootstrap(len(self._rows), seed=month)
        self._answers: dict[int, _Answers] = {}
        self.late_rate = _rounded(self._draws.mean(is_late(self._rows).to_numpy()))

    def trained(self, month: int) -> _Trained:
        """The candidate of a month, trained up to its middle."""
        if month not in self._trained:
            rows = until(self.flights, month, LAST_TRAINED_DAY)
            model = models.fit(rows, is_late(rows), f"flights to day {LAST_TRAINED_DAY} of {month}")
            judged = self.flights[self.flights["month"] == month]
            reference = _scored(judged[judged["day"] > LAST_TRAINED_DAY], model)
            better = improvement_over(reference, model.base_rate)
            # Seeds of its own, so that these resamples owe nothing to those of the months.
            resampled = Bootstrap(len(reference), seed=12 + month).means(better)
            self._trained[month] = _Trained(
                model, month, rows, reference, float(better.mean()), resampled
            )
        return self._trained[month]

    def judge(
        self, candidate: _Trained, champion: _Trained | None
    ) -> tuple[Outcome, tuple[Verdict, ...]]:
        """What the gates make of a candidate beside a champion, and those that decided it."""
        key = (candidate.until, champion.until if champion else 0)
        if key not in self._judged:
            self._judged[key] = _decide(_ask_gates(candidate, champion))
        return self._judged[key]

    def answers(self, champion: _Trained) -> _Answers:
        """What a champion answers in the month that is looked at."""
        if champion.until not in self._answers:
            live, base_rate = _scored(self._rows, champion.model), champion.model.base_rate
            loss = squared_error(live["late"].to_numpy(), live["probability"].to_numpy())
            better = improvement_over(live, base_rate)
            resampled = self._draws.means(better)
            self._answers[champion.until] = _Answers(
                loss=loss,
                resampled_loss=self._draws.means(loss),
                better=estimate(float(better.mean()), resampled),
                resampled_better=resampled,
                predicted_rate=round(float(live["probability"].mean()), 6),
                brier_base=round(float((loss + better).mean()), 6),
                before_labels=_raised(
                    before_labels(champion.reference, live, champion.trained, FEATURES)
                ),
                after_labels=_raised(after_labels(champion.reference, live, base_rate)),
            )
        return self._answers[champion.until]


def _scored(rows: pd.DataFrame, model: models.Model) -> pd.DataFrame:
    """Flights with their outcome, and with what a model says of them."""
    return rows.assign(late=is_late(rows).astype("float64"), probability=model.predict(rows))


def _raised(alarms: Sequence[Verdict]) -> tuple[str, ...]:
    """The sentences of those that do not pass, as `monitor_model` has them."""
    return tuple(alarm.because for alarm in alarms if not alarm.passed)


def _ask_gates(candidate: _Trained, champion: _Trained | None) -> tuple[Verdict, ...]:
    """What `validate_model` asks of a candidate's answers, and the champion's to the same flights.

    What it asks of the training data, the file and the service is not asked again here.
    """
    before = champion.model if champion else None
    predictions = predictions_of(candidate.reference, candidate.model, before)
    airports = sorted(set(candidate.trained["origin"]))
    return score(predictions, candidate.model.base_rate, airports).gates()


def _decide(verdicts: Sequence[Verdict]) -> tuple[Outcome, tuple[Verdict, ...]]:
    """The outcome, and the verdicts that decided it.

    One refusal refuses; without one, an undecided gate leaves the champion where it is.
    """
    refusing = tuple(v for v in verdicts if v.decision == "refuse")
    if refusing:
        return "refused", refusing
    unclear = tuple(v for v in verdicts if v.decision == "undecided")
    return ("undecided", unclear) if unclear else ("promoted", ())


def _because(verdicts: Sequence[Verdict]) -> str:
    return "; ".join(f"{v.gate}: {v.because}" for v in verdicts) or "every gate passed"


def _rounded(figure: Estimate) -> Estimate:
    """As it is kept, so that it goes to JSON and back without loss."""
    return Estimate(**figure.to_json())
