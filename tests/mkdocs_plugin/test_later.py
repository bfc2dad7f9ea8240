from __future__ import annotations

from twotracks.mkdocs_plugin.later import completed, stub
from twotracks.mkdocs_plugin.state import unmarked


def test_what_cells_show_comes_around_their_code() -> None:
    page = f"<p>{stub(0, '<i>1</i>')}</p>{stub(1, '')}{stub(2, '<i>1</i>')}"
    assert 'data-tt-cell="2"' in page
    # Others may change the page in between, but for the marks.
    page = unmarked(page).replace("<p>", "<p class='x'>")
    cells = {
        0: ("<div><i>1</i><pre>a</pre></div>", "<i>1</i>"),
        1: ("<div><pre>b</pre></div>", ""),
        2: ("<div><pre>c</pre><i>1</i></div>", "<i>1</i>"),
    }
    assert completed(page, cells) == (
        "<p class='x'><div><i>1</i><pre>a</pre></div></p>"
        "<div><pre>b</pre></div><div><pre>c</pre><i>1</i></div>"
    )
