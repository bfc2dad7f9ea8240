from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.mkdocs_plugin.conftest import Site
from tests.mkdocs_plugin.test_site_serve import served

from twotracks.mkdocs_plugin.jupyter_html import slim

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = """
site_name: Site
repo_url: https://example.org/repo
edit_uri: edit/main/docs
theme: {name: mkdocs}
plugins:
  - mkdocs-jupyter:
      include: ["*.ipynb", "nb/*.py"]
      execute: true
      execute_ignore: [saved.ipynb]
      remove_tag_config: {remove_input_tags: [hide-input]}
      include_source: true
  - twotracks
"""
TEXT = """# %% [markdown]
# # Two
#
# ```python
# example = 1
# ```

# %%
import fact

print("it is", fact.VALUE)

# %%
if fact.VALUE > 400:
    print("a large one")
"""


def notebook(*sources: str, tags: tuple[str, ...] = (), **more: Any) -> str:
    """An `.ipynb` of a title and code cells; the tags are the first one's."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "metadata": {}, "source": "# One\n\nSome prose."}
    ]
    for source in sources:
        cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "source": source}
        cells.append({**cell, "outputs": [], "execution_count": None, **more})
    cells[1]["metadata"] = {"tags": [*tags]}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})


def write(root: Path) -> Site:
    site = Site(root)
    (root / "docs" / "nb").mkdir(parents=True)
    site.configure(CONFIGURATION)
    site.write(index="# Home\n\n```python exec\n1 + 1\n```\n")
    (root / "fact.py").write_text("VALUE = 41\n")
    old = {"output_type": "stream", "name": "stdout", "text": "a saved output"}
    for name, text in {
        "nb/one.ipynb": notebook(
            "hidden = 'code that is hidden'",
            "print('<&>')\nhidden.upper()",
            "from pathlib import Path\nPath.cwd().name",
            tags=("hide-input",),
        ),
        "nb/two.py": TEXT,
        "hook.py": "raise SystemExit('no notebook')\n",
        "saved.ipynb": notebook("never()", outputs=[old]),
    }.items():
        (root / "docs" / name).write_text(text)
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site that is built."""
    site = write(tmp_path_factory.mktemp("site"))
    built = site.build()
    assert built.status == 0, built.log
    assert "3 pages ran and 0 came from the store" in built.log
    assert "mkdocs-jupyter only renders: notebooks are executed here" in built.log
    return site


def test_notebooks_show_what_they_gave_in_this_build(site: Site) -> None:
    one = site.html("nb/one")
    assert "&lt;&amp;&gt;</pre>" in one
    assert "CODE THAT IS HIDDEN" in one
    assert "code that is hidden" not in one
    assert f"'{site.root.name}'" in one.replace("&#x27;", "'")
    assert "In\xa0[2]:" in one
    assert "data-tt-output" not in one
    assert "it is 41</pre>" in site.html("nb/two")
    assert "a saved output" in site.html("saved")
    assert (site.root / "site" / "hook.py").is_file()


def test_a_page_has_its_name_and_its_edit_link(site: Site) -> None:
    assert 'href="https://example.org/repo/edit/main/docs/nb/two.py"' in site.html("nb/two")
    assert "twotracks-" not in site.html("nb/one") + site.html("nb/two")  # a temporary folder


@pytest.mark.parametrize("name", ["nb/one", "nb/two", "saved"])
def test_a_page_is_small_and_links_one_sheet(site: Site, name: str) -> None:
    html = site.html(name)
    assert len(html) < 20_000
    links = re.findall(r'<link rel="stylesheet" href="([^"]*notebook\.css)">', html)
    assert len(links) == 1
    sheet = (site.root / "site" / name / links[0]).resolve()
    assert sheet.is_relative_to(site.root / "site")
    assert 0 < sheet.stat().st_size < 4_000
    assert "<style" not in html
    assert "clipboard" not in html
    assert "mathjax" not in html.lower()
    assert "cdnjs" not in html.replace("cdnjs.cloudflare.com/ajax/libs/highlight.js", "")
    assert "notebook.css" not in site.html()


def test_code_is_marked_up_as_that_of_other_pages(site: Site) -> None:
    two = site.html("nb/two")
    assert re.search(r'<div class="language-\w+ highlight"><pre><span></span><code><span', two)
    assert re.search(r'<div class="highlight"><pre><span></span><code><span', two)
    assert two.count("<code>") == two.count("</code>") == 3


