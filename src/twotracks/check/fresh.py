"""Whether a page shows again what it shows: two records compared as text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from twotracks.check.problem import CheckFailed, unified
from twotracks.execute.outputs import Raised, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twotracks.execute.outputs import Output, PageRecord


def differences(shown: PageRecord, fresh: PageRecord) -> list[CheckFailed]:
    """What a fresh run of a page gives otherwise than the page shows."""
    diff = unified(readable(shown), readable(fresh), ("what the page shows", "a fresh run"))
    if not diff:
        return []
    return [
        CheckFailed(
            "a fresh run gives something else than the page shows",
            where=fresh.path,
            fix="Either it is not deterministic, or it depends on what it does not declare.",
            details=diff,
        )
    ]


def readable(record: PageRecord) -> list[str]:
    """All that a page showed, as lines."""
    lines = []
    for number, cell in enumerate(record.cells, 1):
        lines.append(f"cell {number}, line {cell.line}")
        lines += [f"  {line}" for output in cell.outputs for line in _lines(output)]
    lines += [f"line {i.line}, {{python}} {i.text}: {i.value}" for i in record.inlines]
    for file in record.files:
        lines += [f"published {file.name}", *(f"  {line}" for line in file.text.splitlines())]
    return lines


def _lines(output: Output) -> Iterator[str]:
    if isinstance(output, Raised):
        yield f"raised {output.name}: {output.text}"
    elif isinstance(output, Stream):
        yield f"{output.name}:"
        yield from output.text.splitlines()
    else:
        for mime, form in sorted(output.data.items()):
            yield f"{'result' if output.result else 'display'}, {mime}:"
            text = form if isinstance(form, str) else json.dumps(form, indent=2, sort_keys=True)
            # Markup may be one long line, in which nobody sees a difference.
            yield from re.sub(r">\s*<", ">\n<", text).splitlines()
