"""The Block page in a real browser: clicks on drawings, links, narrow and dark."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.clicks import click_on
from tests.e2e.windows import in_windows

Visit = Callable[..., Page]
Settled = Callable[[Page], None]


def chosen(page: Page) -> str:
    return page.locator(".st-key-block_op button[aria-checked=true]").inner_text()


def test_a_click_on_an_operation_opens_it(visit: Visit, settled: Settled) -> None:
    page = visit("block")
    assert "Depthwise" in chosen(page)
    drawing = page.locator(".st-key-block_overview .js-plotly-plot .nsewdrag").first
    click_on(drawing, 0.5625, 0.62)
    expect(page.locator(".st-key-block_op button[aria-checked=true]")).to_have_text("GELU")
    settled(page)
    assert "op=act" in page.url
    page.get_by_role("radio", name="LayerNorm").click()  # the words still choose after a click
    expect(page.locator(".st-key-block_op button[aria-checked=true]")).to_have_text("LayerNorm")


def test_a_click_on_a_cell_lights_up_its_group(visit: Visit, settled: Settled) -> None:
    page = visit("block?section=norm")
    before = page.get_by_text("4 cells share").inner_text()
    drawing = page.locator(".js-plotly-plot .nsewdrag").nth(1)
    click_on(drawing, 0.9, 0.6)
    page.wait_for_function("() => /cell_n=3/.test(location.href)")
    settled(page)
    assert page.get_by_text("4 cells share").inner_text() != before


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", ["trace", "norm", "bottleneck", "drop"])
def test_fits_every_window(visit: Visit, section: str, lang: str) -> None:
    page = visit(f"block?section={section}", lang=lang)
    for _ in in_windows(page):
        expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=30_000)
        assert page.locator("[data-testid=stAlert], [data-testid=stException]").count() == 0


def test_the_answer_is_above_the_fold(visit: Visit) -> None:
    page = visit("block?op=act")
    for place in (".st-key-block_overview", ".st-key-block_histograms"):
        box = page.locator(place).bounding_box()
        assert box is not None and box["y"] + box["height"] <= 900


def test_both_ways_are_measured_at_once_and_again_on_the_button(
    visit: Visit, settled: Settled
) -> None:
    page = visit("block?section=ways")
    difference = page.locator("[data-testid=stMetricValue]")
    expect(difference).to_be_visible(timeout=150_000)
    settled(page)
    assert float(difference.inner_text()) < 1e-4
    expect(page.locator("[data-testid=stCode]")).to_have_count(2)
    times = page.locator(".st-key-block_times [role=img], .st-key-block_times").first
    before = times.inner_text()
    page.get_by_role("button", name="Measure again").click()
    expect(times).not_to_have_text(before)


def test_a_telephone_scrolls_the_row_of_operations(visit: Visit) -> None:
    page = visit("block", width=390, height=844)
    row = page.locator(".st-key-block_overview")
    expect(row.locator(".js-plotly-plot")).to_be_visible(timeout=30_000)
    assert row.evaluate("e => e.scrollWidth") > 800
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_language_changes_and_the_choice_stays(visit: Visit, settled: Settled) -> None:
    page = visit("block?stage=stage2&op=pwconv1")
    page.get_by_text("中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ConvNeXt 块")
    settled(page)
    assert "stage=stage2" in page.url and "op=pwconv1" in page.url
    assert "逐点" in chosen(page) or "1×1" in chosen(page)


def test_back_undoes_a_choice(visit: Visit, settled: Settled) -> None:
    page = visit("block?section=act")
    slider = page.get_by_role("slider", name="Look at x")
    slider.focus()
    for _ in range(2):
        slider.press("ArrowRight")
        settled(page)
    page.get_by_role("radio", name="Stochastic depth").click()
    settled(page)
    page.go_back()
    settled(page)
    expect(slider).to_have_value("-0.65")
    page.go_back()
    settled(page)
    expect(slider).to_have_value("-0.7")
