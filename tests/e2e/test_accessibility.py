"""What axe-core finds on every page, in both themes: nothing, by WCAG 2.1 at levels A and AA."""

from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.e2e.windows import DESK, WALL, in_windows

Visit = Callable[..., Page]

PAGES = (
    "",
    "roadmap?step=move_up",
    "architecture?vs=resnet50",
    "block",
    "block?section=ways",
    "block?section=norm",
    "block?section=conv",
    "recipe",
    "recipe?section=mixing",
    "explain",
    "explain?view=grid",
    "explain?view=features",
    "compare",
    "train",
    "train?view=shelf",
    "yours",
    "repvgg",
    "repvgg?section=break",
    "repvgg?section=int8",
    "vit",
    "vit?section=flow",
    "vit?section=lens",
    "swin",
    "swin?section=cost",
    "swin?section=padding",
)
NOTHING_OLD = "() => !document.querySelector('[data-stale=true]')"  # a part that runs again is pale
ALL = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
OF_COLOUR = ("color-contrast", "link-in-text-block")  # the only rules that a theme can break
FOUND = """async rules => {
    const {violations} = await axe.run({runOnly: rules})
    return violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.failureSummary}
        ${node.html.slice(0, 200)}`))
}"""


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Visit, path: str) -> None:
    page = visit(path)
    page.evaluate(f"{AXE_SCRIPT}; 0")
    for scheme, *_ in in_windows(page, (DESK, WALL)):
        page.wait_for_function(NOTHING_OLD)
        found = page.evaluate(FOUND, list(ALL if scheme == "light" else OF_COLOUR))
        assert not found, f"{scheme}:\n" + "\n".join(found)


def test_axe_would_find_a_word_that_can_hardly_be_read(visit: Visit) -> None:
    page = visit()
    page.evaluate(f"{AXE_SCRIPT}; 0")
    page.evaluate("document.querySelector('h1').style.color = '#bbbbbb'")
    assert any(one.startswith("color-contrast") for one in page.evaluate(FOUND, list(ALL)))
