"""The colours of a terminal can be read on both of the site's palettes."""

from __future__ import annotations

import re

import pytest

from twotracks.execute.terminal import NAMES
from twotracks.mkdocs_plugin.assets import asset

SHEET = asset("cells.css")
SCHEMES = {"light": ":root", "dark": '[data-md-color-scheme="slate"]'}


def variables(scheme: str) -> dict[str, str]:
    """The variables of a palette."""
    block = re.search(rf"{re.escape(SCHEMES[scheme])} \{{(.*?)\}}", SHEET, re.DOTALL)
    assert block
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", block[1]))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_a_colour_can_be_read(name: str, scheme: str) -> None:
    rule = re.search(rf"\.tt-ansi-{name} \{{ --tt-ansi: var\((--[\w-]+)\); \}}", SHEET)
    assert rule
    found = variables(scheme)
    assert contrast(found[rule[1]], found["--tt-ground"]) >= 4.5


def test_nothing_makes_text_of_a_cell_paler() -> None:
    rules = re.findall(r"([^{}]*\.tt-output[^{}]*)\{([^{}]*)\}", SHEET)
    assert rules
    assert not [selector for selector, body in rules if "opacity" in body]
