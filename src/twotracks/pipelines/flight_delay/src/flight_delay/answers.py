"""What the models say of flights, and which of them is the answer."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flight_delay.champion import Challenger, NoModelError
from flight_delay.features import features
from flight_delay.rollout import place, trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flight_delay.champion import Champion, Model, Named
    from flight_delay.flight import Flight

# What a model that does not fit the features, or was badly made, is known to raise.
ANSWER_ERRORS = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Said:
    """What a model says of one flight: a probability, or in `detail` why there is none."""

    model: str | None
    probability: float | None = None
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """The model, and the one of the two others that there is."""
        if self.probability is None:
            return {"detail": self.detail, "model": self.model}
        return {"probability": self.probability, "model": self.model}


@dataclass(frozen=True)
class Answer:
    """The answer about one flight, and what the challenger says where the champion answers."""

    said: Said
    shadow: Said | None = None

    @property
    def status(self) -> int:
        """As of HTTP: 200, or 503 without a probability."""
        return 503 if self.said.probability is None else 200

    def to_json(self) -> dict[str, Any]:
        """The answer as the service gives it."""
        shadow = {"shadow": self.shadow.to_json()} if self.shadow else {}
        return self.said.to_json() | shadow


class Answers:
    """The answers of the champion, with a challenger beside it where there is one."""

    def __init__(self, champion: Champion) -> None:
        self._champion = champion
        self._challenger = Challenger(champion.registry, champion.load)

    def champion(self) -> str | None:
        """The champion's version; None when there is none, or the alias cannot be read."""
        return _version(self._champion)

    def state(self) -> dict[str, Any]:
        """The champion's version, what is tried beside it, and what is wrong with the registry."""
        state: dict[str, Any] = {"model": None}
        try:
            state["model"] = self._champion.version()
        except NoModelError as error:
            state["detail"] = str(error)
        tried = trial(self._challenger, state["model"])
        return state | ({"rollout": tried.to_json()} if tried else {})

    def about(self, flights: Sequence[Flight], requests: Sequence[object]) -> list[Answer]:
        """One answer a flight, all by the same champion and the same challenger.

        Whatever the challenger does, there is an answer: where it has none, the champion's stands.

        Args:
            flights: n flights.
            requests: the n requests as the clients sent them, which decide about the canary.
        """
        tried = trial(self._challenger, self.champion())
        answers = [Answer(said) for said in _ask(self._champion, flights)]
        if tried is None or tried.challenger is None:
            return answers
        return [
            Answer(second)
            if second.probability is not None and tried.share and place(request) < tried.share
            else Answer(first.said, second)
            for first, second, request in zip(
                answers, _ask(self._challenger, flights), requests, strict=True
            )
        ]


def _version(named: Named) -> str | None:
    with contextlib.suppress(NoModelError):
        return named.version()
    return None


def _ask(named: Named, flights: Sequence[Flight]) -> list[Said]:
    """What the model under an alias says of n flights."""
    try:
        model = named.model()
    except NoModelError as error:
        return [Said(_version(named), detail=str(error))] * len(flights)
    return _say(model, flights)


def _say(model: Model, flights: Sequence[Flight]) -> list[Said]:
    if not flights:
        return []
    try:
        said = model.predict([features(flight) for flight in flights])
    except ANSWER_ERRORS as error:
        if len(flights) > 1:  # a flight that the model fails on must not take the others with it
            return [alone for flight in flights for alone in _say(model, [flight])]
        return [_cannot(model, str(error))]
    return [_checked(model, probability) for probability in said]


def _checked(model: Model, probability: float) -> Said:
    if not 0 <= probability <= 1:
        return _cannot(model, f"it says {probability}, which is no probability")
    # More decimals than the model knows would differ from machine to machine.
    return Said(model.version, round(probability, 6))


def _cannot(model: Model, reason: str) -> Said:
    return Said(model.version, detail=f"version {model.version} cannot answer: {reason}")
