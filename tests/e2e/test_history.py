"""Back and Forward in a real browser, on every page: one choice, one step, and none on opening."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.clicks import from_menu
from tests.e2e.tabs import devtools

Visit = Callable[..., Page]
Settled = Callable[[Page], None]

# A page, its row of buttons, which of them is pressed at first, and which are then, by number.
ROWS = [
    ("architecture", "arch_stage", (1, 2, 4, 5)),
    ("block", "block_section", (0, 2, 5, 7)),
    ("explain", "explain_view", (0, 2, 1, 4)),
    ("compare", "compare_axis", (0, 2, 1, 3)),
    ("train", "train_view", (0, 2, 0, 2)),
]
IN_CHINESE = {"block", "train"}  # whose link says the language


@pytest.mark.parametrize(("path", "key", "order"), ROWS, ids=[path for path, *_ in ROWS])
def test_each_choice_is_one_step_back_and_home_one_more(
    visit: Visit, settled: Settled, path: str, key: str, order: tuple[int, ...]
) -> None:
    page = visit(lang="zh" if path in IN_CHINESE else "en")
    home = page.url

    def button(number: int) -> Locator:
        return page.locator(f".st-key-{key}").get_by_role("radio").nth(number)

    def steps() -> int:
        return int(page.evaluate("history.length"))

    before = steps()
    from_menu(page, path)
    expect(button(order[0])).to_be_checked()
    settled(page)
    assert steps() == before + 1
    links = [page.url]
    for number in order[1:]:
        button(number).click()
        settled(page)
        links.append(page.url)
    assert steps() == before + len(order)
    for step in [*range(len(order))][-2::-1]:
        page.go_back()
        settled(page)
        expect(button(order[step])).to_be_checked()
        assert page.url == links[step]
    page.go_back()
    expect(page.locator(".st-key-network_map_home_map")).to_be_visible()
    settled(page)
    assert page.url == home
    for step in range(len(order)):
        page.go_forward()
        expect(button(order[step])).to_be_checked()
        settled(page)
        assert page.url == links[step]
    assert steps() == before + len(order)


def test_the_language_is_a_choice_too(visit: Visit, settled: Settled) -> None:
    page = visit("block?section=norm")
    title, before = page.get_by_role("heading", level=1), page.evaluate("history.length")
    page.get_by_text("中文").click()
    expect(title).to_have_text("ConvNeXt 块")
    settled(page)
    assert "lang=zh" in page.url and page.evaluate("document.documentElement.lang") == "zh"
    page.go_back()
    expect(title).to_have_text("Block")
    assert "lang" not in page.url and page.evaluate("history.length") == before + 1


def test_a_link_that_embeds_the_page_keeps_embedding_it(visit: Visit) -> None:
    page = visit("explain?embed=true&picture=coffee")
    page.wait_for_url(r"**/explain?embed=true&picture=coffee&net=*")


def test_a_browser_that_speaks_chinese_opens_chinese(visit: Visit, server: str) -> None:
    page = visit()
    with devtools(page) as browser:
        agent = page.evaluate("navigator.userAgent")
        browser.send(
            "Emulation.setUserAgentOverride",
            {"userAgent": agent, "acceptLanguage": "zh-Hans-CN,en"},
        )
        page.goto(f"{server}/block")
        title = page.get_by_role("heading", level=1)
        expect(title).to_have_text("ConvNeXt 块")
        assert "lang" not in page.url  # the default is in no link
        page.goto(f"{server}/block?lang=en")
        expect(title).to_have_text("Block")


def test_the_menu_of_a_phone_closes_when_a_page_is_chosen(visit: Visit) -> None:
    page = visit("architecture", width=390, height=844)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Block").click()
    expect(page.locator("h1")).to_have_text("Block")
    page.locator(".st-key-block_section").get_by_text("Norms", exact=True).click()
    expect(page).to_have_url(re.compile("section=norm"))