def test_the_executed_notebook_is_beside_its_page(site: Site) -> None:
    one = json.loads((site.root / "site/nb/one/one.ipynb").read_text())
    assert one["cells"][0]["id"] == "needs"
    assert one["cells"][3]["outputs"][0]["text"] == ["<&>\n"]
    assert one["cells"][3]["outputs"][1]["data"] == {"text/plain": ["'CODE THAT IS HIDDEN'"]}
    assert '<a href="one.ipynb" download>This page as a notebook</a>' in site.html("nb/one")
    two = json.loads((site.root / "site/nb/two/two.ipynb").read_text())
    assert two["cells"][2]["outputs"][0]["text"] == ["it is 41\n"]


def test_they_run_again_only_when_something_changed(site: Site) -> None:
    before = site.html("nb/one")
    assert "0 pages ran and 3 came from the store" in site.build().log
    assert site.html("nb/one") == before
    (site.root / "fact.py").write_text("VALUE = 422\n")
    assert "1 page ran and 2 came from the store" in site.build().log
    assert "it is 422</pre>" in site.html("nb/two")
    # Where nothing was shown before: mkdocs-jupyter keeps pages, too.
    assert "a large one</pre>" in site.html("nb/two")
    (site.root / "fact.py").write_text("VALUE = 41\n")


def test_all_failures_are_told_at_once_and_the_old_site_still_stands(tmp_path: Path) -> None:
    site = write(tmp_path)
    site.write(index="```python exec\n1 / 0\n```\n")
    (site.root / "fact.py").unlink()
    (site.root / "docs/nb/one.ipynb").write_text(notebook("x = 1", "x\nx / 0"))
    (site.root / "docs/nb/three.ipynb").write_text(notebook("x = 1", "%matplotlib inline"))
    (site.root / "site").mkdir()
    (site.root / "site" / "marker").write_text("old")
    built = site.build()
    assert built.status == 1
    for message in (
        "4 pages could not be executed",
        "docs/index.md:2: ZeroDivisionError",
        "docs/nb/one.ipynb, cell 2, line 2: ZeroDivisionError: division by zero",
        "docs/nb/three.ipynb, cell 2, line 1: '%matplotlib inline' is for IPython",
        "docs/nb/two.py:9: ModuleNotFoundError: No module named 'fact'",
    ):
        assert message in built.log
    assert "-> 2 | x / 0" in built.log
    assert (site.root / "site" / "marker").read_text() == "old"


def test_an_error_stands_in_its_place_while_serving(tmp_path: Path) -> None:
    site = Site(tmp_path)
    (tmp_path / "docs").mkdir()
    site.configure(CONFIGURATION)
    site.write(index="# Home")
    path = tmp_path / "docs" / "one.ipynb"
    path.write_text(notebook("print('good')"))
    with served(site) as wait:
        wait("/one/", "good</pre>")
        path.write_text(notebook("print('first')", "1 / 0", "print('third')"))
        html = wait("/one/", "one.ipynb, cell 2, line 1: ZeroDivisionError")
        assert "first</pre>" in html
        assert html.count('class="tt-error"') == 1
        assert "third</pre>" not in html
        error, last = html.index('class="tt-error"'), html.index("third")
        assert html.index("first</pre>") < error < last
        path.write_text("no notebook")
        wait("/one/", "docs/one.ipynb: it is no notebook")
        path.write_text(notebook("print('healed')"))
        wait("/one/", "healed</pre>")


def test_scripts_that_were_asked_for_stay() -> None:
    head = (
        "<script>inline()</script><style>a {}</style>"
        '<script src=""> </script><script type="text/x-mathjax-config">setup</script>'
    )
    page = '<div class="jupyter-wrapper"><p>Text</p></div> <!-- jupyter-wrapper -->'
    assert slim(f"{head}{page}<style>b {{}}</style>") == page
    asked = '<script src="mathjax.js"> </script>'
    setup = '<script type="text/x-mathjax-config">setup</script>'
    assert slim(f"{asked}{head}{page}") == f"{asked}{setup}{page}"
    assert slim("<p>no notebook</p>") == "<p>no notebook</p>"
