"""How long a page keeps a reader waiting: measured alone, against the same page without our assets.

What a browser has to do follows the number of elements: a page with a run in it is never as quick
as one of three words. What is ours to keep small is what our own sheets and scripts add to it.
"""

from __future__ import annotations

import json
import re
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from tests.site import limits
from tests.site.browsing import PHONE, open_tab

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.site.serving import Server

# What Lighthouse takes for slow 4G.
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1474.56 * 128,
    "uploadThroughput": 675 * 128,
}
SLOWER = 4
VISITS = 3
OURS = re.compile(r"/assets/(twotracks/|site\\.)")
TASK = "ThreadControllerImpl::RunTask"
LONG = 50_000  # µs


def blocking(trace: dict[str, Any]) -> float:
    """For how long tasks blocked the page after its first paint, beyond 50 ms each [ms].

    In processor time of the page's main thread: what else the machine does meanwhile is no
    matter of the page's.
    """
    events = trace["traceEvents"]
    main = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    paint = next(one["ts"] for one in events if one["name"] == "firstContentfulPaint")
    tasks = (one for one in events if one["name"] == TASK and (one["pid"], one["tid"]) in main)
    ended = (one for one in tasks if "tdur" in one)
    late = [one["tdur"] for one in ended if one["ts"] + one["dur"] > paint]
    return float(sum(max(0, took - LONG) for took in late)) / 1_000


def visit(browser: Browser, server: Server, path: str, *, bare: bool) -> float:
    """For how long a first visit on a slow phone was blocked [ms].

    Args:
        browser: The browser.
        server: The site.
        path: The page.
        bare: Whether our own style sheets and scripts come empty.
    """
    tab = open_tab(browser, server, screen=PHONE)
    if bare:
        tab.page.route(OURS, lambda route: route.fulfill(body=""))
    devtools = tab.page.context.new_cdp_session(tab.page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    browser.start_tracing(page=tab.page, categories=["toplevel", "loading"])
    tab.go(path)
    trace = json.loads(browser.stop_tracing())
    tab.close()
    return blocking(trace)


@pytest.mark.parametrize("path", limits.TIMED, ids=[path or "home" for path in limits.TIMED])
def test_a_slow_phone_waits_no_longer_than_for_the_bare_page(
    browser: Browser, server: Server, path: str
) -> None:
    pairs = [
        (visit(browser, server, path, bare=False), visit(browser, server, path, bare=True))
        for _ in range(VISITS)
    ]
    seen = [f"{ours:.0f} ms, {bare:.0f} ms bare" for ours, bare in pairs]
    over = limits.BLOCKING.over(round(median(ours - bare for ours, bare in pairs)), seen)
    assert not over, "\n".join(over)
