"""What the theme's button copies is the block as its author wrote it, and nothing else."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.site.conftest import ROOT
from twotracks.execute.scan import _fences, _normalised
from twotracks.execute.wheel import wheel_of

if TYPE_CHECKING:
    from tests.site.conftest import OpenTab

# Cells, static blocks, a shell's command, an example file, blocks in folds.
PAGES = ["see", "what-breaks/index", "how-to/check", "how-to/record"]
BUTTONS = "article .highlight button[data-clipboard-target]"


def blocks(path: str) -> list[str]:
    """The text of each block of code that a page shows, from its source."""
    wheel = wheel_of(ROOT)
    assert wheel
    text = (ROOT / "docs" / f"{path}.md").read_text(encoding="utf-8")
    lines = _normalised(wheel.named(text))
    found = []
    for fence in _fences(lines, 0, path, ROOT):
        inside = dedent("\n".join(lines[fence.first : fence.last - 1]))
        if fence.cell is None:
            found.append(inside)
        elif fence.cell.options.source != "none":
            found.append(fence.cell.shown)
    return [block.strip("\n") for block in found]


@pytest.mark.parametrize("path", PAGES)
def test_each_block_copies_clean(tab: OpenTab, path: str) -> None:
    page = tab(f"{path.removesuffix('index').rstrip('/')}/").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    page.wait_for_selector(BUTTONS, state="attached")
    copied = []
    for button in page.locator(BUTTONS).all():
        button.scroll_into_view_if_needed()
        page.evaluate("navigator.clipboard.writeText('')")
        button.click()
        page.wait_for_function("navigator.clipboard.readText().then(text => text !== '')")
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    assert copied == blocks(path)
