"""What a page or a producer rests on that is known before it runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twotracks.execute.digests import digest
from twotracks.execute.distributions import engine_digest, this_python
from twotracks.execute.places import search_path
from twotracks.execute.scan import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twotracks.execute.declared import Declared
    from twotracks.execute.frontmatter import Producer
    from twotracks.execute.run import Settings
    from twotracks.execute.scan import Page

Parts = dict[str, str]

# How `why` says that a part of what was known before the run is another.
_PARTS = {
    "cells": "its cells changed",
    "declared": "what it declares changed",
    "formatters": "the formatters changed",
    "python": "it ran with another Python",
    "engine": "the engine changed",
    "path": "modules are imported from other folders (PYTHONPATH, .pth files)",
    "preload": "other modules are preloaded",
    "memory": "the limit of memory changed",
}


@dataclass(frozen=True)
class Job:
    """What there is to run, and everything that is known to matter before it runs."""

    kind: str
    name: str
    parts: Parts
    declared: Declared

    @property
    def key(self) -> str:
        return digest(self.kind, self.name, self.parts)


def base_parts(settings: Settings) -> Parts:
    """What everything rests on."""
    return {
        "python": this_python(),
        "engine": engine_digest(),
        "path": json.dumps(search_path(str(settings.root))),
        "preload": json.dumps(settings.preload),
        "memory": str(settings.memory),
        "formatters": digest(dict(settings.formatters)),
    }


def page_job(page: Page, produced: Mapping[str, str], base: Parts) -> Job:
    """The job of a page, given the texts of its producers."""
    steps = [
        [step.source, step.options.session, step.options.expect, repr(step.example)]
        if isinstance(step, Cell)
        else [step.text]
        for step in page.steps
    ]
    parts = base | {
        "cells": digest(steps),
        "declared": repr(page.declared),
        **{f"producer {name}": digest(text) for name, text in produced.items()},
    }
    return Job("pages", page.path, parts, page.declared)


def producer_job(page: Page, producer: Producer, base: Parts) -> Job:
    """The job of a producer, for a page that names it. No formatter shows what it gives."""
    parts = {name: part for name, part in base.items() if name != "formatters"}
    parts["declared"] = repr(page.given)
    return Job("producers", producer.name, parts, page.given)


def other_part(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """How one part differs, in words; nothing if none does."""
    for part in sorted(before.keys() | now.keys()):
        if before.get(part) != now.get(part):
            return _PARTS.get(part, f"the text of the {part} changed")
    return ""
