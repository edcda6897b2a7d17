"""The ViT page in a real browser: patches, heads and dots that are clicked."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.clicks import click_on

Visit = Callable[..., Page]
Settled = Callable[[Page], None]


def test_a_click_on_a_patch_shows_its_attention(visit: Visit, settled: Settled) -> None:
    page = visit("vit?section=attention")
    drawing = page.locator(".st-key-vit_attention .nsewdrag").first
    click_on(drawing, 0.5, 0.4)
    settled(page)
    expect(page.get_by_role("radio", name="Chosen patch")).to_be_checked()
    assert "from=patch" in page.url


def test_a_click_on_a_small_map_chooses_block_and_head(visit: Visit, settled: Settled) -> None:
    page = visit("vit?section=attention")
    click_on(page.locator(".st-key-vit_heads .nsewdrag").first, 0.1, 0.5)
    settled(page)
    assert re.search(r"layer=0", page.url) and re.search(r"head=", page.url)


def test_a_click_on_a_patch_of_the_walk_chooses_it(visit: Visit, settled: Settled) -> None:
    page = visit("vit")
    click_on(page.locator(".st-key-vit_patches .nsewdrag").first, 0.5, 0.2)
    settled(page)
    assert "patch=" in page.url
