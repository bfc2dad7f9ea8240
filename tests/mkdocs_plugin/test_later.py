from __future__ import annotations

from typing import TYPE_CHECKING

from twotracks.mkdocs_plugin.later import end_of, fill_site, filled, fillings, stub

if TYPE_CHECKING:
    from pathlib import Path

CELLS = {
    0: ('<div class="c"><i>1</i><pre>a</pre></div>', "<i>1</i>"),
    1: ('<div class="c"><pre>b</pre></div>', ""),
    2: ('<div class="c"><pre>c</pre><i>1</i></div>', "<i>1</i>"),
}


def stubs(page: str) -> str:
    return "".join(stub(page, n, '<div class="c">', code) for n, (_, code) in CELLS.items())


def test_what_cells_show_comes_around_their_code() -> None:
    # Others may change the page in between, but for the marks.
    page = stubs("a.md").replace('class="c"', "class=c") + end_of("a.md")
    assert filled(page, fillings("a.md", CELLS, "<p>end</p>")) == (
        "<div class=c><i>1</i><pre>a</pre></div><div class=c><pre>b</pre></div>"
        "<div class=c><pre>c</pre><i>1</i></div><p>end</p>"
    )


def test_each_page_has_marks_of_its_own(tmp_path: Path) -> None:
    both = stubs("a.md") + stubs("b.md")
    (tmp_path / "print.html").write_text(both)
    (tmp_path / "prose.html").write_text("<tt-other></tt-other>")
    known = fillings("a.md", CELLS) | fillings("b.md", {0: ("<div>B</div>", "")})
    fill_site(tmp_path, known)
    html = (tmp_path / "print.html").read_text()
    assert html.count("<pre>a</pre>") == 1
    assert html.count(">B<") == 1
    assert (tmp_path / "prose.html").read_text() == "<tt-other></tt-other>"
