"""Each page of a site as a script and as a notebook."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

PAGE = """
# A page

```python exec source="none"
print("hidden, and here")
```

```python exec
6 * 7
```
"""
LINKS = re.compile(r'<p class="tt-downloads" data-search-exclude>.*</p>')


def options(text: str) -> str:
    return f"""
    site_name: Site
    site_url: https://example.org/docs/
    theme: {{name: mkdocs}}
    plugins:
      - twotracks: {text}"""


@pytest.mark.parametrize("folders", [True, False])
def test_the_files_lie_beside_the_page_and_are_linked(site: Site, folders: bool) -> None:  # noqa: FBT001
    site.configure(options("{}") + f"\n    use_directory_urls: {str(folders).lower()}\n")
    (site.root / "docs" / "how-to").mkdir()
    site.write(**{"index": PAGE, "how-to/run it": PAGE, "prose": "Words.\n"})
    built = site.build()
    assert built.status == 0, built.log
    out = site.root / "site"
    pages = {
        "index.html": (out, "index"),
        "how-to/run it/index.html" if folders else "how-to/run it.html": (
            out / "how-to" / "run it",
            "run it",
        ),
    }
    for page, (folder, name) in pages.items():
        links = LINKS.search((out / page).read_text())
        assert links
        stem = name.replace(" ", "%20")
        beside = "" if folders or stem == "index" else f"{stem}/"
        found = re.findall(r'href="(.*?)" download', links[0])
        assert found == [f"{beside}{stem}.py", f"{beside}{stem}.ipynb"]
        script = folder / f"{name}.py"
        assert "# https://example.org/docs/" in script.read_text()
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
        assert done.stdout == "hidden, and here\n42\n"
        cells = json.loads((folder / f"{name}.ipynb").read_text())["cells"]
        assert [cell["cell_type"] for cell in cells] == ["markdown", "markdown", "code", "code"]
    assert not list(out.rglob("prose.*py*"))
    assert "tt-downloads" not in site.html("prose") if folders else True


SESSIONS = """
# Two programs

```python exec
x = 1
```

```python exec session="second" file="area.py" region="main"
```

```python exec
x + 1
```

```python exec session="second"
area(2)
```
"""


def test_each_session_is_a_program_of_its_own(site: Site) -> None:
    (site.root / "area.py").write_text(
        "# [start:main]\n# [start:inner]\ndef area(x):\n    return x * x\n# [end:main]\n"
    )
    site.write(index=SESSIONS)
    assert site.build().status == 0
    links = LINKS.findall(site.html())
    assert "Session second as a script" in "".join(links)
    for name, printed in {"index": "2\n", "index.second": "4\n"}.items():
        script = site.root / "site" / f"{name}.py"
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
        assert done.stdout == printed
        cells = json.loads(script.with_suffix(".ipynb").read_text())["cells"]
        assert [cell["cell_type"] for cell in cells].count("code") == 2
    assert "[start:inner]" not in script.read_text()


def test_two_builds_give_the_same_bytes(site: Site) -> None:
    site.write(index=PAGE)
    found = []
    for _ in range(2):
        assert site.build().status == 0
        found.append(
            [(site.root / "site" / f"index.{kind}").read_bytes() for kind in ("py", "ipynb")]
        )
    assert found[0] == found[1]


def test_a_site_can_do_without(site: Site) -> None:
    site.configure(options("{downloads: false}"))
    site.write(index=PAGE)
    assert site.build().status == 0
    assert "tt-downloads" not in site.html()
    assert not (site.root / "site" / "index.py").exists()


def test_a_file_of_the_author_is_not_replaced(site: Site) -> None:
    site.write(index=PAGE)
    (site.root / "docs" / "index.py").write_text("mine")
    built = site.build()
    assert built.status == 1
    assert "docs/index.md: its download would take the place of index.py" in built.log
