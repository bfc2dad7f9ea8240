"""Files that pages publish, in the site that is built."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.mkdocs_plugin.test_site_notebooks import notebook
from tests.mkdocs_plugin.test_site_serve import served

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

PAGE = """
# A page

```python exec
from twotracks.execute import publish

publish("run.json", "[1, 2]\\n")
```
"""
LATE_OR_NOT = """
site_name: Site
theme: {name: mkdocs}
plugins: [twotracks]
use_directory_urls: %s
%s
"""
NOTEBOOKS = """
site_name: Site
theme: {name: mkdocs}
plugins:
  - mkdocs-jupyter: {include: ["*.ipynb"]}
  - twotracks
"""
HOOK = "def on_page_content(html, **_):\n    return html\n"


@pytest.mark.parametrize(("folders", "hooks"), [("true", ""), ("false", "hooks: [hook.py]")])
def test_a_file_lies_beside_its_page_and_is_linked(site: Site, folders: str, hooks: str) -> None:
    site.configure(LATE_OR_NOT % (folders, hooks))
    (site.root / "hook.py").write_text(HOOK)
    (site.root / "docs" / "guide").mkdir()
    site.write(**{"guide/run": PAGE})
    out = site.root / "site" / "guide"
    beside = out / "run"  # whatever form the page's address has
    for ran in ("1 of 1 pages ran", "0 pages ran"):
        built = site.build()
        assert built.status == 0, built.log
        assert (beside / "run.json").read_bytes() == b"[1, 2]\n", ran
    html = (out / ("run/index.html" if folders == "true" else "run.html")).read_text()
    address = "run.json" if folders == "true" else "run/run.json"
    assert f'<a href="{address}" download>run.json</a>, 7 bytes' in html
    script = subprocess.run(
        [sys.executable, beside / "run.py"],
        capture_output=True,
        text=True,
        check=True,
        cwd=site.root,
    )
    assert "nothing was written" in script.stdout


def test_a_file_that_is_gone_from_the_page_is_gone_from_the_site(site: Site) -> None:
    site.write(index=PAGE)
    assert site.build().status == 0
    site.write(index=PAGE.replace("run.json", "new.json"))
    assert site.build().status == 0
    assert not (site.root / "site" / "run.json").exists()
    assert (site.root / "site" / "new.json").is_file()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("data.json", "its published file would take the place of data.json"),
        ("v1.2", "its published file would take the place of the folder v1.2"),
        ("index.py", "its download would take the place of a published file of docs/index.md"),
    ],
)
def test_no_file_takes_the_place_of_another(site: Site, name: str, other: str) -> None:
    site.write(index=PAGE.replace("run.json", name), **{"v1.2": "# Words\n"})
    (site.root / "docs" / "data.json").write_text("mine")
    built = site.build()
    assert built.status == 1
    assert f"docs/index.md: {other}" in built.log


@pytest.mark.parametrize("folders", ["true", "false"])
def test_two_pages_of_one_folder_publish_files_of_one_name(site: Site, folders: str) -> None:
    site.configure(LATE_OR_NOT % (folders, ""))
    site.write(index=PAGE, one=PAGE.replace("[1, 2]", "[3]"), other=PAGE.replace("[1, 2]", "[4]"))
    built = site.build()
    assert built.status == 0, built.log
    found = [
        (site.root / "site" / name).read_text()
        for name in ("run.json", "one/run.json", "other/run.json")
    ]
    assert found == ["[1, 2]\n", "[3]\n", "[4]\n"]


def test_a_served_file_follows_its_page(site: Site) -> None:
    site.write(index=PAGE)
    with served(site) as wait:
        assert wait("/run.json", "[1, 2]\n") == "[1, 2]\n"
        site.write(index=PAGE.replace("[1, 2]", "[3]"))
        wait("/run.json", "[3]")


def test_a_notebook_that_is_a_page_publishes_too(site: Site) -> None:
    site.configure(NOTEBOOKS)
    source = 'from twotracks.execute import publish\npublish("run.json", "[1, 2]")'
    (site.root / "docs" / "nb.ipynb").write_text(notebook(source))
    site.write(index="# Home\n")
    built = site.build()
    assert built.status == 0, built.log
    assert (site.root / "site" / "nb" / "run.json").read_text() == "[1, 2]"
    assert 'href="run.json"' in site.html("nb")
