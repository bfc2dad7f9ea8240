from __future__ import annotations

import re
from html import escape

import pytest

from twotracks.execute.options import Options
from twotracks.execute.outputs import Bundle, CellRecord, Raised, Stream
from twotracks.execute.render import render_cell, render_outputs
from twotracks.execute.unique import unique_ids

RICH = Bundle({"text/plain": "t", "text/html": "<b>h</b>", "image/svg+xml": "<svg></svg>"})


def render(*outputs: Stream | Bundle | Raised, **options: str) -> str:
    cell = CellRecord("x", 1, outputs)
    return render_outputs(cell, Options(**options), 0)  # type: ignore[arg-type]


def test_text_is_escaped_and_can_be_reached_by_keyboard() -> None:
    html = render(Stream("stdout", "<script>alert(1)</script>\n"))
    assert html == (
        '<div class="tt-output" data-search-exclude>'
        '<pre class="tt-text tt-stdout" tabindex="0" role="region" aria-label="Output of cell 1">\n'
        "&lt;script&gt;alert(1)&lt;/script&gt;</pre></div>"
    )


@pytest.mark.parametrize(
    ("result", "has", "not_"),
    [("rich", "<b>h</b>", ">\nt<"), ("text", ">\nt<", "<b>"), ("html", "<b>h</b>", ">\nt<")],
)
def test_the_option_result_chooses_a_form(result: str, has: str, not_: str) -> None:
    html = render(RICH, result=result)
    assert has in html
    assert not_ not in html


def test_ids_of_a_named_cell_are_addresses_that_stay() -> None:
    row = Bundle({"text/html": '<tr id="test"><td><a href="#test">x</a></td></tr>'})
    assert '<tr id="fit-test"><td><a href="#fit-test">' in render(row, id="fit")
    assert '<tr id="tt-1-1-test">' in render(row)
    both = render(row, row, id="fit")
    assert both.count('id="fit-test"') == both.count('id="fit-2-test"') == 1


def test_nothing_to_see_is_nothing() -> None:
    assert render() == ""
    assert "tt-output" not in render_cell(
        "<code>", CellRecord("x", 1, (RICH,)), Options(result="none"), number=0
    )


def test_printed_html_is_html_if_asked_for() -> None:
    assert "<i>a</i>" in render(Stream("stdout", "<i>a</i>"), result="html")
    assert "&lt;i&gt;" in render(Stream("stderr", "<i>a</i>"), result="html")


def test_code_stands_where_the_option_says() -> None:
    cell = CellRecord("x", 1, (Stream("stdout", "out"),))

    def order(source: str) -> list[int]:
        options = Options(source=source, id="here")  # type: ignore[arg-type]
        html = render_cell("CODE", cell, options, number=0)
        assert html.startswith('<div class="tt-cell" id="here"')
        return [html.find("CODE"), html.find("out</pre>")]

    assert order("above") == sorted(order("above"))
    assert order("below") == sorted(order("below"), reverse=True)
    assert order("none")[0] == -1


def test_code_and_output_may_stand_in_tabs() -> None:
    cell = CellRecord("x", 1, (Stream("stdout", "out"),))
    html = render_cell("CODE", cell, Options(source="tabbed"), number=4)
    assert html.count('name="tt-tabs-5"') == 2
    for part in ("code", "output"):
        assert f'id="tt-tabs-5-{part}"' in html
        assert f'<label for="tt-tabs-5-{part}">' in html
    assert html.count('class="tabbed-block"') == 2
    assert "tabbed" not in render_cell(
        "CODE", CellRecord("x", 1), Options(source="tabbed"), number=0
    )


@pytest.mark.parametrize(
    ("collapse", "summaries"),
    [("code", ["A <b>"]), ("output", ["Output"]), ("all", ["A <b>", "Output"])],
)
def test_parts_may_be_folded_away(collapse: str, summaries: list[str]) -> None:
    cell = CellRecord("x", 1, (Stream("stdout", "out"),))
    options = Options(collapse=collapse, title="A <b>")  # type: ignore[arg-type]
    html = render_cell("CODE", cell, options, number=0)
    assert re.findall("<summary>(.*?)</summary>", html) == [escape(name) for name in summaries]
    assert "out" in html


def test_printed_markdown_is_rendered_if_asked_for() -> None:
    cell = CellRecord(
        "x", 1, (Stream("stdout", "*a*"), Bundle({"text/plain": "t", "text/html": "h"}))
    )
    html = render_outputs(cell, Options(result="markdown"), 0, lambda text: f"<i>{text}</i>")
    assert '<div class="tt-markdown"><i>*a*</i></div>' in html
    assert ">\nt</pre>" in html


def test_regions_of_a_page_have_labels_of_their_own() -> None:
    html = render(Stream("stdout", "a"), Raised("E", "<x>"), RICH)
    assert 'aria-label="Output of cell 1"' in html
    assert 'aria-label="Output of cell 1, part 2"' in html
    assert "E: &lt;x&gt;" in html


