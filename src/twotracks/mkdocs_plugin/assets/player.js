/* A run to step through. All it shows stands in the page already; this marks what belongs to a step. */
{
  const PACE = 1200 // ms a step when it plays

  /* The steps of the players of the page. The theme may put the same page there once more, with new
     players, when only what follows the # in its address changes. */
  const left = new Map()
  let page = ""

  /* Into the middle of what scrolls sideways around it. The page stays where it is. */
  const reveal = (element) => {
    const scroller = element.closest(".tt-scroll")
    if (!scroller || scroller.scrollWidth <= scroller.clientWidth || element.matches("tr")) return
    const inner = element.getBoundingClientRect(), outer = scroller.getBoundingClientRect()
    scroller.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2
  }

  /* As far up in its list as it takes to see all of it, or its beginning. */
  const raise = (element) => {
    const list = element.parentElement
    list.scrollTop = 0
    const inner = element.getBoundingClientRect(), outer = list.getBoundingClientRect()
    list.scrollTop = Math.max(0, Math.min(inner.top - outer.top, inner.bottom - outer.bottom))
  }

  customElements.define("tt-player", class extends HTMLElement {
    connectedCallback() {
      const { name } = this.dataset
      this.key = name ? `${name}-step=` : "step="
      this.steps = [...this.querySelectorAll("details[data-step]")]
      this.slider = this.querySelector("input")
      this.said = this.querySelector("[aria-live]")
      this.button = Object.fromEntries(
        [...this.querySelectorAll("[data-do]")].map((button) => [button.dataset.do, button]))
      this.atRest ??= this.said.textContent
      // Nothing in it is wider than itself, and what sticks must not stick to a scroller.
      this.closest(".tt-output .tt-scroll")?.removeAttribute("tabindex")
      for (const type of ["click", "input", "keydown"]) this.addEventListener(type, this)
      for (const type of ["hashchange", "popstate"]) window.addEventListener(type, this)
      this.querySelector(".tt-player-bar").hidden = false
      if (page !== location.pathname) left.clear()
      page = location.pathname
      this.show(left.get(this.key) ?? 0)
      this.follow()
    }

    disconnectedCallback() {
      this.pause()
      for (const type of ["hashchange", "popstate"]) window.removeEventListener(type, this)
    }

    handleEvent(event) {
      const heard = { click: "clicked", input: "slid", keydown: "pressed" }
      this[heard[event.type] ?? "follow"](event)
    }

    slid() {
      this.pause()
      this.go(Number(this.slider.value))
    }

    clicked({ target }) {
      const button = target.closest("[data-do]")
      const step = target.closest("tr[data-step] > :first-child, .node[data-step]")
      if (button) this.do(button.dataset.do)
      else if (step) {
        this.pause()
        this.go(Number(step.closest("[data-step]").dataset.step))
        this.slider.focus({ preventScroll: true }) // for the arrow keys
      }
    }

    /* Only keys pressed in the bar, and none that the focused control or the browser needs. */
    pressed(event) {
      const { key, target } = event
      if (!target.closest(".tt-player-bar")) return
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
      const slides = target === this.slider
      const does = {
        ArrowRight: "on", ArrowLeft: "back", Home: "first", End: "last", Escape: "leave",
        ...(slides && { ArrowUp: "on", ArrowDown: "back", " ": "play" }),
      }[key]
      if (!does) return
      event.preventDefault()
      this.do(does)
    }

    do(what) {
      const playing = this.timer
      this.pause()
      const last = this.steps.length
      if (what === "play") playing || this.play()
      else this.go({
        first: 1, back: this.at && Math.max(1, this.at - 1), on: Math.min(last, this.at + 1), last, leave: 0,
      }[what])
    }

    play() {
      const next = () => {
        this.go(this.at + 1)
        this.timer = this.at < this.steps.length && setTimeout(next, PACE)
        this.toggle()
      }
      if (this.at === this.steps.length) this.show(0)
      next()
    }

    pause() {
      clearTimeout(this.timer)
      this.timer = null
      this.toggle()
    }

    toggle() {
      const called = this.timer ? "Pause" : "Play"
      this.button.play.title = called
      this.button.play.ariaLabel = called
      this.classList.toggle("tt-playing", Boolean(this.timer))
    }

    /* Go to a step, and say so in the address: in the place of it, so that "back" leaves the page. */
    go(step) {
      if (step === this.at) return
      this.show(step)
      const address = new URL(location)
      address.hash = step ? this.key + step : ""
      history.replaceState(history.state, "", address)
    }

    /* Go where the address says: to one of our steps, or to one of our rows. */
    follow() {
      let hash = location.hash.slice(1)
      try { hash = decodeURIComponent(hash) } catch { /* it is as it is */ }
      const target = hash && document.getElementById(hash)
      const row = target && this.contains(target) && target.closest("[data-step]")
      const step = Number(row ? row.dataset.step : hash.startsWith(this.key) ? hash.slice(this.key.length) : 0)
      if (!this.steps[step - 1] && hash) return
      this.pause()
      if (step !== this.at) this.show(step)
      if (step && !row) this.scrollIntoView()
    }

    show(step) {
      this.at = step
      left.set(this.key, step)
      const now = this.steps[step - 1]
      for (const lit of this.querySelectorAll(".tt-now")) {
        lit.classList.remove("tt-now")
        lit.removeAttribute("aria-current")
      }
      for (const lit of this.querySelectorAll(`[data-step="${step}"]`)) {
        lit.classList.add("tt-now")
        if (lit.matches("tr, th")) lit.ariaCurrent = "step"
        reveal(lit)
      }
      for (const evidence of this.steps) evidence.open = evidence === now
      if (now) raise(now)
      this.dataset.now = now ? now.className : ""
      this.slider.value = step
      this.slider.ariaValueText = step ? `${step} of ${this.steps.length}` : "at rest"
      this.said.textContent = step
        ? `Step ${step} of ${this.steps.length}: ${now.dataset.told}` : this.atRest
      for (const [does, edge] of Object.entries({ first: 1, back: 1, on: this.steps.length, last: this.steps.length }))
        this.button[does].ariaDisabled = step === edge
    }
  })
}
