"""A person's way through the Architecture page: click the picture, change a knob, send the link."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlparse
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.clicks import from_menu
from tests.e2e.windows import DESK, WALL, in_windows

Visit = Callable[..., Page]
Settled = Callable[[Page], None]
DRAWN = (
    "() => { const charts = [...document.querySelectorAll('.stPlotlyChart')];"
    " return charts.length >= 3 && charts.every(chart => chart.querySelector('.main-svg')); }"
)
OVERLAPS = """(selector) => {
  const words = ['.annotation-text-g', 'svg.network-map text'].map(one => `${selector} ${one}`);
  const notes = [...document.querySelectorAll(words.join())]
    .map(note => [note.textContent, note.getBoundingClientRect()])
    .filter(([text, box]) => text.trim() && box.width);
  const found = [];
  notes.forEach(([one, a], i) => notes.slice(i + 1).forEach(([other, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 2) found.push(one + ' / ' + other);
  }));
  return found;
}"""
INKS = """() => [...document.querySelectorAll(
    '.st-key-arch_map svg.network-map text, .st-key-arch_fields .ytick text')]
  .map(text => getComputedStyle(text).fill)"""


def asked(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def chart(page: Page, key: str) -> Locator:
    page.wait_for_function(DRAWN)
    return page.locator(f".st-key-{key} .stPlotlyChart").first


def network_map(page: Page, place: str = "arch_map0") -> Locator:
    """The live drawing, clickable."""
    drawn = page.locator(f".st-key-network_map_{place} svg.network-map")
    drawn.wait_for()
    return drawn


def click_at(page: Page, place: Locator, across: float, down: float) -> None:
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 8 + (box["width"] - 16) * across, box["y"] + box["height"] * down)


def picked(page: Page, key: str) -> str:
    return page.locator(f".st-key-arch_{key} [aria-checked=true]").inner_text()


def test_from_the_picture_to_one_operation_and_back_by_its_link(
    visit: Visit, settled: Settled
) -> None:
    page = visit("architecture")
    click_at(page, network_map(page), 4.5 / 7, 0.45)  # image, stem, stage 1, 2, 3 of seven
    page.wait_for_url("**at=stage3*")
    settled(page)
    assert picked(page, "stage") == "Stage 3"
    click_at(page, chart(page, "arch_block"), (2 + 1.3) / 8.4, 0.5)  # the third operation
    page.wait_for_url("**pwconv1*")
    settled(page)
    sums = page.locator(".st-key-arch_arithmetic")
    expect(sums).to_contain_text("384·1536 + 1536 = 591,360")
    assert asked(page) == {"at": "stage3.blocks.0.body.pwconv1"}
    page.reload()
    settled(page)
    assert picked(page, "stage") == "Stage 3"
    expect(sums).to_contain_text("384·1536 + 1536 = 591,360")


def test_knobs_show_what_is_drawn_however_late_they_are_opened(
    visit: Visit, settled: Settled
) -> None:
    page = visit("architecture?net=convnext_base&layer_scale=null&depths=[2,2,2,2]")
    for stage in ("Stage 2", "Stage 3"):
        page.get_by_role("radio", name=stage).click()
        settled(page)
    page.get_by_text("Change settings").click()
    page.get_by_role("tab", name="Stages").click()
    depths = page.get_by_role("textbox", name="Blocks in each stage")
    expect(depths).to_have_value("2, 2, 2, 2")
    page.get_by_role("tab", name="Block", exact=True).click()
    expect(page.get_by_role("switch", name="Depthwise convolution")).to_be_checked()
    page.get_by_role("tab", name="Stages").click()
    depths.fill("2, 2")
    depths.press("Enter")
    settled(page)
    expect(page.get_by_role("alert")).to_contain_text("The last valid network is still shown.")
    assert json.loads(asked(page)["depths"]) == [2, 2, 2, 2]


def test_settings_cover_no_figure_and_a_change_can_be_taken_back(
    visit: Visit, settled: Settled
) -> None:
    page = visit("architecture?kernel_size=5")
    page.get_by_text("Change settings").click()
    settled(page)
    panel = page.locator("[data-testid=stColumn]:has(.st-key-arch_settings)")
    chart(page, "arch_shares")
    for figure in ("network_map_arch_map0", "arch_costs", "arch_shares", "arch_fields"):
        box, beside = page.locator(f".st-key-{figure}").bounding_box(), panel.bounding_box()
        assert box and beside and box["x"] + box["width"] <= beside["x"], figure
    page.set_viewport_size({"width": 390, "height": 844})
    network = page.locator(".st-key-arch_net").bounding_box()
    drawing, sheet = network_map(page).bounding_box(), panel.bounding_box()
    assert network and drawing and sheet and network["y"] < drawing["y"] < 844
    assert 844 / 2 < sheet["y"] <= 845 - sheet["height"]  # the upper half of the window is free
    page.set_viewport_size({"width": 1440, "height": 900})
    change = page.get_by_role("button", name="Kernel size 5 (was 7)")
    change.click()
    expect(change).to_be_hidden()
    settled(page)
    assert asked(page) == {}
    page.go_back()
    expect(change).to_be_visible()
    assert asked(page) == {"kernel_size": "5"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_projector_nothing_is_cut(visit: Visit, lang: str) -> None:
    page = visit("architecture?vs=resnet50&at=stage3", lang=lang, width=1280, height=720)
    chart(page, "arch_costs_other")
    for _ in in_windows(page, (("light", 1280, 720), ("light", 1024, 768))):
        for place in ("arch_map0", "arch_map1"):
            drawing = page.locator(f".st-key-network_map_{place}")
            assert drawing.evaluate("one => one.scrollWidth <= one.clientWidth")
        for pair in (("arch_net", "arch_versus"), ("arch_costs", "arch_costs_other")):
            one, two = (page.locator(f".st-key-{key}").bounding_box() for key in pair)
            assert one and two and one["x"] + one["width"] <= two["x"]
            assert pair[0] == "arch_costs" or one["y"] == two["y"]


def test_hasty_clicks_end_where_the_last_one_points(visit: Visit, settled: Settled) -> None:
    page = visit("architecture")
    for stage in ("Stage 2", "Stage 4", "Head", "Stem", "Stage 3"):
        page.get_by_role("radio", name=stage).click()
    page.wait_for_url("**at=stage3*")
    settled(page)
    assert picked(page, "stage") == "Stage 3"


def test_back_and_forward_go_through_what_was_chosen(visit: Visit, settled: Settled) -> None:
    page = visit("architecture")
    for stage in ("Stage 2", "Stage 4"):
        page.get_by_role("radio", name=stage).click()
        settled(page)
    for move, at in ((page.go_back, "Stage 2"), (page.go_back, "Stage 1")):
        move()
        settled(page)
        assert picked(page, "stage") == at
    page.go_forward()
    settled(page)
    assert picked(page, "stage") == "Stage 2" and asked(page) == {"at": "stage2"}
    from_menu(page, "block")
    page.get_by_role("radio", name="Norms").wait_for()
    settled(page)
    page.go_back()
    settled(page)
    assert picked(page, "stage") == "Stage 2"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_words_in_the_drawings_can_be_read(visit: Visit, lang: str) -> None:
    page = visit("architecture?net=resnet50&at=stage2.blocks.0.body.conv", lang=lang)
    chart(page, "arch_block")
    network_map(page)
    for scheme, *_ in in_windows(page, (DESK, WALL)):
        assert page.evaluate(OVERLAPS, ".st-key-arch_map") == []
        assert page.evaluate(OVERLAPS, ".st-key-arch_block") == []
        inks = page.evaluate(INKS)
        bright = [sum(map(int, ink[4:-1].split(",")[:3])) / 3 > 128 for ink in inks]
        # A few words stand on coloured faces and are dark in both themes.
        assert len(inks) > 20 and (sum(bright) > 20 if scheme == "dark" else sum(bright) == 0)


def test_a_narrow_screen_scrolls_drawings_not_the_page(visit: Visit) -> None:
    page = visit("architecture", width=390, height=844)
    drawing = network_map(page).bounding_box()
    assert drawing is not None and drawing["width"] > 600
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_image_gives_way_to_the_live_map_in_its_place(visit: Visit) -> None:
    for path, key in (("", "home_map"), ("architecture", "arch_map0")):
        page = visit(path)
        live = network_map(page, key).bounding_box()
        image = page.locator(f".st-key-network_map_{key} img.network-map")
        expect(image).to_be_hidden()  # it was there first, and keeps the place
        held = image.bounding_box()
        assert live and held
        for side in ("x", "y", "width", "height"):
            assert abs(live[side] - held[side]) < 1, (path, side, live, held)


def test_the_home_page_draws_without_plotly(visit: Visit) -> None:
    page = visit("")
    network_map(page, "home_map")
    loaded = "performance.getEntriesByType('resource').map(one => one.name)"
    assert not [name for name in page.evaluate(loaded) if "plotly" in name.lower()]


def test_keys_choose_a_stage_and_keep_their_place(visit: Visit, settled: Settled) -> None:
    page = visit("architecture")
    network_map(page).locator("[data-stage=stage2]").focus()
    for press, stage in (("Enter", "stage2"), ("Tab", ""), (" ", "stage3")):
        page.keyboard.press(press)
        if stage:
            page.wait_for_url(f"**at={stage}*")
            settled(page)
            chosen = network_map(page).locator("[aria-current=true]")
            expect(chosen).to_have_attribute("data-stage", stage)
            expect(chosen).to_be_focused()
    assert picked(page, "stage") == "Stage 3"


def test_the_pointer_is_told_every_count(visit: Visit) -> None:
    for path, key in (("", "home_map"), ("architecture", "arch_map0")):
        page = visit(path)
        network_map(page, key).locator("[data-stage=stage3]").hover()
        tip = page.locator(f".st-key-network_map_{key} .network-map-tip")
        expect(tip).to_be_visible()
        expect(tip).to_contain_text("384×14×14")
        expect(tip).to_contain_text("2,171,893,248")
        page.mouse.move(1, 1)
        expect(tip).to_be_hidden()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_narrow_screen_the_first_picture_of_all_can_be_read(visit: Visit, lang: str) -> None:
    page = visit("", lang=lang, width=390, height=844)
    network_map(page, "home_map")
    assert page.evaluate(OVERLAPS, ".st-key-network_map_home_map") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
def test_the_picture_can_be_kept_as_it_is_drawn(
    visit: Visit, tmp_path: Path, lang: str, scheme: str
) -> None:
    page = visit("architecture?net=convnextv2_atto&vs=resnet50", lang=lang, scheme=scheme)
    width = round((network_map(page).bounding_box() or {})["width"])
    for kind in ("PNG", "SVG"):
        with page.expect_download() as picture:
            page.get_by_role("button", name=kind).click()
        assert picture.value.suggested_filename == f"convnextv2_atto-resnet50.{kind.lower()}"
        picture.value.save_as(tmp_path / kind)
    drawing = ElementTree.parse(tmp_path / "SVG")
    words = {text for one in drawing.iter() if (text := "".join(one.itertext()).strip())}
    stage = {"en": "Stage 3", "zh": "阶段 3"}[lang]
    assert {"160×14×14", "1024×14×14", stage, "ResNet-50"} <= words  # both maps, by their names
    with Image.open(tmp_path / "PNG") as image:
        assert abs(image.width - 2 * width) <= 2 and image.height > 1000
        ground = image.convert("RGB").getpixel((2, image.height - 2))
    assert ground == {"light": (255, 255, 255), "dark": (15, 20, 25)}[scheme]


def test_the_plan_can_be_kept(visit: Visit) -> None:
    page = visit("architecture?net=convnextv2_atto")
    for kind in ("CSV", "JSON"):
        with page.expect_download() as table:
            page.get_by_role("button", name=kind).click()
        assert table.value.suggested_filename == f"convnextv2_atto.{kind.lower()}"
