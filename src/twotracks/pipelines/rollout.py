"""Rolling a model out and back: a shadow, a canary, a promotion, a rollback.

Each is a change of a file in the registry, made in one rename. The service reads them at each
request, so each shows in its next reply.

    registry/aliases/challenger     the version that is tried beside the champion
    registry/rollout.json           the share of requests that it answers; without it, none
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from twotracks.errors import TwoTracksError
from twotracks.pipelines.files import read_json, write_json
from twotracks.pipelines.registry import CHALLENGER, CHAMPION

if TYPE_CHECKING:
    from pathlib import Path

    from twotracks.pipelines.registry import Registry

ROLLOUT_FILE = "rollout.json"


@dataclass(frozen=True)
class Rollout:
    """Who answers: the champion, and a challenger that answers a share of the requests."""

    champion: str | None
    challenger: str | None = None
    share: float = 0.0
    former: tuple[str, ...] = ()
    """The champions before this one, the last one last."""


def read(registry: Registry) -> Rollout:
    """What the registry says is being rolled out.

    Raises:
        TwoTracksError: a file of it cannot be read.
    """
    challenger = registry.version_of(CHALLENGER)
    share = _share_of(registry, challenger) if challenger else 0.0
    return Rollout(registry.version_of(CHAMPION), challenger, share, registry.former())


def shadow(registry: Registry, version: str) -> Rollout:
    """Try a version in the shadow: it scores each request, and the champion answers.

    Raises:
        TwoTracksError: there is no such version, no champion, or it is the champion.
    """
    registry.path(version)
    champion = registry.version_of(CHAMPION)
    if champion is None:
        raise TwoTracksError(
            "there is no champion to answer meanwhile",
            where=str(registry.folder),
            fix="Release a first model: there is nothing to compare it with.",
        )
    if version == champion:
        raise TwoTracksError(
            f"version {version} is the champion",
            where=str(registry.folder),
            fix="Register the version to try first.",
        )
    _path(registry).unlink(missing_ok=True)  # a share of the one before is not this one's
    registry.point(CHALLENGER, version)
    return read(registry)


def open_canary(registry: Registry, share: float) -> Rollout:
    """Let the challenger answer a share of the requests, always the same ones.

    Args:
        registry: the registry.
        share: from 0, which is a shadow again, to 1. A larger share holds the smaller one.

    Raises:
        TwoTracksError: there is no challenger, or the share is not between 0 and 1.
    """
    version = _challenger(registry)
    if not _is_share(share):
        raise TwoTracksError(
            f"{share!r} is no share of the requests",
            where="open_canary",
            fix="Give a number from 0 to 1.",
        )
    write_json(_path(registry), {"challenger": version, "share": float(share)})
    return read(registry)


def promote(registry: Registry) -> Rollout:
    """Make the challenger the champion.

    Raises:
        TwoTracksError: there is no challenger.
    """
    registry.release(_challenger(registry))
    return stop(registry)


def roll_back(registry: Registry) -> Rollout:
    """Make the champion before this one the champion again, and stop what is tried.

    Raises:
        TwoTracksError: there was no champion before this one.
    """
    registry.go_back()
    return stop(registry)


def stop(registry: Registry) -> Rollout:
    """Try nothing any more: the champion answers alone. Where nothing is tried, that is fine."""
    registry.point(CHALLENGER, None)
    _path(registry).unlink(missing_ok=True)
    return read(registry)


def _path(registry: Registry) -> Path:
    return registry.folder / ROLLOUT_FILE


def _challenger(registry: Registry) -> str:
    version = registry.version_of(CHALLENGER)
    if version is None:
        raise TwoTracksError(
            "there is no challenger",
            where=str(registry.folder),
            fix="Put a version in the shadow first: call shadow().",
        )
    return version


def _share_of(registry: Registry, challenger: str) -> float:
    path = _path(registry)
    if not path.exists():
        return 0.0
    said = read_json(path)
    share = said.get("share")
    if not _is_share(share):
        raise TwoTracksError(
            "the share is not a number from 0 to 1", where=str(path), fix="Open the canary again."
        )
    # A share that was meant for another version is of no effect, in the service too.
    return float(share) if said.get("challenger") == challenger else 0.0


def _is_share(value: object) -> TypeGuard[float]:
    """Whether a value is a number from 0 to 1; NaN and True are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
