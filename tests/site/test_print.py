"""Pages on paper: nothing is cut off or folded, with scripts and without them."""

from __future__ import annotations

import re
import unicodedata
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pypdf import PdfReader

if TYPE_CHECKING:
    from playwright.sync_api import Page, PdfMargins

    from tests.site.conftest import OpenTab, SmallSite
    from tests.site.serving import Server

# Scripts open what is folded before it is printed; without them the style sheets must.
WITHOUT_SCRIPTS = ("story/", "what-breaks/failing-test/", "notebooks/nine-steps/")
MARGIN_MM = 10
# The width of A4 between the margins, at 96 pixels an inch.
PAPER = {"viewport": {"width": round((210 - 2 * MARGIN_MM) / 25.4 * 96), "height": 1047}}
_EDGE = f"{MARGIN_MM}mm"
MARGINS: PdfMargins = {"top": _EDGE, "bottom": _EDGE, "left": _EDGE, "right": _EDGE}
# What reaches over the paper's edge, or is more than the box shows that it is in.
_CUT = """() => {
  const width = document.documentElement.clientWidth;
  return [...document.body.querySelectorAll("*")].filter(e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (box.width < 2 || box.height < 2 || !e.checkVisibility()) return false;
    const cuts = /auto|scroll|hidden|clip/.test(style.overflowX + style.overflowY);
    const more = e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1;
    return box.right > width + 1 || box.left < -1 || (cuts && more);
  }).map(e => e.outerHTML.replace(/\\s+/g, " ").slice(0, 120));
}"""
# The text of elements, with what CSS makes of it left out.
_TEXTS = """([within, wanted]) => [...document.querySelectorAll(wanted)]
  .filter(e => e.closest(within) && !e.closest("svg, .md-clipboard"))
  .map(e => { const copy = e.cloneNode(true);
    copy.querySelectorAll("svg, style, script, .headerlink, .md-code__nav, .tt-downloads")
      .forEach(part => part.remove());
    return copy.textContent })"""
# Text that is too pale for white paper.
_PALE = """() => [...document.querySelectorAll("article :is(p, td, th, h1, h2, code, svg text)")]
  .map(e => e.closest("svg") ? getComputedStyle(e).fill : getComputedStyle(e).color)
  .filter(c => (c.match(/[\\d.]+/g) || []).slice(0, 3).every(part => +part > 140))"""


class Printed(NamedTuple):
    """A page as it comes out of a printer."""

    page: Page
    sheets: list[str]
    """The text of each sheet, without white space, which a PDF does not keep."""
    drawn: list[bool]
    """Whether a sheet has lines, surfaces or pictures on it."""

    @property
    def text(self) -> str:
        return "".join(self.sheets)

    def texts(self, wanted: str, within: str = "article") -> list[str]:
        """The text of elements, as in `text`."""
        return [bare(text) for text in self.page.evaluate(_TEXTS, [within, wanted])]


def bare(text: str) -> str:
    """Text without what a PDF does not keep: white space, and whether letters are joined."""
    return re.sub(r"[\s\u200b]+", "", unicodedata.normalize("NFKC", text))


def printed(page: Page) -> Printed:
    """Print a page to PDF, and read that."""
    page.emulate_media(media="print")
    reader = PdfReader(BytesIO(page.pdf(format="A4", margin=MARGINS, print_background=True)))
    contents = [sheet.get_contents() for sheet in reader.pages]
    painted = re.compile(rb"\b(?:[fFsSbB]\*?|Do)\s")
    return Printed(
        page,
        [bare(sheet.extract_text()) for sheet in reader.pages],
        [bool(content and painted.search(content.get_data())) for content in contents],
    )


def test_a_page_comes_out_whole(tab: OpenTab, each_page: str) -> None:
    assert_whole(printed(tab(each_page, screen=PAPER).page))


@pytest.mark.parametrize("path", WITHOUT_SCRIPTS)
def test_a_page_comes_out_whole_without_scripts(tab: OpenTab, path: str) -> None:
    assert_whole(printed(tab(path, screen=PAPER, javascript=False).page))


def assert_whole(sheet: Printed) -> None:
    assert sheet.page.evaluate(_CUT) == []
    assert [n for n, text in enumerate(sheet.sheets) if not text and not sheet.drawn[n]] == []
    assert len(sheet.sheets[-1]) > 0, "the last sheet is empty"
    left_out = [text for text in sheet.texts("h1, h2, h3, h4") if text not in sheet.text]
    assert left_out == []
    # The innermost elements: between those of one line, a sheet may hold a sign.
    for text in sheet.texts("details :is(p, li, td, code, q, strong, a, span):not(:has(*))"):
        assert text in sheet.text, text


def test_what_is_for_a_screen_is_not_printed(tab: OpenTab) -> None:
    page = tab("see/", screen=PAPER).page
    page.emulate_media(media="print")
    for part in ("header", "tabs", "sidebar", "footer", "search", "code__nav", "top"):
        assert page.locator(f".md-{part}").count(), part
        assert page.locator(f".md-{part}:visible").count() == 0, part
    assert page.locator(".tt-downloads:visible").count() == 0


def test_the_matrix_is_complete(tab: OpenTab) -> None:
    sheet = printed(tab("what-breaks/", screen=PAPER, javascript=False).page)
    for text in sheet.texts(".tt-matrix th"):
        assert text in sheet.text, text
    for mark, sign in {"noticed": "●", "users-hurt": "✕"}.items():
        marks = sheet.page.locator(f".tt-matrix .tt-mark-{mark}").count()
        assert sheet.text.count(sign) > marks, mark  # and in the legend


def test_diagrams_have_all_their_words(tab: OpenTab) -> None:
    sheet = printed(tab("see/", screen=PAPER).page)
    words = [bare(text) for text in sheet.page.locator("svg.tt-flow text").all_text_contents()]
    assert len(words) > 20
    assert [word for word in words if word not in sheet.text] == []


COLUMNS = 14
WIDE = f"""
# Wide

| {" | ".join(f"Column {n}" for n in range(COLUMNS))} |
|{"---|" * COLUMNS}
|{" measured |" * COLUMNS}

```text
{"word " * 60}
```

```python exec
import pandas as pd

pd.DataFrame([["deployed"] * {COLUMNS}], columns=range({COLUMNS}))
```

```python exec collapse="all" title="Folded"
print("under " * 40, *range(100))
```

??? note "Folded by hand"

    An answer.
"""


@pytest.fixture(scope="module")
def wide(small_site: SmallSite) -> Server:
    return small_site({"index.md": WIDE})


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_wide_fits(tab: OpenTab, wide: Server, scripts: bool) -> None:  # noqa: FBT001
    sheet = printed(tab(at=wide, screen=PAPER, javascript=scripts).page)
    assert sheet.page.evaluate(_CUT) == []
    assert sheet.text.count("measured") == COLUMNS
    assert sheet.text.count("deployed") == COLUMNS + 1  # and in the code
    assert sheet.text.count("word") == 60
    assert sheet.text.count("under") == 40 + 1
    assert "979899" in sheet.text
    assert "Ananswer." in sheet.text


def test_paper_is_light_for_who_reads_in_the_dark(tab: OpenTab, wide: Server) -> None:
    for path, at in (("see/", None), ("", wide)):
        page = tab(path, at=at, screen=PAPER, dark=True).page
        assert page.locator('body[data-md-color-scheme="slate"]').count()
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(_PALE) == []
