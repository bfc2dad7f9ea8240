"""A year of a model in use, month by month, under a retraining policy: plain facts, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from twotracks.errors import TwoTracksError, did_you_mean
from twotracks.pipelines.statistics import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = TypeVar("Key")
Item = TypeVar("Item")

Outcome: TypeAlias = Literal["promoted", "refused", "undecided"]
"""What the gates made of a candidate. Only `promoted` changes what answers."""
OUTCOMES = ("promoted", "refused", "undecided")


@dataclass(frozen=True)
class Retraining:
    """A candidate that was trained at the end of a month, and what the gates said of it."""

    outcome: Outcome
    gates: tuple[str, ...]
    """Those that decided it; none where all passed."""
    because: str
    """Their figures, in words."""
    trained_on: int
    """Flights that it was fitted on."""
    judged_on: int
    """Later flights that it and the champion were compared on."""

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise TwoTracksError(
                f"no outcome {self.outcome!r}", fix=did_you_mean(str(self.outcome), OUTCOMES)
            )


@dataclass(frozen=True)
class Month:
    """How the model that answered did in one month, and what was done at the month's end."""

    month: int
    """4 to 12."""
    n: int
    """Flights that it answered. It was trained on none of them."""
    model: str
    """Which model answered, by the order of their release: `v1`, `v2`."""
    trained_until: int
    """The month up to whose 15th it was trained."""
    late_rate: Estimate
    predicted_rate: float
    brier: Estimate
    brier_base: float
    """Of always saying the late rate of its training flights."""
    better_than_base: Estimate
    """`brier_base` less `brier`, per flight, resampled together."""
    fall: Estimate
    """`better_than_base` when it was validated, less that of this month; the flights differ."""
    better_than_never: Estimate
    """The Brier score of the first model this month less this one, on the same flights."""
    before_labels: tuple[str, ...]
    """The alarms that monitoring raised without the outcome: of inputs and answers."""
    after_labels: tuple[str, ...]
    """Those that it raised once the outcome was known."""
    retraining: Retraining | None

    @property
    def alarms(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.after_labels, *self.before_labels)

    @property
    def got_worse(self) -> bool:
        """Whether the answers had clearly become worse: a whole interval says so.

        Either they are worse than the base rate's, or they are less of an improvement on it than
        they were at validation.
        """
        return self.better_than_base.high < 0 or self.fall.low > 0

    @property
    def false_alarm(self) -> bool:
        """There was an alarm, and the answers had not clearly become worse."""
        return bool(self.alarms) and not self.got_worse

    @property
    def missed(self) -> bool:
        """The answers had clearly become worse, and there was no alarm."""
        return self.got_worse and not self.alarms


@dataclass(frozen=True)
class PolicyYear:
    """The year under one policy."""

    policy: str
    rule: str
    """When it retrains, in words."""
    months: tuple[Month, ...]
    brier: Estimate
    """The mean of the months' Brier scores, each month counting the same."""
    better_than_never: Estimate
    """The same of never retraining less this one, on the same flights."""

    def count(self, outcome: str) -> int:
        """How many candidates ended so."""
        return sum(r.outcome == outcome for r in self.retrainings)

    @property
    def retrainings(self) -> tuple[Retraining, ...]:
        """The candidates of the year, in order."""
        return tuple(m.retraining for m in self.months if m.retraining)

    @property
    def n(self) -> int:
        """Flights that were answered in the year."""
        return sum(month.n for month in self.months)

    def month(self, number: int) -> Month:
        """One month, 4 to 12.

        Raises:
            TwoTracksError: the year has no such month.
        """
        return _named({month.month: month for month in self.months}, "month", number)

    def summary(self) -> dict[str, int]:
        """What the year's table counts: months, candidates, and what they cost."""
        return {
            "retrainings": len(self.retrainings),
            **{outcome: self.count(outcome) for outcome in OUTCOMES},
            "alarms": sum(bool(month.alarms) for month in self.months),
            "false alarms": sum(month.false_alarm for month in self.months),
            "got worse": sum(month.got_worse for month in self.months),
            "missed": sum(month.missed for month in self.months),
            "rows fitted": sum(r.trained_on for r in self.retrainings),
            "rows judged": sum(r.judged_on for r in self.retrainings),
        }


@dataclass(frozen=True)
class Year:
    """The same months under several policies."""

    validation_n: int
    """Flights on which the first model was validated."""
    validation: Estimate
    """How much better than the base rate it was there."""
    policies: tuple[PolicyYear, ...]

    def policy(self, name: str) -> PolicyYear:
        """The year under the policy of that name.

        Raises:
            TwoTracksError: there is no such policy.
        """
        return _named({year.policy: year for year in self.policies}, "policy", name)

    def to_json(self) -> str:
        """The year as JSON, that `from_json` reads without loss."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @staticmethod
    def from_json(text: str) -> Year:
        """Read what `to_json` wrote.

        Raises:
            TwoTracksError: it is not JSON, or not a year.
        """
        try:
            value = json.loads(text)
            return Year(
                value.pop("validation_n"),
                Estimate(**value.pop("validation")),
                tuple(_policy_year(**policy) for policy in value.pop("policies")),
                **value,
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TwoTracksError(
                f"this is not the JSON of a year: {error}",
                fix="Make it with Year.to_json() of the same version.",
            ) from error


def _policy_year(
    months: list[dict[str, Any]],
    brier: dict[str, float],
    better_than_never: dict[str, float],
    **rest: Any,
) -> PolicyYear:
    return PolicyYear(
        months=tuple(_month(**month) for month in months),
        brier=Estimate(**brier),
        better_than_never=Estimate(**better_than_never),
        **rest,
    )


def _month(retraining: dict[str, Any] | None, **rest: Any) -> Month:
    estimates = ("late_rate", "brier", "better_than_base", "fall", "better_than_never")
    rest |= {name: Estimate(**rest.pop(name)) for name in estimates}
    rest |= {name: tuple(rest.pop(name)) for name in ("before_labels", "after_labels")}
    return Month(
        retraining=_retraining(**retraining) if retraining else None,
        **rest,
    )


def _retraining(gates: list[str], **rest: Any) -> Retraining:
    return Retraining(gates=tuple(gates), **rest)


def _named(items: Mapping[Key, Item], kind: str, name: Key) -> Item:
    if name not in items:
        raise TwoTracksError(f"no {kind} {name!r}", fix=did_you_mean(str(name), map(str, items)))
    return items[name]
