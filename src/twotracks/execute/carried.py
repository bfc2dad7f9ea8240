"""Files of a project that a page's script takes with it, so that it runs in an empty folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twotracks.execute.errors import ScanError
from twotracks.execute.examples import without_block

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twotracks.execute.scan import Page


def carried_by(page: Page, root: Path) -> dict[str, str]:
    """The texts of the scripts that a page names as producers, and of its `files`, by name.

    Raises:
        ScanError: There is no such file in the project, or it is no text.
    """
    scripts = [producer.name for producer in page.producers if ":" not in producer.name]
    found = {}
    for name in dict.fromkeys([*scripts, *page.files]):
        path = root / name
        if not path.resolve().is_relative_to(root.resolve()):
            raise ScanError(f"the file {name!r} is not in the project", where=page.path)
        try:
            found[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ScanError(f"cannot take the file {name!r}: {error}", where=page.path) from error
    return found


def writing(carried: Mapping[str, str]) -> str:
    """Code that writes files where they are not yet; nothing if there are none."""
    if not carried:
        return ""
    listed = "".join(f"    {name!r}: {_literal(text)},\n" for name, text in carried.items())
    return (
        "# What this page takes from its project, written here unless it is there.\n"
        "import pathlib\n\n"
        f"for _name, _text in {{\n{listed}}}.items():\n"
        "    _path = pathlib.Path(_name)\n"
        "    if not _path.exists():\n"
        "        _path.parent.mkdir(parents=True, exist_ok=True)\n"
        '        _path.write_text(_text, encoding="utf-8")'
    )


def _literal(text: str) -> str:
    """A string as a person reads it. The block of a script's needs is its own, and left out."""
    text = without_block(text).replace("\\", "\\\\")
    quotes = '"""' if "'''" in text else "'''"
    escaped = text.replace(quotes, "\\" + "\\".join(quotes))
    end = "\\\n" if not escaped.endswith("\n") else ""
    return f"{quotes}\\\n{escaped}{end}{quotes}"
