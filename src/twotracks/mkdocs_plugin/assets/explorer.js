/* The explorer: a trouble is chosen, and goes down both sides step by step. All that it shows stands in
   the page; this fills it with another trouble's end, covers what is ahead, and uncovers it. */
{
  const PACE = 500 // milliseconds for a step
  const still = matchMedia("(prefers-reduced-motion: reduce)")

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties)
    element.append(...children)
    return element
  }

  /* The runs of a trouble: embedded in the page, as in a copy to read offline, or from its file. */
  const load = async (item) => {
    const embedded = document.querySelector(`script[data-tt-runs="${item.dataset.ttTrouble}"]`)
    if (embedded) return JSON.parse(embedded.textContent)
    const answer = await fetch(item.dataset.ttAddress)
    if (!answer.ok) throw new Error(answer.status)
    return answer.json()
  }

  const short = (text) => (text.length > 72 ? `${text.slice(0, text.lastIndexOf(" ", 70))} …` : text)

  class Explorer extends HTMLElement {
    connectedCallback() {
      if (!this.select) this.build()
      this.gone = new AbortController()
      const { signal } = this.gone
      still.addEventListener("change", () => this.show(this.at), { signal })
      // One explorer of a page has the address; others leave it alone.
      this.leads = document.querySelector("tt-explorer") === this
      if (!this.leads) return
      // With the theme's instant navigation the address may be another page's before this one is gone.
      const here = location.pathname
      addEventListener("popstate", () => location.pathname === here && this.follow(), { signal })
      this.follow()
    }

    disconnectedCallback() {
      this.pause()
      this.turn++
      this.gone.abort()
    }

    build() {
      this.items = [...this.querySelectorAll("[data-tt-trouble]")]
      this.name = this.dataset.ttRest
      this.turn = 0
      this.lanes = ["software", "ml"].map((side) => {
        const rail = this.querySelector(`.tt-lane-${side} ol`)
        const stops = [...rail.children]
        const column = (stop) => Number(stop.style.getPropertyValue("--column"))
        const end = this.querySelector(`.tt-end-${side}`)
        return { side, rail, stops, column, end, title: end.querySelector(".tt-side").textContent }
      })
      this.last = Math.max(...this.lanes.flatMap((lane) => lane.stops.map(lane.column)))
      this.select = make("select", {}, ...[...this.querySelectorAll("[data-tt-kind]")].map((kind) =>
        make("optgroup", { label: kind.dataset.ttKind }, ...[...kind.querySelectorAll("[data-tt-trouble]")].map((item) =>
          make("option", { value: item.dataset.ttTrouble }, short(item.querySelector(".tt-title").textContent))))))
      this.select.value = this.name
      this.select.onchange = () => this.choose(this.select.value)
      const button = (text, onclick) => make("button", { type: "button", onclick }, text)
      this.player = button("Play", () => (this.timer ? this.pause() : this.play(this.over ? 0 : this.at)))
      this.stepper = button("Step", () => { this.pause(); if (this.over) this.show(0); this.step() })
      this.restart = button("Again", () => { this.pause(); still.matches ? this.show(0) : this.play(0) })
      const next = button("Next trouble", () => {
        const place = this.items.findIndex((item) => item.dataset.ttTrouble === this.name)
        this.choose(this.items[(place + 1) % this.items.length].dataset.ttTrouble)
      })
      const buttons = make("div", { className: "tt-buttons" }, this.player, this.stepper, this.restart, next)
      buttons.setAttribute("role", "group")
      buttons.setAttribute("aria-label", "Play the trouble")
      this.live = make("p", { className: "tt-live" })
      this.live.setAttribute("aria-live", "polite")
      this.problem = make("p", { className: "tt-problem", hidden: true })
      this.querySelector(".tt-choose").append(
        make("label", {}, make("span", {}, "Trouble"), this.select), buttons, this.live)
      this.querySelector(".tt-stage").prepend(this.problem)
      this.decide()
      this.show(this.last)
    }

    /* A reader chooses: it plays, unless they asked for less motion, and the way back leads to what was. */
    choose(name) {
      if (this.leads) history.pushState({ x: scrollX, y: scrollY }, "", `#trouble=${name}`)
      return this.take(name, !still.matches)
    }

    /* The address says which. Nobody asked for motion, so it stands at its end. */
    follow() {
      const named = new URLSearchParams(location.hash.slice(1)).get("trouble")
      const name = named ?? this.dataset.ttRest
      if (named) this.scrollIntoView({ block: "nearest" })
      if (name !== this.name) this.take(name, false)
    }

    async take(name, plays) {
      const item = this.items.find((one) => one.dataset.ttTrouble === name)
      if (!item) return
      this.pause()
      this.name = this.select.value = name
      const turn = ++this.turn
      const data = await load(item).catch(() => null)
      if (turn !== this.turn) return // another was chosen since
      this.fail(item, !data)
      if (!data) return
      this.draw(item.querySelector("a").getAttribute("href"), data)
      plays ? this.play(0) : this.show(this.last)
    }

    fail(item, failed) {
      this.classList.toggle("tt-failed", failed)
      this.problem.hidden = !failed
      for (const button of [this.player, this.stepper, this.restart]) button.disabled = failed
      if (!failed) return
      const link = make("a", { href: item.querySelector("a").href }, "Its page has them")
      this.problem.replaceChildren("The runs of this trouble could not be loaded. ", link, ".")
      this.say(this.problem.textContent)
    }

    draw(page, data) {
      const put = (within, selector, text) => { within.querySelector(selector).textContent = text }
      put(this, ".tt-quote q", data.symptom)
      put(this, ".tt-what a", data.title.replace(/[^.!?]$/, "$&."))
      this.querySelector(".tt-what a").setAttribute("href", page)
      for (const { side, stops, end } of this.lanes) {
        const steps = data.runs[side].steps
        for (const stop of stops) {
          const step = steps.find((one) => one.name === stop.dataset.step)
          stop.dataset.mark = step?.mark ?? "not reached"
          put(stop, "span", stop.dataset.mark)
        }
        const { worth, stop, said, users } = data.endings[side]
        put(end, ".tt-worth strong", worth)
        put(end, ".tt-said code", `${stop}()`)
        put(end, ".tt-said span", said)
        put(end, ".tt-users", users)
        end.querySelector(".tt-said a").setAttribute("href", `${page}#${side}-${stop}`)
        end.querySelector(".tt-said").hidden = !said
      }
      this.decide()
    }

    /* Where each side's tale is decided: where one notices, or where users are hurt, or at its last step. */
    decide() {
      for (const lane of this.lanes) {
        const of = (mark) => lane.stops.find((stop) => stop.dataset.mark === mark)
        lane.noticed = of("noticed")
        lane.until = lane.column(lane.noticed ?? of("users hurt") ?? lane.stops.at(-1))
      }
    }

    /* How it stands after so many columns. At the end, nothing is covered any more. */
    show(at) {
      this.at = at
      this.over = this.lanes.every((lane) => lane.until <= at)
      for (const lane of this.lanes) {
        const reached = Math.min(at, lane.until)
        for (const stop of lane.stops) stop.classList.toggle("tt-ahead", !this.over && lane.column(stop) > reached)
        lane.end.classList.toggle("tt-ahead", lane.until > at)
        lane.rail.style.setProperty("--at", this.over && !lane.noticed ? this.last + 1 : reached)
      }
      this.classList.toggle("tt-playing", this.timer > 0)
      this.player.textContent = this.timer ? "Pause" : "Play"
      this.player.hidden = still.matches
    }

    step() {
      this.show(this.at + 1)
      const words = this.lanes
        .filter((lane) => lane.noticed && lane.until === this.at)
        .map((lane) => `${lane.title}: ${lane.end.querySelector(".tt-said").textContent}`)
      if (this.over) {
        this.pause()
        words.push(...this.lanes.map((lane) => `${lane.title}, the end: ${lane.end.querySelector(".tt-worth").textContent}`))
      }
      if (words.length) this.say(words.join(" "))
    }

    say(text) {
      this.live.textContent = text
    }

    play(from) {
      this.say("")
      this.timer = setInterval(() => this.step(), PACE)
      this.show(from)
    }

    pause() {
      clearInterval(this.timer)
      this.timer = 0
      this.show(this.at)
    }
  }

  customElements.define("tt-explorer", Explorer)
}
