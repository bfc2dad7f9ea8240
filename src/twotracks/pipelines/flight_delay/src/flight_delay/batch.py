"""Many flights in one request, each checked on its own."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flight_delay.flight import Flight

MOST = 10_000
"""The most flights that one request may hold."""

Problems: TypeAlias = list[dict[str, str]]
"""The fields that are wrong, and for each what the problem is."""


class Batch(BaseModel):
    """Flights as a client describes them. One that is wrong does not spoil the others."""

    model_config = ConfigDict(extra="forbid")

    flights: Annotated[list[Any], Field(max_length=MOST)]


def check(request: object) -> Flight | Problems:
    """The flight that a client describes, or what is wrong with its description."""
    try:
        return Flight.model_validate(request)
    except ValidationError as error:
        return problems(error.errors(include_url=False, include_input=False))


def problems(errors: Iterable[Mapping[str, Any]], inside: int = 0) -> Problems:
    """Name each field that is wrong. What was sent is not repeated: it may not be JSON.

    Args:
        errors: as pydantic lists them.
        inside: how many names lead to the flight: 1 where FastAPI says `("body", "distance")`.
    """
    return [{"field": _field(error["loc"][inside:]), "problem": error["msg"]} for error in errors]


def _field(location: tuple[int | str, ...]) -> str:
    """`("distance",)` is the field distance; a body that is no JSON object is `body`."""
    return location[0] if location and isinstance(location[0], str) else "body"
