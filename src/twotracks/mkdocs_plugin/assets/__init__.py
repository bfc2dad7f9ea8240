"""The style sheet and the script that the pages of a site get, each from parts of one subject."""

from __future__ import annotations

from importlib.resources import files

PARTS = ("cells", "views", "player", "quiz", "explorer")
"""The subjects, in the order in which their parts are joined."""
SHEET = "assets/twotracks/twotracks.css"
"""Where the style sheet lies in a site."""
SCRIPT = "assets/twotracks/twotracks.js"
"""Where the script lies in a site."""


def sheet() -> str:
    """The style sheet of all parts."""
    return _joined("css")


def script() -> str:
    """The script of all parts: custom elements, which start by themselves wherever they come."""
    return _joined("js")


def asset(name: str) -> str:
    """The text of a file of this folder."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _joined(ending: str) -> str:
    names = {path.name for path in files(__name__).iterdir()}
    parts = [f"{part}.{ending}" for part in PARTS if f"{part}.{ending}" in names]
    return "\n".join(map(asset, parts))
