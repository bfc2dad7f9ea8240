"""A site is built beside the one that stands, and finished when all is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

CELL = "# Title\n\n```python exec\nprint('shown')\n```\n"
HOOK = """
def on_page_content(html, page, config, files):
    return html.replace("shown", "seen by a hook")
"""


@pytest.mark.parametrize(
    "page",
    [
        "```python exec\n1 / 0\n```\n",
        "<p>\n`{python} 1 + 1`\n</p>\n",
        '--8<-- "part.md"\n',
        "[broken](nowhere.md)\n" + CELL.replace("shown", "other"),
    ],
    ids=["cell", "value", "snippet", "another plugin"],
)
def test_whatever_fails_the_site_that_stood_still_stands(site: Site, page: str) -> None:
    site.configure(
        "site_name: Site\ntheme: {name: mkdocs}\nplugins: [twotracks]\nhooks: [fails.py]\n"
        "markdown_extensions: [pymdownx.snippets]\n"
    )
    (site.root / "fails.py").write_text("")
    (site.root / "part.md").write_text(CELL)
    site.write(index=CELL)
    assert site.build().status == 0
    (site.root / "site" / ".kept").write_text("hidden")
    before = site.html()
    if "nowhere" in page:
        (site.root / "fails.py").write_text("def on_post_build(config): raise OSError('full')")
    site.write(index=page)
    assert site.build().status == 1
    assert site.html() == before
    assert not (site.root / ".site.new").exists()
    (site.root / "fails.py").write_text("")
    site.write(index=CELL.replace("shown", "again"))
    assert site.build().status == 0
    assert "again</pre>" in site.html()
    assert (site.root / "site" / ".kept").read_text() == "hidden"


def test_all_that_only_one_of_the_two_saw_is_told_at_once(site: Site) -> None:
    site.write(
        index="Text\n\n    ```python exec\n    1\n    ```\n",
        other="<p>\n`{python} 1 + 1`\n</p>\n",
        third="```python exec\n1 / 0\n```\n",
    )
    built = site.build()
    assert built.status == 1
    assert "1 page could not be executed" in built.log
    assert "docs/third.md:2: ZeroDivisionError" in built.log
    assert "docs/index.md:3: this cell is not shown" in built.log
    assert "docs/other.md:2: the inline value" in built.log


def test_who_changes_pages_sees_them_whole(site: Site) -> None:
    site.write(index=CELL, fails="Text\n")
    assert site.build().status == 0
    assert "shown</pre>" in site.html()
    assert "<tt-" not in site.html()
    (site.root / "hook.py").write_text(HOOK)
    site.configure("site_name: S\ntheme: {name: mkdocs}\nplugins: [twotracks]\nhooks: [hook.py]\n")
    assert site.build().status == 0
    assert "seen by a hook</pre>" in site.html()
    site.write(fails="```python exec\n1 / 0\n```\n")
    built = site.build()
    assert "docs/fails.md:2: ZeroDivisionError" in built.log
    assert "seen by a hook</pre>" in site.html()
