"""The site under the keyboard and under the theme's instant navigation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.site.conftest import OpenTab, SmallSite


def test_home_opens(tab: OpenTab) -> None:
    assert tab().page.title().startswith("Two Tracks")


def test_a_small_site_opens(tab: OpenTab, small_site: SmallSite) -> None:
    made = small_site({"index.md": "# One\n\n```python exec\n1 + 1\n```\n"})
    page = tab(at=made).page
    assert "2" in page.inner_text("article")
