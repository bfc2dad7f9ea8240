"""Where results are kept. In memory for now: one dictionary, gone with the process."""

from __future__ import annotations

import hashlib
import json
from typing import Generic, TypeVar

T = TypeVar("T")


class Store(Generic[T]):
    """Results by the digest of everything they depend on. Only successes are put here."""

    def __init__(self) -> None:
        self._kept: dict[str, T] = {}

    def get(self, key: str) -> T | None:
        """What was kept under the key, or None."""
        return self._kept.get(key)

    def put(self, key: str, value: T) -> None:
        """Keep a result."""
        self._kept[key] = value


def digest(*parts: object) -> str:
    """The SHA-256 of plain data, as a key."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
