"""Which model answers which request while a challenger is tried beside the champion.

The registry's alias `challenger` names the model that is tried. It scores each request too, and
the champion answers: that is a shadow. The file `rollout.json` of the registry, such as

    {"challenger": "2", "share": 0.1}

lets that version answer a share of the requests: that is a canary. A share that was meant for
another version than the alias names is of no effect.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flight_delay.champion import NoModelError

if TYPE_CHECKING:
    from pathlib import Path

    from flight_delay.champion import Challenger

FILE = "rollout.json"


@dataclass(frozen=True)
class Trial:
    """What is tried now: the challenger's version, and the share of requests that it answers."""

    challenger: str | None = None
    share: float = 0.0
    detail: str = ""
    """What is wrong with the alias or the file, and made the share 0."""

    def to_json(self) -> dict[str, float | str | None]:
        """The trial as `/health` shows it."""
        shown: dict[str, float | str | None] = {"challenger": self.challenger, "share": self.share}
        return shown | ({"detail": self.detail} if self.detail else {})


def trial(challenger: Challenger, champion: str | None) -> Trial | None:
    """What the registry says is tried now; None when that is nothing.

    A file or an alias that cannot be read is no reason not to answer: the champion answers all.

    Args:
        challenger: the registry's challenger.
        champion: the champion's version. A challenger that has become the champion is no trial.
    """
    try:
        version = challenger.version()
    except NoModelError as error:
        return Trial(detail=str(error))
    version = None if version == champion else version
    try:
        share = _share(challenger.registry / FILE, version)
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        return Trial(version, detail=f"{FILE} cannot be read: {type(error).__name__}: {error}")
    return Trial(version, share) if version is not None else None


def _share(file: Path, version: str | None) -> float:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return 0.0
    except OSError as error:
        # The path is the machine's business.
        raise ValueError(error.strerror) from error
    said = json.loads(content)
    named, share = said["challenger"], said["share"]
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise ValueError("the share is not a number from 0 to 1")
    return float(share) if named == version else 0.0


def place(request: object) -> float:
    """The place of a request among all requests, from 0 to 1: below the share is the canary.

    It rests on the request alone, so the same request has the same place after each restart and on
    each machine, and who was in a small canary is in the larger one too.

    Args:
        request: what the client sent, as JSON says it. The order of its fields does not matter.
    """
    canonical = json.dumps(request, sort_keys=True, separators=(",", ":")).encode()
    return int.from_bytes(hashlib.sha256(canonical).digest()[:8], "big") / 2**64
