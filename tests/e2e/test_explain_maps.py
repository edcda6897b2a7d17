"""Maps in a real browser: a click on a cell opens it, what is saved makes the same map again."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from convnext_viz.explain import reproduce
from convnext_viz.nets import build, save_net
from convnext_viz.specs import CONVNEXT
from tests.e2e.clicks import click_on

Visit = Callable[..., Page]
Settled = Callable[[Page], None]

HEAT = "[...document.querySelectorAll('.js-plotly-plot')].flatMap(c => c._fullData)"


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def maps_drawn(page: Page, count: int) -> None:
    page.wait_for_function(
        f"{HEAT}.filter(d => d.type == 'heatmap').length >= {count}", timeout=60_000
    )


@pytest.mark.parametrize(("lang", "width"), [("en", 1440), ("zh", 390)])
def test_a_click_on_a_cell_opens_the_map(
    visit: Visit, settled: Settled, lang: str, width: int
) -> None:
    page = visit("explain?view=grid", lang=lang, width=width)
    maps_drawn(page, 12)  # two stages by six methods and saliency; one of HiResCAM is zero
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cell = page.locator(".st-key-explain_grid .subplot.x2y2").first  # Grad-CAM++, first stage
    cell.scroll_into_view_if_needed()
    click_on(cell, 0.25, 0.3)
    page.wait_for_url("**method=grad_cam_pp*", timeout=20_000)
    settled(page)
    assert query(page)["stage"] == "stage1" and "view" not in query(page)
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0


def test_slow_maps_are_filled_in_when_asked(visit: Visit, settled: Settled) -> None:
    page = visit("explain?view=grid&picture=coins")
    maps_drawn(page, 12)
    settled(page)
    fill = page.get_by_role("button", name="slow maps")
    fill.click()
    maps_drawn(page, 20)
    settled(page)
    expect(fill).to_have_count(0)


def test_a_slow_map_can_be_stopped_and_begun_again(
    visit: Visit, settled: Settled, tmp_path: Path
) -> None:
    spec = CONVNEXT["convnext_atto"]  # at 224 pixels no machine is through before the click
    save_net(build(spec, seed=0).eval(), spec, tmp_path / "atto.safetensors")
    page = visit("explain?view=grid&picture=coins")
    page.get_by_text("Upload", exact=True).nth(1).click()
    settled(page)
    page.locator("input[type=file]").first.set_input_files(tmp_path / "atto.safetensors")
    maps_drawn(page, 22)  # four stages by six methods and saliency; three of HiResCAM are zero
    settled(page)
    fill = page.get_by_role("button", name="slow maps")
    for _ in range(2):
        fill.click()
        page.get_by_role("button", name="Cancel").click()
        fill.wait_for(timeout=30_000)
        settled(page)
        maps_drawn(page, 22)  # what was there is there


def test_what_is_saved_makes_the_same_map_again(visit: Visit) -> None:
    page = visit("explain?picture=coffee&method=layer_cam&stage=stage2&class=5&against=3")
    maps_drawn(page, 2)
    files = {}
    for name, ending in (
        ("Image (PNG)", ".png"),
        ("Arrays (npz)", ".npz"),
        ("Manifest (JSON)", ".json"),
        ("Table (CSV)", ".csv"),
    ):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        assert waiting.value.suggested_filename == f"coffee-layer_cam-stage2-5-3{ending}"
        files[ending] = Path(waiting.value.path()).read_bytes()
    picture = Image.open(BytesIO(files[".png"]))
    assert picture.mode == "RGB" and picture.width > 2 * 448
    told = json.loads(files[".json"])
    assert told["network"]["name"] == "cifar10_ln_gelu" and told["label"] == "dog − cat"
    again = reproduce(files[".json"])
    with np.load(BytesIO(files[".npz"])) as saved:
        np.testing.assert_allclose(again.values, saved["map"], rtol=0, atol=1e-6)
        assert saved["enlarged"].shape == saved["input"].shape[1:] == (32, 32)
        assert again.score == pytest.approx(saved["logits"][5] - saved["logits"][3], abs=1e-5)
    table = np.loadtxt(BytesIO(files[".csv"]), delimiter=",")
    np.testing.assert_allclose(table, again.values, rtol=1e-5)
