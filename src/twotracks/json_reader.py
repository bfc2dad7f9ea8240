"""Read JSON strictly: what is missing, wrong or unknown is an error that says where."""

from __future__ import annotations

from typing import Any

from twotracks.errors import TwoTracksError


class Reader:
    """Takes the members of one JSON object, and says where one is missing, wrong or unknown."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise TwoTracksError("must be an object", where=where)
        self.left = dict(value)
        self.where = where

    def peek(self, key: str) -> object:
        """The value of a member, or None."""
        return self.left.get(key)

    def take(self, key: str, kind: type | tuple[type, ...]) -> Any:
        if key not in self.left:
            raise TwoTracksError(f"has no {key!r}", where=self.where)
        value = self.left.pop(key)
        wrong_bool = isinstance(value, bool) and kind is not bool
        if wrong_bool or not isinstance(value, kind):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            wanted = " or ".join("null" if k is type(None) else k.__name__ for k in kinds)
            raise TwoTracksError(
                f"must be {wanted}, not {type(value).__name__}", where=f"{self.where}.{key}"
            )
        return value

    def take_or(self, key: str, kind: type | tuple[type, ...], *, default: Any) -> Any:
        """The value of a member that may be left out."""
        return self.take(key, kind) if key in self.left else default

    def enter(self, key: str) -> Reader:
        return Reader(self.take(key, dict), f"{self.where}.{key}")

    def take_all(self, key: str) -> list[Reader]:
        values = self.take(key, list)
        return [Reader(value, f"{self.where}.{key}[{i}]") for i, value in enumerate(values)]

    def take_strings(self, key: str) -> tuple[str, ...]:
        values = self.take(key, list)
        if not all(isinstance(value, str) for value in values):
            raise TwoTracksError("must be a list of strings", where=f"{self.where}.{key}")
        return tuple(values)

    def end(self) -> None:
        if self.left:
            raise TwoTracksError(f"unknown member {next(iter(self.left))!r}", where=self.where)
