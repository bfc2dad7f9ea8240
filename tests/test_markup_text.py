"""Markup read as text."""

from __future__ import annotations

import pytest

from twotracks.markup_text import text_of


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One <b>two</b>,\n three</p><p>four</p>", "One two, three\nfour"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<ol type='A'><li>a<ul><li>c</li></ul></li><li>b</li></ol>", "A. a\n- c\nB. b"),
        (
            "<table><caption>T</caption><tr><th>a<th>b<tr><td>1<td></td><td>3</tr></table>",
            "T\na | b\n1 | | 3",
        ),
        (
            "before<svg><title>Drawing</title><desc>It shows</desc><g><title>no</title>x</g></svg>",
            "before\nDrawing\nIt shows",
        ),
        ("<style>p{}</style><script>x</script>&lt;a&gt; &amp; b", "<a> & b"),
        ("", ""),
    ],
)
def test_blocks_rows_and_drawings_are_lines(markup: str, text: str) -> None:
    assert text_of(markup) == text
