from __future__ import annotations

from twotracks.mkdocs_plugin.lifted import cell_of, lifted, put_back

CELLS = [
    cell_of(0, "<div><pre>one</pre><b>1</b></div>", "<pre>one</pre>"),
    cell_of(1, "<div><b>2</b></div>", "<pre>hidden</pre>"),
]
PAGE = "<p>First</p><div><pre>one</pre><b>1</b></div><div><b>2</b></div><p>Last</p>"


def test_only_the_code_of_cells_stays() -> None:
    shown = lifted(PAGE, CELLS)
    assert "<b>" not in shown
    assert "<pre>one</pre>" in shown
    assert put_back(shown, CELLS) == PAGE


def test_what_others_change_meanwhile_is_kept() -> None:
    shown = lifted(PAGE, CELLS).replace("First", "1st").replace("one", "uno")
    assert put_back(shown, CELLS) == PAGE.replace("First", "1st").replace("one", "uno")


def test_a_cell_that_somebody_changed_before_stays() -> None:
    page = PAGE.replace("<b>1</b>", "<i>1</i>")
    shown = lifted(page, CELLS)
    assert "<i>1</i>" in shown
    assert put_back(shown, CELLS) == page
