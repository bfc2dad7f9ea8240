"""What axe-core finds: WCAG 2.2 AA and best practice, desktop and phone, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site import limits, measures
from tests.site.browsing import DESKTOP, PHONE, Screen

if TYPE_CHECKING:
    from tests.site.conftest import OpenTab


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(tab: OpenTab, each_page: str, screen: Screen, *, dark: bool) -> None:
    over = limits.AXE.none_of(measures.axe(tab(each_page, screen=screen, dark=dark).page))
    assert not over, "\n".join(over)
