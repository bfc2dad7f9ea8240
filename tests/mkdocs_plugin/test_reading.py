"""How long a page takes to read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from twotracks.mkdocs_plugin.reading import WORDS_A_MINUTE, count_words, minutes, with_reading_time

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("", 0),
        ("<h2>Why CI/CD?</h2><ul><li>Nobody&#8217;s well-known 0.05</li></ul>", 5),
        ("<p>Call <code>record()</code> once</p>", 3),
        ("<p>one</p><pre><code>not this</code></pre><p>two</p>", 2),
        ("<p>one</p><table><tr><td>not this</td></tr></table>", 1),
        ("<details><summary>not</summary><p>this <b>and</b> that</p></details><p>one</p>", 1),
        ('<div class="tt-cell" id="a"><div><img src="a.png">not this<br></div></div>one', 1),
        ('<p>one<a class="headerlink" href="#a">pilcrow</a></p>', 1),
        ("<p data-search-exclude>not this</p>one", 1),
        ("<svg><title>not this</title></svg>one", 1),
        ("<p>left <b>open</p><p>one</p></i>two", 4),
    ],
)
def test_words_of_prose_are_counted(html: str, words: int) -> None:
    assert count_words(html) == words


@pytest.mark.parametrize(
    ("words", "takes"), [(0, 1), (1, 1), (WORDS_A_MINUTE, 1), (WORDS_A_MINUTE + 1, 2), (2380, 10)]
)
def test_minutes_are_rounded_up(words: int, takes: int) -> None:
    assert minutes(words) == takes


def test_the_line_stands_under_the_title() -> None:
    line = '<p class="tt-reading" data-search-exclude>1 min read</p>'
    assert with_reading_time("<h1>Why?</h1>\n<p>So.</p>") == f"<h1>Why?</h1>{line}\n<p>So.</p>"
    # The theme puts a title before an article that has none.
    assert with_reading_time("<p>So.</p>") == f"{line}<p>So.</p>"


CONFIGURATION = """
site_name: Site
theme: {name: material, font: false}
plugins:
  - search
  - twotracks: {reading_time: true}
"""
PROSE = " ".join(["word"] * WORDS_A_MINUTE)
PAGE = f"# One\n\n{PROSE}\n\n```python exec\nprint('{PROSE}')\n```\n"


def test_a_site_that_wants_it_has_it_on_each_page_but_nowhere_else(site: Site) -> None:
    site.configure(CONFIGURATION)
    site.write(
        index=PAGE,
        hidden=f"---\nhide: [reading_time]\n---\n\n{PAGE}",
        untitled="Words.\n",
    )
    built = site.build()
    assert built.status == 0, built.log
    assert re.search(r"One.*</h1><p class=\"tt-reading\"[^>]*>2 min read</p>", site.html())
    assert re.search(r"</h1>\s*<p class=\"tt-reading\"", site.html("untitled"))
    assert "tt-reading" not in site.html("hidden")
    for name in ("index.py", "index.ipynb", "search/search_index.json"):
        assert "min read" not in (site.root / "site" / name).read_text(encoding="utf-8")


def test_a_site_that_does_not_ask_has_none(site: Site) -> None:
    site.write(index=PAGE)
    built = site.build()
    assert built.status == 0, built.log
    assert "min read" not in site.html()
