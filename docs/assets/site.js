/* Names for what the theme leaves without one. Runs after every page, instant navigation too. */
document$.subscribe(() => {
  const label = (selector, text, more) =>
    document.querySelectorAll(selector).forEach((element, i) => {
      element.setAttribute("aria-label", typeof text === "function" ? text(i) : text)
      if (more) Object.entries(more).forEach(([key, value]) => element.setAttribute(key, value))
    })
  label(".md-search", "Search")
  label(".md-code__nav", (i) => `Code block ${i + 1}`)
  label(".md-typeset__scrollwrap", (i) => `Table ${i + 1}, scrolls sideways`, { role: "region", tabindex: "0" })
  document.querySelectorAll("pre > code, .highlight-ipynb").forEach((code) => {
    if (code.scrollWidth > code.clientWidth) code.tabIndex = 0
  })
})
