/* The quiz: checks an answer, tells why, keeps the result in the reader's browser. */
{
  const script = document.currentScript
  const site = script ? new URL("../..", script.src).pathname : "/"
  const ORDER = ["", "first", "second", "third"]
  // What the browser refuses to keep is kept until the site is left.
  const memory = new Map()
  const stored = (does) => {
    try {
      return does(localStorage)
    } catch {
      return null
    }
  }
  const page = () => `tt-quiz:${location.pathname.replace(/index\.html$/, "")}#`
  const key = (form) => page() + form.dataset.question

  /* What became of a question: the option chosen last, how many were, and whether it was right. */
  const read = (form) => {
    const text = memory.get(key(form)) ?? stored((s) => s.getItem(key(form))) ?? ""
    const [, chosen, tries, done] = /^(\d+) (\d+) ([01])$/.exec(text) ?? []
    return chosen && form.elements.option[chosen]
      ? { chosen: +chosen, tries: +tries, done: done === "1" }
      : { chosen: -1, tries: 0, done: false }
  }
  const keep = (form, { chosen, tries, done }) => {
    const text = `${chosen} ${tries} ${+done}`
    memory.set(key(form), text)
    stored((s) => s.setItem(key(form), text))
  }
  const forget = (prefix) => {
    for (const name of [...memory.keys()]) if (name.startsWith(prefix)) memory.delete(name)
    stored((s) => {
      for (const name of Object.keys(s)) if (name.startsWith(prefix)) s.removeItem(name)
    })
  }

  const said = (form) => form.querySelector(".tt-feedback")
  const reasons = (form) => form.querySelectorAll(".tt-answer li")
  const isRight = (form, option) => reasons(form)[option].classList.contains("tt-right")

  /* The row that a hint is about stands out until the next one does. */
  const point = (link) => {
    const row = document.getElementById(decodeURIComponent(link.hash.slice(1)))
    if (!row) return false
    document.querySelectorAll(".tt-hinted").forEach((old) => old.classList.remove("tt-hinted"))
    row.classList.add("tt-hinted")
    for (let box = row.closest("details"); box; box = box.parentElement.closest("details")) {
      box.open = true
    }
    const player = row.closest("tt-player")
    const name = player?.dataset.name
    const step = row.dataset.step && player ? `${name ? `${name}-` : ""}step=${row.dataset.step}` : row.id
    // Not `location.hash`: the theme would fetch the page again, and the row lose its light.
    history.pushState({ x: scrollX, y: scrollY }, "", `#${step}`)
    if (player) dispatchEvent(new HashChangeEvent("hashchange"))
    row.scrollIntoView({ block: "center" })
    row.tabIndex = -1
    row.focus({ preventScroll: true })
    return true
  }

  customElements.define(
    "tt-quiz",
    class extends HTMLElement {
      connectedCallback() {
        for (const type of ["submit", "change", "click"]) this.addEventListener(type, this)
        // The script may run before what is in the element has come.
        if (document.readyState === "loading") {
          document.addEventListener("DOMContentLoaded", () => this.restore(), { once: true })
        } else {
          this.restore()
        }
      }

      get forms() {
        return [...this.querySelectorAll("form")]
      }

      handleEvent(event) {
        const { target, type } = event
        if (type === "submit") {
          event.preventDefault()
          this.check(target)
        } else if (type === "change") {
          delete target.form.dataset.said
        } else if (target.dataset.clear) {
          forget(target.dataset.clear === "site" ? `tt-quiz:${site}` : page())
          document.querySelectorAll("tt-quiz").forEach((quiz) => quiz.restore())
        } else if (target.closest(".tt-hint a") && point(target.closest("a"))) {
          event.preventDefault()
          event.stopPropagation() // likewise
        }
      }

      check(form) {
        const chosen = [...form.elements.option].findIndex((option) => option.checked)
        if (chosen < 0) {
          said(form).textContent = "Choose an answer first."
          form.elements.option[0].focus()
          return
        }
        const before = read(form)
        const right = isRight(form, chosen)
        // Whoever has it right may look at what the other answers are told.
        if (!before.done) keep(form, { chosen, tries: before.tries + 1, done: right })
        form.dataset.said = right ? "right" : "wrong"
        const reason = document.createElement("p")
        reason.append(...reasons(form)[chosen].cloneNode(true).childNodes)
        said(form).replaceChildren(reason)
        this.count()
      }

      /* Shows the answers that are kept. */
      restore() {
        for (const form of this.forms) {
          const { chosen, done } = read(form)
          form.reset()
          delete form.dataset.said
          said(form).textContent = ""
          if (chosen < 0) continue
          form.elements.option[chosen].checked = true
          form.dataset.said = done ? "right" : "wrong"
        }
        this.count()
      }

      /* Says of each question, and of all, what became of it. */
      count() {
        const tries = this.forms.map((form) => {
          const { chosen, tries, done } = read(form)
          const state = done ? `, right at the ${ORDER[tries] ?? `${tries}th`} try` : ", not right yet"
          form.querySelector(".tt-state").textContent = chosen < 0 ? "" : state
          return done ? tries : 0
        })
        const first = tries.filter((n) => n === 1).length
        const later = tries.filter((n) => n > 1).length
        const open = tries.length - first - later
        this.querySelector("[role=status]").textContent =
          `${first} of ${tries.length} right at the first try` +
          `${later ? `, ${later} at a later one` : ""}${open ? `, ${open} to go` : ""}.`
      }
    },
  )
}
