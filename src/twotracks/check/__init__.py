"""Whether pages still say what their code does: run again, run as scripts, values, lint."""

from __future__ import annotations

from twotracks.check.pages import Checked, check_pages
from twotracks.check.problem import CheckFailed

__all__ = ["CheckFailed", "Checked", "check_pages"]
