"""What is measured in an open page. Everything but `tab_stops` leaves the page as it was."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
_RUN_AXE = """tags => axe.run(document, {runOnly: {type: "tag", values: tags},
    resultTypes: ["violations"]})
  .then(result => result.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id} (${rule.impact}): ${node.target.join(" ")}`)))"""

_BRIEF = "const brief = e => e.outerHTML.replace(/\\s+/g, ' ').slice(0, 110);"

_LINE = """() => {
  const text = [...document.querySelectorAll("article :is(p, li)")]
    .filter(e => e.getClientRects().length)
    .sort((a, b) => b.textContent.length - a.textContent.length)[0];
  if (!text) return 0;
  const ruler = document.createElement("span"), words = "the quick brown fox jumps over the lazy dog ";
  ruler.textContent = words;
  ruler.style.cssText = "position: absolute; visibility: hidden; white-space: pre";
  text.append(ruler);
  const characters = text.clientWidth / (ruler.getBoundingClientRect().width / words.length);
  ruler.remove();
  return Math.round(characters);
}"""  # noqa: E501

_OVERFLOW = """() => {
  %s
  const width = document.documentElement.clientWidth;
  const over = Math.max(0, document.scrollingElement.scrollWidth - width);
  const scrolls = e => /auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX);
  const kept = e => e && e !== document.body && (scrolls(e) || kept(e.parentElement));
  const wide = over ? [...document.body.querySelectorAll("*")].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width && box.right + scrollX > width + 1 && !kept(e.parentElement);
  }) : [];
  return [over, wide.map(brief)];
}""".replace("%s", _BRIEF)

_SCROLLERS = """() => {
  %s
  const reached = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  return [...document.querySelectorAll("article *")].filter(e =>
      /auto|scroll/.test(getComputedStyle(e).overflowX) && e.clientWidth
      && e.scrollWidth > e.clientWidth + 1 && e.checkVisibility({visibilityProperty: true})
      && e.tabIndex < 0)
    .map(brief);
}""".replace("%s", _BRIEF)

# An element is seen if it has a size and is neither clear nor hidden; a styled box is shown by its
# label, or by that of the box which takes its place when it is chosen. What focus changes is read
# off the element against itself without the focus, and as it was before the first Tab: a field that
# opens something looks as it did only then.
_PREPARE = """() => {
  const seen = x => { const box = x.getBoundingClientRect();
    return box.width > 1 && box.height > 1
      && x.checkVisibility({opacityProperty: true, visibilityProperty: true}); };
  document.head.append(Object.assign(document.createElement("style"),
    {textContent: "* { transition: none !important }"}));
  const label = e => e.nextElementSibling?.matches("label") ? e.nextElementSibling : null;
  const look = e => [e, ...(e.labels || []), label(e), e.form].filter(x => x && seen(x))
    .map(x => { const s = getComputedStyle(x);
      return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.backgroundColor,
        s.borderColor, s.borderWidth, s.color, s.textDecoration, s.opacity].join(); }).join("|");
  const before = new Map([...document.querySelectorAll("*")].filter(e => e.tabIndex >= 0)
    .map(e => [e, look(e)]));
  const stops = new Set();
  const frame = () => new Promise(requestAnimationFrame);
  window.stopOfTests = async () => {
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement || stops.has(e)) return null;
    stops.add(e);
    const differs = () => {
      const focused = look(e);
      e.blur();
      const without = look(e);
      e.focus({preventScroll: true});
      return focused !== without || focused !== before.get(e);
    };
    const brief = e.outerHTML.replace(/\\s+/g, " ").slice(0, 110);
    if (look(e) === "") return `cannot be seen: ${brief}`;
    for (let i = 0; i < 30; i++, await frame())  // what opens with the focus may take a moment
      if (differs()) return "";
    return `looks the same: ${brief}`;
  };
}"""

# Every piece of text of the article that is not part of a control; with `visible`, as far as it
# shows once all that a reader can open without a script is open.
_TEXT = """visible => {
  const article = document.querySelector("article") || document.body;
  if (visible) {
    article.querySelectorAll("details").forEach(e => { e.open = true; });
    article.querySelectorAll(".tabbed-block").forEach(e => { e.style.display = "block"; });
  }
  const apart = "script, style, template, button, select, output, label, [aria-live], "
    + "[role=status], [role=toolbar], .headerlink, .md-code__nav, svg > title, svg > desc";
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.replace(/\\s+/g, " ").trim();
    if (text && !parent.closest(apart)
        && (!visible || parent.checkVisibility({visibilityProperty: true})))
      found.push(text);
  }
  return found;
}"""


class Overflow(NamedTuple):
    """How far a page is wider than its screen [px], and what sticks out."""

    by: float
    elements: list[str]


def axe(page: Page) -> list[str]:
    """The elements that axe-core finds at fault, each with its rule."""
    page.evaluate(_AXE)
    found: list[str] = page.evaluate(_RUN_AXE, list(TAGS))
    return found


def elements(page: Page) -> int:
    """How many elements the page has."""
    return int(page.evaluate("() => document.querySelectorAll('*').length"))


def line_length(page: Page) -> int:
    """How many characters the longest paragraph has on a line; 0 without paragraphs."""
    return int(page.evaluate(_LINE))


def overflow(page: Page) -> Overflow:
    """How far the page is wider than the screen."""
    by, found = page.evaluate(_OVERFLOW)
    return Overflow(by, found)


def stuck_scrollers(page: Page) -> list[str]:
    """What scrolls sideways and cannot take the focus."""
    found: list[str] = page.evaluate(_SCROLLERS)
    return found


def duplicate_ids(page: Page) -> list[str]:
    """The ids that two elements have, those that scripts made included."""
    ids: list[str] = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
    return sorted({one for one in ids if ids.count(one) > 1})


def scroll_through(page: Page) -> None:
    """Scroll to the end, a screen at a time, and back."""
    height = page.evaluate("() => document.documentElement.scrollHeight")
    step = page.viewport_size["height"] if page.viewport_size else 800
    for y in range(0, height + step, step):
        page.evaluate("y => scrollTo({top: y, behavior: 'instant'})", y)
        page.wait_for_timeout(30)
    page.evaluate("() => scrollTo({top: 0, behavior: 'instant'})")


def shift(page: Page) -> float:
    """How far things moved by themselves since the page began."""
    return round(float(page.evaluate("() => window.shiftOfTests")), 3)


def tab_stops(page: Page, most: int = 60) -> list[str]:
    """Walk with Tab; what is wrong with the stops on the way."""
    page.evaluate(_PREPARE)
    faults = []
    for _ in range(most):
        page.keyboard.press("Tab")
        fault = page.evaluate("() => window.stopOfTests()")
        if fault is None:  # round the page once
            break
        faults += [fault] if fault else []
    return faults


def text(page: Page, *, visible: bool) -> list[str]:
    """The pieces of text of the page's article that are not part of a control.

    Args:
        page: The page.
        visible: Whether only those that show once all `<details>` are open.

    """
    found: list[str] = page.evaluate(_TEXT, visible)
    return found
