"""Each page of a site as Markdown, `llms.txt`, and the wheel."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

CONFIGURATION = """
site_name: Site
site_description: What it is.
site_url: https://example.org/docs/
theme: {name: mkdocs}
nav:
  - Home: index.md
  - Guides:
      - Run it: guides/run.md
      - Deep:
          - Deeper: guides/deep.md
plugins:
  - twotracks: {markdown: true}
markdown_extensions: [attr_list, md_in_html, pymdownx.snippets]
"""
HOME = """\
---
title: What is it?
description: The beginning.
---

<div class="box" markdown>

# What is it?

[Run it](guides/run.md){ .button }

</div>

```html
<div>
```
"""
RUN = """\
---
description: How to run it.
---

# Run it

--8<-- "part.txt"

```python exec
6 * 7
```
"""


def made(site: Site, configuration: str = CONFIGURATION) -> None:
    site.configure(configuration)
    (site.root / "docs/guides").mkdir()
    (site.root / "part.txt").write_text("A part of all pages.\n")
    site.write(**{"index": HOME, "guides/run": RUN, "guides/deep": "# Deep\n"})
    built = site.build()
    assert built.status == 0, built.log


def test_each_page_has_its_markdown_where_its_source_is(site: Site) -> None:
    made(site)
    out = site.root / "site"
    assert (out / "index.md").read_text() == (
        "---\ntitle: What is it?\ndescription: The beginning.\n---\n\n# What is it?\n\n"
        "[Run it](guides/run.md)\n\n```html\n<div>\n```\n"
    )
    text = (out / "guides/run.md").read_text()
    assert "A part of all pages." in text
    assert "```python\n6 * 7\n```\n\n```text\n42\n```" in text
    links = re.findall(r'<link rel="alternate " type="text/markdown" href="(.*?)">', site.html())
    assert links == ["index.md"]
    html = site.html("guides/run")
    assert 'type="text/markdown" href="../run.md"' in html
    assert re.findall(r'<a href="([^"]*)"[^>]*>(?:This page )?as ([\w ]+)</a>', html) == [
        ("run.py", "a script"),
        ("run.ipynb", "a notebook"),
        ("../run.md", "Markdown"),
    ]
    assert '<a href="../deep.md">This page as Markdown</a>' in site.html("guides/deep")


def test_the_list_has_a_section_for_each_of_the_navigation(site: Site) -> None:
    made(site)
    assert (site.root / "site/llms.txt").read_text() == (
        "# Site\n\n> What it is.\n\n"
        "## Pages\n\n- [What is it?](https://example.org/docs/index.md): The beginning.\n\n"
        "## Guides\n\n- [Run it](https://example.org/docs/guides/run.md): How to run it.\n"
        "- [Deeper](https://example.org/docs/guides/deep.md)\n"
    )


def test_a_site_has_neither_unless_it_says_so(site: Site) -> None:
    made(site, CONFIGURATION.replace("twotracks: {markdown: true}", "twotracks"))
    out = site.root / "site"
    assert not (out / "llms.txt").exists()
    assert not list(out.rglob("*.md"))
    assert "text/markdown" not in site.html()


WHEEL = CONFIGURATION.replace(
    "markdown: true", "markdown: true, wheel: true, extras: {mine.fast: fast}"
)
PROJECT = """\
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"

[project]
name = "mine"
version = "0.3"
description = "A project"
requires-python = ">=3.11"
"""
INSTALL = '# Deep\n\n```sh\npip install "mine[fast]"\n```\n'
ADDRESS = "https://example.org/docs/packages/mine-0.3-py3-none-any.whl"


def project(site: Site) -> None:
    site.configure(WHEEL)
    (site.root / "pyproject.toml").write_text(PROJECT)
    (site.root / "mine.py").write_text('"""A project."""\n')
    (site.root / "docs/guides").mkdir(exist_ok=True)
    (site.root / "part.txt").write_text("")
    site.write(
        **{
            "index": HOME,
            "guides/run": RUN.replace("6 * 7", "import mine\n\nmine.__doc__"),
            "guides/deep": INSTALL,
        }
    )


def test_the_wheel_is_in_the_site_and_named_where_it_is_needed(site: Site) -> None:
    project(site)
    found = []
    for _ in range(2):
        built = site.build()
        assert built.status == 0, built.log
        found.append((site.root / "site/packages/mine-0.3-py3-none-any.whl").read_bytes())
    assert found[0] == found[1]
    with zipfile.ZipFile(site.root / "site/packages/mine-0.3-py3-none-any.whl") as wheel:
        assert "mine.py" in wheel.namelist()
    out = site.root / "site/guides"
    assert f'"mine @ {ADDRESS}"' in (out / "run/run.py").read_text()
    assert f"mine @ {ADDRESS}" in (out / "run/run.ipynb").read_text()
    assert f'pip install "mine[fast] @ {ADDRESS}"' in (out / "deep.md").read_text()
    assert ADDRESS in re.sub("<[^>]*>", "", site.html("guides/deep"))


def test_a_project_that_does_not_build_fails_the_site(site: Site) -> None:
    project(site)
    (site.root / "pyproject.toml").write_text(f'{PROJECT}readme = "missing.md"\n')
    built = site.build()
    assert built.status == 1
    assert "pyproject.toml: wheel: true, and the project does not build: " in built.log
    assert "python -m build --wheel --no-isolation" in built.log
    assert "Traceback" not in built.log


def test_a_wheel_of_another_name_fails_the_site(site: Site) -> None:
    project(site)
    pyproject = site.root / "pyproject.toml"
    pyproject.write_text(PROJECT.replace('"0.3"', '"0.3-beta"'))
    built = site.build()
    assert built.status == 1
    assert "builds mine-0.3b0-py3-none-any.whl where pages name" in built.log
