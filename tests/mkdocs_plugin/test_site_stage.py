"""A site is built beside the one that stands, and finished when all is known."""

from __future__ import annotations

import subprocess
import sys
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
    assert not list(site.root.glob(".site.new*"))
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


BLOG = """
site_name: Blog
theme: {name: material}
plugins: [search, blog, twotracks]
"""
POST = """---
date: 2024-01-02
---
# Post

Total `{python} 4 + 4`

```python exec
print("in the excerpt")
```

<!-- more -->

```python exec
print("in the rest")
```
"""


def test_a_blog_shows_the_beginning_of_posts_with_their_output(site: Site) -> None:
    site.configure(BLOG)
    (site.root / "docs" / "blog" / "posts").mkdir(parents=True)
    (site.root / "docs" / "blog" / "posts" / "one.md").write_text(POST)
    site.write(index="# Home\n", **{"blog/index": "# Blog\n"})
    built = site.build()
    assert built.status == 0, built.log
    listed = site.html("blog")
    assert "in the excerpt</pre>" in listed
    assert "in the rest" not in listed
    for path in (site.root / "site").rglob("*.html"):
        html = path.read_text()
        assert "<tt-" not in html, path
        assert "data-tt" not in html, path


def test_two_builds_into_one_folder_leave_a_whole_site(site: Site) -> None:
    slow = "```python exec\nimport time\ntime.sleep(0.6)\nprint('shown')\n```\n"
    site.write(index=slow, other=slow)
    builds = [
        subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "build", "-q"],
            cwd=site.root,
            env=site.environment,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    assert [build.communicate(timeout=60)[1] for build in builds] == [b"", b""]
    assert [build.returncode for build in builds] == [0, 0]
    for name in ("index", "other"):
        assert "shown</pre>" in site.html(name)
    assert not list(site.root.glob(".site.new*"))


def test_what_stands_in_the_place_of_a_download_is_told_with_all_else(site: Site) -> None:
    (site.root / "docs" / "index.py").write_text("")
    site.write(index=CELL, other="```python exec\n1 / 0\n```\n")
    built = site.build()
    assert built.status == 1
    assert "docs/index.md: its download would take the place of index.py" in built.log
    assert "docs/other.md:2: ZeroDivisionError" in built.log
    assert "plugin.py" not in built.log


def test_an_id_is_not_that_of_a_heading(site: Site) -> None:
    site.write(index='# Fit\n\n```python exec id="fit"\n1\n```\n')
    built = site.build()
    assert built.status == 1
    assert "docs/index.md:3: id='fit' is that of something else" in built.log
