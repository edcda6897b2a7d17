"""Channels and fields in a browser: what a click does, and how a long measurement is stopped."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Locator, Page

from tests.e2e.clicks import click_on

Visit = Callable[..., Page]
Settled = Callable[[Page], None]
MARKS = ".js-plotly-plot .scatterlayer .point"


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def click(page: Page, mark: Locator) -> None:
    mark.wait_for(timeout=60_000)
    click_on(mark)


def test_a_click_pins_a_channel_and_another_lets_it_go(visit: Visit, settled: Settled) -> None:
    page = visit("explain?view=features&stage=stage2")
    marks = page.locator(f".st-key-explain_features0_None {MARKS}")
    click(page, marks.nth(2))
    page.wait_for_url("**channel=*", timeout=20_000)
    settled(page)
    channel = query(page)["channel"]
    assert page.get_by_role("heading", name=f"Channel {channel} of Stage 2").is_visible()
    page.get_by_text("out of 8, with the largest value").wait_for(timeout=60_000)
    again = visit("explain?" + urlparse(page.url).query)  # a friend opens the link
    again.get_by_role("heading", name=f"Channel {channel} of Stage 2").wait_for()
    assert query(again) == query(page)
    click(page, page.locator(f".st-key-explain_features0_{channel} {MARKS}").nth(2))
    page.wait_for_function("!location.search.includes('channel')", timeout=20_000)


def test_a_value_is_on_hover(visit: Visit) -> None:
    page = visit("explain?view=features&stage=stage1&order=number")
    chart = page.locator(".st-key-explain_features0_None .js-plotly-plot")
    chart.wait_for(timeout=60_000)
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] / 3)
    page.locator(".hovertext", has_text="Channel 0:").first.wait_for(timeout=10_000)


def test_a_click_chooses_the_cell_whose_field_is_drawn(visit: Visit, settled: Settled) -> None:
    page = visit("explain?view=field&stage=stage1&side=32")
    click(page, page.locator(f".st-key-explain_cells_8_8 {MARKS}").nth(3))
    page.wait_for_url("**column=3*", timeout=20_000)
    settled(page)
    assert query(page)["row"] == "0"
    assert page.get_by_role("spinbutton", name="Row").input_value() == "0"
    assert page.get_by_text("8 px above").is_visible()  # 18 pixels around a cell of 2


def test_a_long_measurement_can_be_stopped_and_begun_again(visit: Visit, settled: Settled) -> None:
    page = visit("explain?view=field&side=256")
    page.get_by_role("button", name="Cancel").click(timeout=60_000)
    start = page.get_by_role("button", name="Measure the effective receptive field")
    start.wait_for(timeout=30_000)
    settled(page)
    assert page.get_by_role("button", name="Cancel").count() == 0
    start.click()
    page.get_by_text("Width of four standard deviations").wait_for(timeout=120_000)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "path",
    [
        "view=features&channel=3",
        "view=features&part=kernels&stage=stage2",
        "view=field&side=32",
    ],
)
def test_a_phone_shows_all_of_it(visit: Visit, settled: Settled, lang: str, path: str) -> None:
    page = visit(f"explain?{path}", lang=lang, scheme="dark", width=390, height=844)
    page.locator(".js-plotly-plot").nth(2).wait_for(timeout=60_000)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
