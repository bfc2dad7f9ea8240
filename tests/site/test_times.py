"""How long a page keeps a reader waiting: measured alone, against a bare page of the theme."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from tests.site import limits
from tests.site.browsing import PHONE, open_tab
from tests.site.conftest import BARE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.site.conftest import SmallSite
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


def visit(browser: Browser, server: Server, path: str) -> float:
    """For how long a first visit on a slow phone was blocked [ms]."""
    tab = open_tab(browser, server, screen=PHONE)
    devtools = tab.page.context.new_cdp_session(tab.page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    browser.start_tracing(page=tab.page, categories=["toplevel", "loading"])
    tab.go(path)
    trace = json.loads(browser.stop_tracing())
    tab.close()
    return blocking(trace)


def several(browser: Browser, server: Server, path: str) -> list[float]:
    """That of several visits [ms]."""
    return [visit(browser, server, path) for _ in range(VISITS)]


@pytest.fixture(scope="module")
def bare(browser: Browser, small_site: SmallSite) -> float:
    """That of the theme as it comes, with a page of a few words [ms]."""
    made = small_site({"index.md": "# Bare\n\nA page.\n", "other.md": "# Other\n"}, BARE)
    return median(several(browser, made, ""))


@pytest.mark.parametrize("path", limits.TIMED, ids=[path or "home" for path in limits.TIMED])
def test_a_slow_phone_waits_no_longer_than_for_a_bare_page(
    browser: Browser, server: Server, bare: float, path: str
) -> None:
    ours = several(browser, server, path)
    seen = [f"{one:.0f} ms" for one in [*ours, bare]]
    over = limits.BLOCKING.over(round(median(ours) - bare), [*seen[:-1], f"{seen[-1]}, bare"])
    assert not over, "\n".join(over)
