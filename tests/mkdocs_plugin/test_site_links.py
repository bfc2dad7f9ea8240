"""Links in what cells show: to pages by their files, and to what a page publishes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.mkdocs_plugin.test_site_notebooks import notebook
from tests.mkdocs_plugin.test_site_serve import served

from twotracks.mkdocs_plugin.links import resolved

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

CONFIGURATION = """
site_name: Site
theme: {name: mkdocs}
plugins:
  - mkdocs-jupyter: {include: ["*.ipynb"]}
  - twotracks: {downloads: false}
markdown_extensions: [pymdownx.superfences]
use_directory_urls: %s
hooks: [%s]
"""
HOOK = (
    "def on_page_content(html, **_):\n    return html\n"  # then pages run before they are rendered
)
SHOW = """
# A page

[in Markdown](%(link)s)

```python exec source="none"
class Shown:
    def _repr_html_(self):
        return '<p><a class="c" href="%(link)s">shown</a></p>'
Shown()
```
"""
PAGES = {
    "guide/tea.md": "../tea/",
    "guide/tea.md/tea.py": "../tea/tea.py",
    "it is.md": "../../it%20is/",
}


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("tea.md", "../tea/"),
        ("./tea.md#hot", "../tea/#hot"),
        ("tea.md?a=1&amp;b=2#hot", "../tea/?a=1&amp;b=2#hot"),
        ("../it%20is.md", "../../it%20is/"),
        ("tea.md/tea.py", "../tea/tea.py"),
        ("run.json", "run/run.json"),
        # As it is: no page, or not of this site.
        ("tea/", "tea/"),
        ("#tea.md", "#tea.md"),
        ("?tea.md", "?tea.md"),
        ("/tea.md", "/tea.md"),
        ("//other/tea.md", "//other/tea.md"),
        ("https://other/tea.md", "https://other/tea.md"),
        ("http://[other/tea.md", "http://[other/tea.md"),
        ("mailto:a@tea.md", "mailto:a@tea.md"),
        ("other.json", "other.json"),
    ],
)
def test_a_link_to_a_file_leads_to_its_page(link: str, found: str) -> None:
    html = '<p>tea.md</p><a class="c > d" href="%s">x</a><img src=\'%s\' alt="href=tea.md">'
    after = '<p>tea.md</p><a class="c > d" href="%s">x</a><img %s alt="href=tea.md">'
    source = f"src='{link}'" if link == found else f'src="{found}"'
    shown = resolved(html % (link, link), "guide/run.md", PAGES.get, {"run.json": "run/run.json"})
    assert shown == (after % (found, source), [])


def test_files_of_which_there_is_no_page_are_told_once_each() -> None:
    html = '<a href="no.md#1"></a><a href="no.md#2"></a><a href="tea.md"></a><a href="../n.ipynb">'
    after, missing = resolved(html, "guide/run.md", PAGES.get, {})
    assert missing == ["guide/no.md", "n.ipynb"]
    assert after == html.replace("tea.md", "../tea/")


def test_text_and_comments_are_left_alone() -> None:
    html = '<!-- <a href="no.md"> --><pre>&lt;a href="no.md"&gt;</pre><a title="tea.md">x</a>'
    assert resolved(html, "guide/run.md", PAGES.get, {}) == (html, [])


@pytest.mark.parametrize("hook", ["", "hook.py"])
@pytest.mark.parametrize("folders", ["true", "false"])
def test_a_cell_links_where_markdown_links(site: Site, folders: str, hook: str) -> None:
    site.configure(CONFIGURATION % (folders, hook))
    (site.root / "hook.py").write_text(HOOK)
    (site.root / "docs" / "guide").mkdir()
    (site.root / "docs" / "nb.ipynb").write_text(
        notebook("from IPython.display import HTML\nHTML('<a href=\"guide/run.md#a\">b</a>')")
    )
    site.write(
        **{
            "index": SHOW % {"link": "guide/run.md#a-page"},
            "guide/run": SHOW % {"link": "../nb.ipynb"},
            "it is": SHOW % {"link": "guide/run.md"},
            "guide/index": SHOW % {"link": "../it is.md"},
        }
    )
    built = site.build()
    assert built.status == 0, built.log
    pages = [page for page in site.root.joinpath("site").rglob("*.html") if page.name != "404.html"]
    assert len(pages) == 5
    for page in pages:
        html = page.read_text()
        if page.stem != "nb" and page.parent.stem != "nb":
            (written,) = re.findall(r'<a href="([^"]*)">in Markdown</a>', html)
            (shown,) = re.findall(r'<a class="c" href="([^"]*)">shown</a>', html)
            assert shown == written, page
    assert '<a href="%s#a">b' % ("../guide/run/" if folders == "true" else "guide/run.html") in (
        site.html("nb") if folders == "true" else (site.root / "site" / "nb.html").read_text()
    )


@pytest.mark.parametrize("folders", ["true", "false"])
def test_a_cell_links_what_lies_beside_a_page(site: Site, folders: str) -> None:
    site.configure((CONFIGURATION % (folders, "")).replace("downloads: false", "downloads: true"))
    names = ["index.md/index.py", "guide/run.md/run.ipynb"]
    links = "".join(f'<a class="beside" href="{name}">x</a>' for name in names)
    show = f"```python exec\nfrom IPython.display import HTML\nHTML('{links}')\n```\n"
    (site.root / "docs" / "guide").mkdir()
    site.write(list=f"# List\n\n{show}", index=SHOW % {"link": "list.md"})
    site.write(**{"guide/run": SHOW % {"link": "../list.md"}})
    built = site.build()
    assert built.status == 0, built.log
    page = site.root / "site" / ("list/index.html" if folders == "true" else "list.html")
    shown = page.read_text().split('class="tt-output')[1]  # and not the code
    found = re.findall(r'class="beside" href="([^"]*)"', shown)
    assert [Path(link).name for link in found] == ["index.py", "run.ipynb"]
    assert all((page.parent / link).is_file() for link in found), found


@pytest.mark.parametrize("hook", ["", "hook.py"])
def test_a_link_to_no_page_fails_the_build_at_its_cell(site: Site, hook: str) -> None:
    site.configure(CONFIGURATION % ("true", hook))
    (site.root / "hook.py").write_text(HOOK)
    (site.root / "docs" / "nb.ipynb").write_text(
        notebook("from IPython.display import HTML\nHTML('<a href=\"no.md\">b</a>')")
    )
    text = (SHOW % {"link": "other.md"}).replace("[in Markdown](other.md)", "Words.")
    site.write(index=text, other="# Other\n")
    fine = site.build()
    site.write(index=text.replace("other.md", "nowhere.md"), other="# Other\n")
    built = site.build()
    assert (fine.status, built.status) == (1, 1)
    message = "a link to nowhere.md, and the site has no such page"
    assert message not in fine.log
    assert f"docs/index.md:5: {message}\n  Name the file of a page" in built.log
    assert "docs/nb.ipynb, cell 1: a link to no.md" in fine.log
    assert not (site.root / "site").exists()


def test_the_text_of_a_notebook_links_like_its_cells(site: Site) -> None:
    site.configure(CONFIGURATION % ("true", ""))
    path = site.root / "docs" / "nb.ipynb"
    path.write_text(notebook("1").replace("Some prose.", "[one](index.md#a), [two](other.md)."))
    site.write(index="# Home\n", other="# Other\n")
    built = site.build()
    assert built.status == 0, built.log
    assert re.findall(r'<a href="([^"]*)">(?:one|two)', site.html("nb")) == ["../#a", "../other/"]
    (site.root / "docs" / "other.md").unlink()
    assert "docs/nb.ipynb: a link to other.md, and the site has" in site.build().log


def test_a_page_that_is_left_out_of_the_site_is_no_page(site: Site) -> None:
    site.configure(CONFIGURATION % ("true", "") + "exclude_docs: other.md\n")
    text = (SHOW % {"link": "other.md"}).replace("[in Markdown](other.md)", "Words.")
    site.write(index=text, other="# Other\n")
    built = site.build()
    assert built.status == 1
    assert "a link to other.md, and the site has no such page" in built.log


def test_a_served_page_shows_what_is_wrong(site: Site) -> None:
    text = (SHOW % {"link": "other.md"}).replace("[in Markdown](other.md)", "Words.")
    site.write(index=text, other="# Other\n")
    with served(site) as wait:
        assert 'href="other/"' in wait("/", "shown")
        site.write(index=text.replace("other.md", "nowhere.md"))
        assert "docs/index.md:5: a link to nowhere.md" in wait("/", "tt-error")
