"""A reader's tab in a real browser: what it is set to, and what goes wrong in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Browser, Page

    from tests.site.serving import Server

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    # No other host can be reached: a request to one is seen, and fails.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
Screen = MappingProxyType[str, Any]
DESKTOP: Screen = MappingProxyType({"viewport": {"width": 1280, "height": 800}})
PHONE: Screen = MappingProxyType(
    {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    }
)
SMALL: Screen = MappingProxyType({**PHONE, "viewport": {"width": 320, "height": 640}})
# How far things moved by themselves since the page began.
_OBSERVE = """(() => {
  window.shiftOfTests = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => {
    if (!entry.hadRecentInput) window.shiftOfTests += entry.value;
  })).observe({type: "layout-shift", buffered: true});
})()"""


@dataclass
class Tab:
    """One reader's tab: a browser context of its own, with a cold cache.

    Attributes:
        page: Playwright's page.
        server: The site.
        elsewhere: The addresses of other hosts that were asked for.
        failed: The requests that failed, and those that were answered with an error.
        errors: The errors in the console, and those that no script caught.

    """

    page: Page
    server: Server
    elsewhere: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(15_000)
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on(
            "requestfailed", lambda request: self.failed.append(f"{request.url} {request.failure}")
        )
        self.page.on("response", lambda reply: self._answered(reply.url, reply.status))
        self.page.on(
            "console",
            lambda line: self.errors.append(line.text) if line.type == "error" else None,
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _asked(self, url: str) -> None:
        if not url.startswith((self.server.origin, "data:", "blob:", "about:", "file:")):
            self.elsewhere.append(url)

    def _answered(self, url: str, status: int) -> None:
        if status >= 400:
            self.failed.append(f"{url} {status}")

    def go(self, path: str) -> Page:
        """Open a page of the site, and wait until it asks for nothing more."""
        self.page.goto(self.server.url + path, wait_until="load")
        self.page.wait_for_load_state("networkidle")
        return self.page

    def troubles(self) -> list[str]:
        """Whatever went wrong so far."""
        return [*(f"asked elsewhere: {url}" for url in self.elsewhere), *self.failed, *self.errors]

    def close(self) -> None:
        self.page.context.close()


def open_tab(
    browser: Browser,
    server: Server,
    *,
    screen: Mapping[str, Any] = DESKTOP,
    dark: bool = False,
    javascript: bool = True,
    still: bool = True,
) -> Tab:
    """A tab of a reader who has never been here.

    Args:
        browser: The browser.
        server: The site to read.
        screen: `DESKTOP`, `PHONE` or `SMALL`.
        dark: Whether the reader's system is dark.
        javascript: Whether scripts run.
        still: Whether the reader asked for reduced motion.

    """
    context = browser.new_context(
        **screen,
        color_scheme="dark" if dark else "light",
        java_script_enabled=javascript,
        reduced_motion="reduce" if still else "no-preference",
        locale="en-GB",
    )
    page = context.new_page()
    if javascript:
        page.add_init_script(_OBSERVE)
    return Tab(page, server)
