"""What a first visit fetches, as the browser counts it: nothing in vain, and few bytes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Response

PAGES = ("", "architecture", "block", "explain", "train")
MOST = 3_000_000  # bytes of a first visit; Streamlit's own way: 8 million


@pytest.mark.parametrize("path", PAGES)
def test_no_request_of_a_link_fails(
    visit: Callable[..., Page], context: BrowserContext, path: str
) -> None:
    failed: list[str] = []

    def note(response: Response) -> None:
        if response.status >= 400:
            failed.append(f"{response.status} {response.url}")

    context.on("response", note)
    try:
        visit(path).wait_for_timeout(500)
    finally:
        context.remove_listener("response", note)
    assert not failed


def test_a_first_visit_is_small(visit: Callable[..., Page]) -> None:
    page, received = visit("explain"), []
    devtools = page.context.new_cdp_session(page)
    devtools.on("Network.loadingFinished", lambda one: received.append(one["encodedDataLength"]))
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.reload()
    page.wait_for_selector(".stPlotlyChart .main-svg")
    page.wait_for_load_state("networkidle")
    assert 1_000_000 < sum(received) < MOST
