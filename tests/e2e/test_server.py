"""What a first visit fetches, as the browser counts it: few bytes."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.e2e.tabs import devtools

MOST = 3_000_000  # bytes of a first visit; Streamlit's own way: 8 million


def test_a_first_visit_is_small(visit: Callable[..., Page]) -> None:
    page, received = visit("explain"), []
    with devtools(page) as tools:
        tools.on("Network.loadingFinished", lambda one: received.append(one["encodedDataLength"]))
        tools.send("Network.enable")
        tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.reload()
        page.wait_for_selector(".stPlotlyChart .main-svg")
        page.wait_for_load_state("networkidle")
    assert 1_000_000 < sum(received) < MOST
