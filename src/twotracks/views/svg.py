"""From DOT to an SVG that can stand in a page: one renderer, the same bytes on every machine."""

from __future__ import annotations

import atexit
import functools
import os
import re
import shutil
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from xml.sax.saxutils import escape

import pygraphviz

from twotracks.errors import TwoTracksError
from twotracks.views.text import visible

FONT = "Inter"
"""The one font that diagrams are laid out with. It ships with the package; pages use it too."""
FONT_FILE = Path(__file__).parent / "font" / "Inter-Regular.ttf"

SMALLEST = 0.57
"""How far a diagram shrinks with the page: its letters stay above 9 pixels. Then it scrolls."""

_SVG = "http://www.w3.org/2000/svg"

STYLE = """
.tt-flow{font-family:Inter,"Helvetica Neue",Arial,sans-serif}
.tt-flow text{fill:var(--tt-ink,#1f2328)}
.tt-flow .node :is(path,polygon){fill:var(--tt-paper,#fff);stroke:var(--tt-line,#6b7280)}
.tt-flow .edge path{stroke:var(--tt-line,#6b7280)}
.tt-flow .edge polygon{fill:var(--tt-line,#6b7280);stroke:var(--tt-line,#6b7280)}
.tt-flow .cluster :is(path,polygon){fill:none;stroke:var(--tt-rule,#d0d7de)}
.tt-flow .tt-software-ci-cd :is(path,polygon){stroke:var(--tt-software,#0b5cad)}
.tt-flow .node.tt-software-ci-cd :is(path,polygon){fill:var(--tt-software-soft,#e6f0fa)}
.tt-flow .cluster.tt-software-ci-cd text{fill:var(--tt-software,#0b5cad)}
.tt-flow .tt-ml-ci-cd :is(path,polygon){stroke:var(--tt-ml,#a8480a)}
.tt-flow .node.tt-ml-ci-cd :is(path,polygon){fill:var(--tt-ml-soft,#fcefe4)}
.tt-flow .cluster.tt-ml-ci-cd text{fill:var(--tt-ml,#a8480a)}
.tt-flow .edge.tt-software-ci-cd polygon{fill:var(--tt-software,#0b5cad)}
.tt-flow .edge.tt-ml-ci-cd polygon{fill:var(--tt-ml,#a8480a)}
.tt-flow .tt-back path,.tt-flow .tt-no path{stroke-dasharray:5 3}
.tt-flow .node:is(.tt-failed,.tt-refused) :is(path,polygon){stroke-width:3}
.tt-flow .node.tt-skipped :is(path,polygon){stroke-dasharray:4 3;fill:none}
@media (prefers-color-scheme:dark){svg.tt-flow:root{background:#1c2128;--tt-ink:#e6edf3;
--tt-paper:#22272e;--tt-line:#9aa4af;--tt-rule:#444c56;--tt-software:#7ab7f5;
--tt-software-soft:#1b2c3f;--tt-ml:#f0a468;--tt-ml-soft:#3a2718}}
""".replace("\n", "")
"""Colours by meaning, from the page's palette; the second value serves a file of its own."""


FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


@functools.cache
def _load_graphviz() -> None:
    """Make Graphviz see the shipped font and no other, before it looks for fonts by itself.

    Fontconfig reads its settings once a process, at the first drawing, takes no relative paths and
    writes beside the fonts: hence a copy in a temporary folder. It then prints a warning about a
    sample file of some Linux distributions; that one drawing is made with the standard error
    closed, so that the warnings of later ones are seen.
    """
    folder = Path(tempfile.mkdtemp(prefix="twotracks-font-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copy(FONT_FILE, folder)
    (folder / "fonts.conf").write_text(FONTS_CONF.format(folder=escape(str(folder))))
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(folder / "fonts.conf")
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        pygraphviz.AGraph(f'digraph {{ node [fontname="{FONT}"]; a }}').draw(
            format="svg", prog="dot"
        )
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


def render(dot: str) -> str:
    """Lay a graph out, in this process.

    Args:
        dot: a graph in the DOT language.

    Returns:
        What Graphviz draws, as an SVG document.

    Raises:
        TwoTracksError: the text is not a graph that Graphviz can read and lay out.
    """
    _load_graphviz()
    try:
        graph = pygraphviz.AGraph(string=dot)
        svg: bytes = graph.draw(format="svg", prog="dot")
    except (ValueError, OSError, pygraphviz.agraph.DotError) as error:
        raise TwoTracksError(
            f"Graphviz cannot lay out the graph: {error}",
            fix="Check the DOT source; print(flow.source) shows it.",
        ) from error
    return svg.decode()


def inline(svg: str, title: str, description: str, name: str) -> str:
    """Turn Graphviz's SVG into one for a page.

    It gets a title and a description for readers who do not see it, colours by class, and a width
    that shrinks with the page. Ids other than those given to nodes go, and so do tooltips.

    Args:
        svg: what `render` gave.
        title: a short name.
        description: what there is to see, in words.
        name: made part of the ids, so that two diagrams of a page do not clash.
    """
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)  # noqa: S314 - Graphviz wrote it a moment ago
    for group in root.iter(f"{{{_SVG}}}g"):
        if re.fullmatch(r"(graph|node|edge|clust)\d+", group.get("id", "")):
            del group.attrib["id"]
        for tooltip in group.findall(f"{{{_SVG}}}title"):
            group.remove(tooltip)
    for shape in root.iter():
        if shape.get("font-family"):
            del shape.attrib["font-family"]
    width = root.attrib.pop("width").removesuffix("pt")
    root.attrib.pop("height")
    root.set("class", "tt-flow")
    pixels = float(width) * 4 / 3
    smallest = pixels * SMALLEST
    root.set("style", f"width:100%;max-width:{pixels:.0f}px;min-width:{smallest:.0f}px;height:auto")
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{tag}"})
        element.text = visible(text)
        root.insert(position, element)
    style = ET.Element(f"{{{_SVG}}}style")
    style.text = STYLE
    root.insert(2, style)
    return ET.tostring(root, encoding="unicode")
