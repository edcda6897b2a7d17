"""Explain in a real browser: what a visitor clicks, drops, downloads and sends to a friend."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page

from tests.e2e.clicks import click_on
from tests.e2e.windows import in_windows
from tests.odd_files import ODD_FILES

Visit = Callable[..., Page]
Settled = Callable[[Page], None]

TITLES = {"en": ("Input", "Raw map", "Overlay"), "zh": ("输入", "原始热力图", "叠加图")}
CHARTS = ".js-plotly-plot"
BROKEN = "[data-testid=stException], [data-testid=stAlertContentError]"
ODD = (  # a dozen of each sort: pictures, strangers, broken ones, bombs
    "film.png",
    "report.docx",
    "pickle.png",
    "zeros.png",
    "half.jpg",
    "half.webp",
    "no IDAT.png",
    "only markers.jpg",
    "bomb.png",
    "bomb.tif",
    "1 by 5000.png",
    "4000 by 3000.jpg",
)


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def drawn(page: Page) -> None:
    """Input, raw map and overlay, and the classes."""
    page.wait_for_function(f"document.querySelectorAll('{CHARTS}').length >= 4", timeout=60_000)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_three_panels(visit: Visit, lang: str) -> None:
    page = visit("explain", lang=lang)
    drawn(page)
    for _, width, height in in_windows(page):
        for title in TITLES[lang]:
            assert page.get_by_text(title, exact=True).first.is_visible()
        assert page.locator(BROKEN).count() == 0
        if width == 1440:  # the answer is above the fold
            boxes = [page.locator(CHARTS).nth(i).bounding_box() for i in range(4)]
            assert all(box and box["y"] + box["height"] <= height for box in boxes)


def test_the_raw_map_begins_with_its_own_lowest_colour(visit: Visit) -> None:
    """Streamlit repaints #000004, with which the scale begins, as its theme's first colour."""
    page = visit("explain")
    drawn(page)
    scale = page.evaluate(
        f"[...document.querySelectorAll('{CHARTS}')].flatMap(c => c._fullData)"
        ".find(d => d.type == 'heatmap' && d.showscale).colorscale[0][1]"
    )
    assert scale == "rgb(0, 0, 4)"


def test_a_click_on_a_bar_chooses_the_class(visit: Visit, settled: Settled) -> None:
    page = visit("explain")
    drawn(page)
    assert "class" not in query(page)
    bars = page.locator("[class*=st-key-explain_bars10] .trace.bars").nth(1).locator(".point path")
    click_on(bars.nth(2))
    page.wait_for_url("**class=*", timeout=20_000)
    settled(page)
    chosen = query(page)["class"]
    again = visit("explain?" + urlparse(page.url).query)  # a friend opens the link
    drawn(again)
    assert query(again) == query(page) and query(again)["class"] == chosen


def test_a_stage_can_be_chosen(visit: Visit, settled: Settled) -> None:
    page = visit("explain?picture=coffee")
    drawn(page)
    page.get_by_role("radio", name="Stage 1").or_(
        page.get_by_role("button", name="Stage 1")
    ).first.click()
    page.wait_for_url("**stage=stage1*", timeout=20_000)
    settled(page)
    assert page.get_by_text("16×16 cells").first.is_visible()


def test_odd_files_dropped_one_after_the_other(visit: Visit, settled: Settled) -> None:
    page = visit("explain")
    drawn(page)
    page.get_by_text("Upload", exact=True).first.click()
    settled(page)
    files = {file.name: file for file in ODD_FILES()}
    for name in ODD:
        file = files[name]
        payload = {"name": name, "mimeType": "application/octet-stream", "buffer": file.data}
        page.locator("input[type=file]").first.set_input_files(payload)
        if file.is_picture:
            drawn(page)
        else:
            page.locator("[data-testid=stAlert]", has_text=name).first.wait_for(timeout=30_000)
        settled(page)
        assert page.locator("[data-testid=stException]").count() == 0
        assert page.get_by_text("unexpected error").count() == 0
