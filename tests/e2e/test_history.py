"""Back and Forward in a real browser, on every page: one click, one step."""

from collections.abc import Callable
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Locator, Page, expect

Visit = Callable[..., Page]
Settled = Callable[[Page], None]

# A page, its row of buttons, which of them is pressed at first, and which are then, by number.
ROWS = [
    ("architecture", "arch_stage", (1, 2, 4, 5)),
    ("block", "block_section", (0, 2, 5, 7)),
    ("explain", "explain_view", (0, 2, 1, 4)),
    ("train", "train_view", (0, 2, 0, 2)),
]
IN_CHINESE = {"block", "train"}  # whose link says the language


@pytest.mark.parametrize(("path", "key", "order"), ROWS, ids=[path for path, *_ in ROWS])
def test_each_click_is_one_step_back(
    visit: Visit, settled: Settled, path: str, key: str, order: tuple[int, ...]
) -> None:
    page = visit(path, lang="zh" if path in IN_CHINESE else "en")

    def button(number: int) -> Locator:
        return page.locator(f".st-key-{key}").get_by_role("radio").nth(number)

    def link() -> str:
        return urlparse(page.url).query

    expect(button(order[0])).to_be_checked()
    links = [link()]
    for number in order[1:]:
        button(number).click()
        settled(page)
        links.append(link())
    back, forward = [*range(len(order))][-2::-1], range(1, len(order))
    for move, steps in ((page.go_back, back), (page.go_forward, forward)):
        for step in steps:
            move()
            settled(page)
            expect(button(order[step])).to_be_checked()
            assert link() == links[step]