def test_an_svg_file_becomes_an_element_with_a_label() -> None:
    svg = '<?xml version="1.0"?><!DOCTYPE svg><svg width="1"><g/></svg>'
    html = render(Bundle({"image/svg+xml": svg}))
    assert '<svg role="img" aria-label="Output of cell 1" width="1"><g/></svg>' in html
    assert "<?xml" not in html
    labelled = '<svg role="img" aria-labelledby="t"><title id="t">x</title></svg>'
    assert 'aria-labelledby="tt-1-1-t"><title id="tt-1-1-t">' in render(
        Bundle({"image/svg+xml": labelled})
    )


def test_images_latex_and_markdown_have_their_places() -> None:
    assert 'src="data:image/png;base64,YQ=="' in render(Bundle({"image/png": "YQ==\n"}))
    assert 'class="tt-latex arithmatex">$&lt;$' in render(Bundle({"text/latex": "$<$"}))
    cell = CellRecord("x", 1, (Bundle({"text/markdown": "*a*"}),))
    assert "<em>" in render_outputs(cell, Options(), 0, lambda _: "<em>a</em>")
    assert render(Bundle({"application/x-unknown": "x"})) == ""


def test_an_image_has_the_size_and_the_words_that_its_object_gave() -> None:
    facts = {"image/png": {"width": 20, "height": '3" onload="f()', "alt": 'a "b"'}}
    html = render(Bundle({"image/png": 'YQ=="'}, metadata=facts))
    assert '<img src="data:image/png;base64,YQ==&quot;" alt="a &quot;b&quot;" width="20">' in html


def test_a_progress_bar_ends_as_its_last_line() -> None:
    html = render(Stream("stderr", "a\n\r 0%\r 50%\r100%\n"))
    assert html.endswith("a\n100%</pre></div>")


def test_colours_are_classes_and_their_text_is_escaped() -> None:
    html = render(Stream("stdout", "\x1b[1;31m<b>\x1b[0m & \x1b[44;33mon\x1b[m \x1b[7mx\x1b[K"))
    assert (
        '<span class="tt-ansi-red tt-ansi-bold">&lt;b&gt;</span> &amp; '
        '<span class="tt-ansi-blue tt-ansi-back">on</span> '
        '<span class="tt-ansi-black tt-ansi-back">x</span></pre>'
    ) in html
    assert "\x1b" not in html


def test_very_long_text_is_cut_and_says_so() -> None:
    lines = [f"<{number}>" for number in range(1_000)]
    html = render(Stream("stdout", "\n".join(lines)), Bundle({"text/plain": "x" * 30_000}))
    assert "&lt;199&gt;\n" in html
    assert "\n&lt;800&gt;" in html
    assert "&lt;200&gt;" not in html
    assert "&lt;799&gt;" not in html
    assert '<span class="tt-cut">[600 lines are left out here; the page’s notebook' in html  # noqa: RUF001
    assert '<span class="tt-cut">[10,000 characters are left out here' in html
    assert "left out" not in render(Stream("stdout", "\n".join(lines[:400])))


def test_the_same_drawing_twice_has_different_ids() -> None:
    svg = Bundle({"image/svg+xml": '<svg><g id="a"/><use href="#a"/></svg>'})
    html = render(svg, svg)
    assert html.count('id="tt-1-1-a"') == html.count('href="#tt-1-1-a"') == 1
    assert html.count('id="tt-1-2-a"') == html.count('href="#tt-1-2-a"') == 1


@pytest.mark.parametrize(
    ("html", "unique"),
    [
        ("<p>id='no'</p>", "<p>id='no'</p>"),
        (
            '<a id="x"></a><a href="#x" xlink:href="#x">#x</a>',
            '<a id="p-x"></a><a href="#p-x" xlink:href="#p-x">#x</a>',
        ),
        (
            "<g id='x' fill='url(#x)' style=\"clip-path: url('#x')\"/>",
            "<g id='p-x' fill='url(#p-x)' style=\"clip-path: url('#p-x')\"/>",
        ),
        (
            '<i id="x"/><i id="y"/><p aria-labelledby="x y z" for="x" title="x">',
            '<i id="p-x"/><i id="p-y"/><p aria-labelledby="p-x p-y z" for="p-x" title="x">',
        ),
        (
            "<style>#x .a, #x_1 {color: #xa}</style><i id=\"x\"/><i id='x_1'/>",
            "<style>#p-x .a, #p-x_1 {color: #xa}</style><i id=\"p-x\"/><i id='p-x_1'/>",
        ),
        (
            "<script>f('x'); g('xy')</script><i id=\"x\"></i>",
            "<script>f('p-x'); g('xy')</script><i id=\"p-x\"></i>",
        ),
        ('<a href="#elsewhere" data-id="x">', '<a href="#elsewhere" data-id="x">'),
        (
            "<i id=x></i><p id=\"x\"> id='x' url(#x)</p><a title=\"> id='x'\" href=#x>",
            "<i id=p-x></i><p id=\"p-x\"> id='x' url(#x)</p><a title=\"> id='x'\" href=#p-x>",
        ),
        (
            "<script id='x'>f('<i id=\"y\">')</script>",
            "<script id='p-x'>f('<i id=\"y\">')</script>",
        ),
    ],
)
def test_ids_and_what_refers_to_them_get_a_prefix(html: str, unique: str) -> None:
    assert unique_ids(html, "p-") == unique
