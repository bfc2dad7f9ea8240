"""The same pages with MkDocs and with Zensical, the fence and the values put in by hand."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

PAGES = {
    "index": """
        # Home

        It is `{python} 6 * 7:.1f` here.

        ```python exec
        print("printed")
        total = 20 + 2
        total
        ```
        """,
    "nested": """
        # Nested

        - In a list:

            ```python exec
            for number in range(3):
                print(number, "<b>")
            ```

        After it.
        """,
    "table": """
        # Table

        ```python exec title="A table"
        import pandas as pd

        pd.DataFrame({"day": [1, 2], "late": [0.25, 0.5]})
        ```

        ```python exec expect="ZeroDivisionError"
        1 / 0
        ```

        ```python
        not_run()
        ```
        """,
}


def _zensical(site: Site) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build"],
        cwd=site.root,
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _article(html: str) -> list[str]:
    """The words of the page itself: from its heading to the end of what holds it."""
    start = html.index("<h1")
    end = min(found for end in ("</article>", "<footer") if (found := html.find(end, start)) > 0)
    text = unescape(re.sub(r"<[^>]*>", " ", html[start:end]))
    return text.replace("¶", " ").replace("#", " ").split()


def _outputs(html: str) -> list[str]:
    return re.findall(r'<pre class="tt-text.*?</pre>|<table.*?</table>', html, re.DOTALL)


@pytest.fixture
def both(site: Site) -> dict[str, tuple[str, str]]:
    """Each page as MkDocs and as Zensical make it."""
    site.configure_by_hand()
    configuration = site.root / "mkdocs.yml"
    text = configuration.read_text().replace("theme: {name: mkdocs}", "theme: {name: material}")
    configuration.write_text(text)
    site.write(**PAGES)
    built = site.build()
    assert built.status == 0, built.log
    first = {name: site.html(name) for name in PAGES}
    _zensical(site)
    return {name: (first[name], site.html(name)) for name in PAGES}


def test_both_builders_show_the_same_article(both: dict[str, tuple[str, str]]) -> None:
    for name, (mkdocs, zensical) in both.items():
        assert mkdocs != zensical  # they are not the same file
        assert _article(mkdocs) == _article(zensical), name
        assert _outputs(mkdocs) == _outputs(zensical) != [], name


def test_the_fence_alone_starts_pages_with_what_the_options_preload(site: Site) -> None:
    cell = "```python exec\nimport sys\n'fractions' in sys.modules\n```\n"
    site.write(index=cell, other=f"# Other\n\n{cell}")
    site.configure_by_hand()
    configuration = site.root / "mkdocs.yml"
    plugin = "plugins: [{twotracks: {preload: [fractions]}}]"
    text = configuration.read_text().replace("plugins: []", plugin)
    configuration.write_text(text.replace("theme: {name: mkdocs}", "theme: {name: material}"))
    _zensical(site)
    assert [_article(f"<h1{site.html(name)}")[-1] for name in ("index", "other")] == ["True"] * 2


def test_what_cells_and_values_gave_stands_there(both: dict[str, tuple[str, str]]) -> None:
    _, home = both["index"]
    assert '<span class="tt-value">42.0</span>' in home
    assert "printed" in _article(home)
    assert _article(home)[-1] == "22"
    assert "<td>0.50</td>" in both["table"][1]


def test_the_fence_needs_no_mkdocs(site: Site) -> None:
    code = (
        "import sys; sys.modules['mkdocs'] = None\n"
        "import twotracks.mkdocs_plugin.fence, twotracks.mkdocs_plugin.inline"
    )
    subprocess.run([sys.executable, "-c", code], env=site.environment, check=True)
