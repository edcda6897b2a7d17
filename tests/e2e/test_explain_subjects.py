"""Explain in a real browser: many files at once, the camera, large weights, side by side."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, Route, expect

from convnext_viz.nets import build, save_net
from convnext_viz.specs import VARIANTS
from tests.e2e.clicks import click_on, pick
from tests.e2e.windows import in_windows
from tests.odd_files import ODD_FILES
from tests.odd_making import saved, scene

Visit = Callable[..., Page]
Settled = Callable[[Page], None]
CHARTS = ".js-plotly-plot"
STRIP = "[class*=st-key-explain_upload_strip]"
SLOW = 60_000  # milliseconds


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def sound(page: Page) -> None:
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_text("unexpected error").count() == 0


def payload(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_several_files_at_once_of_which_some_are_broken(
    visit: Visit, settled: Settled, width: int, height: int
) -> None:
    page = visit("explain?picture=coffee", width=width, height=height)
    page.get_by_text("Upload", exact=True).first.click()
    settled(page)
    odd = {file.name: file.data for file in ODD_FILES()}
    files = [payload(f"{n}.png", saved(scene(60 + n, 60), "PNG")) for n in range(5)]
    files[2:2] = [payload(name, odd[name]) for name in ("report.docx", "half.jpg")]
    page.locator("input[type=file]").first.set_input_files(files)  # type: ignore[arg-type]
    for name in ("report.docx", "half.jpg"):
        expect(page.locator("[data-testid=stAlert]", has_text=name)).to_be_visible(timeout=SLOW)
    expect(page.locator(f"{STRIP} {CHARTS}")).to_be_visible(timeout=SLOW)
    settled(page)
    assert query(page)["opacity"] == "55"  # what is below kept its value while nothing was shown
    fourth = page.locator(f"{STRIP} .scatterlayer .point").nth(3)
    click_on(fourth)
    chosen = page.get_by_role("combobox", name="Image")
    expect(chosen).to_have_value("3.png", timeout=SLOW)
    settled(page)
    # Another picture has other probabilities, yet the same options: none is a stale choice.
    expect(page.get_by_role("combobox", name="Class to explain")).to_have_value("Predicted class")
    page.get_by_text("Sample", exact=True).click()
    settled(page)
    assert query(page)["picture"] == "coffee"
    page.get_by_text("Upload", exact=True).first.click()
    settled(page)
    expect(page.locator(f"{STRIP} {CHARTS}")).to_be_visible(timeout=SLOW)
    sound(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_click_on_the_same_class_is_heard_each_time(visit: Visit, settled: Settled) -> None:
    """A chart that keeps its selection takes a second click on a bar for the end of the first."""
    page = visit("explain")

    def click() -> None:
        bars = page.locator("[class*=st-key-explain_bars10] .trace.bars").nth(1)
        click_on(bars.locator(".point path").nth(2))
        page.wait_for_url("**class=*", timeout=SLOW)
        settled(page)

    click()
    chosen = query(page)["class"]
    for other, net in (("BN + ReLU", "bn_relu"), ("LN + GELU", "ln_gelu")):  # there and back
        pick(page, "Network", other)
        page.wait_for_url(f"**net=cifar10_{net}*", timeout=SLOW)
        settled(page)
        assert query(page)["class"] == chosen
    pick(page, "Class to explain", "Predicted class")
    page.wait_for_url(lambda url: "class=" not in url, timeout=SLOW)
    settled(page)
    click()
    assert query(page)["class"] == chosen


def test_the_camera_and_odd_files_on_its_way(visit: Visit, settled: Settled) -> None:
    """What the browser sends is replaced on its way by what no camera would send."""
    page = visit("explain")  # Chromium's test picture is before its camera
    page.get_by_text("Camera", exact=True).click()
    shutter = page.get_by_role("button", name="Take photo")
    expect(shutter).to_be_enabled(timeout=SLOW)
    settled(page)
    shutter.click()
    expect(page.get_by_text("Raw map")).to_be_visible(timeout=SLOW)
    settled(page)
    sound(page)
    odd = {file.name: file for file in ODD_FILES()}
    sent = b""

    def replace(route: Route) -> None:
        kind = route.request.headers.get("content-type", "")
        if "boundary=" not in kind:
            route.continue_()
            return
        line = b"--" + kind.split("boundary=")[1].encode()
        field = b'Content-Disposition: form-data; name="shot.jpg"; filename="shot.jpg"'
        form = [line, field, b"Content-Type: image/jpeg", b"", sent, line + b"--", b""]
        route.continue_(post_data=b"\r\n".join(form))

    page.route("**/upload_file/**", replace)
    for name in ("half.jpg", "film.mp4", "zeros.png", "bomb.jpg", "empty.png"):
        sent = odd[name].data
        page.get_by_role("button", name="Clear photo").click()
        expect(shutter).to_be_enabled(timeout=SLOW)
        settled(page)
        shutter.click()
        told = page.locator("[data-testid=stAlertContentError]")
        settled(page)  # the one before it stays while the page runs
        expect(told).to_have_text([re.compile(r"\.jpg")], timeout=SLOW)  # one, and no other
        sound(page)


def test_weights_of_more_than_twenty_megabytes_arrive(
    visit: Visit, settled: Settled, tmp_path: Path
) -> None:
    spec = VARIANTS["convnext_pico"]
    file = tmp_path / "pico.safetensors"
    save_net(build(spec, seed=0).eval(), spec, file)
    assert file.stat().st_size > 20 * 2**20
    page = visit("explain")
    page.get_by_text("Upload", exact=True).nth(1).click()
    settled(page)
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_text("7×7 cells")).to_be_visible(timeout=SLOW)
    sound(page)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_side_by_side(visit: Visit, lang: str) -> None:
    page = visit("explain?view=compare", lang=lang)
    for _ in in_windows(page):
        expect(page.locator("[class*=st-key-explain_compare_map]")).to_have_count(2, timeout=SLOW)
        sound(page)
    assert query(page)["models"] == "cifar10_bn_relu"
