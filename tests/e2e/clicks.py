"""Clicks that take more than an element's name: what a chart draws, lists, the menu."""

from contextlib import suppress

from playwright.sync_api import Locator, Page, TimeoutError

from convnext_viz.ui.shell import GROUPS


def click_on(mark: Locator, across: float = 0.5, down: float = 0.5) -> None:
    """A click there, in shares of its width and height, once it stands still."""
    mark.scroll_into_view_if_needed()  # it waits until two frames show the same place
    box = mark.bounding_box()
    assert box
    mark.page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


def from_menu(page: Page, name: str) -> None:
    """Opens another page of the app: its group in the menu, then its link."""
    (group,) = [place for place, pages in enumerate(GROUPS.values()) if name in pages]
    page.get_by_test_id("stTopNavSection").nth(group).click()
    page.get_by_test_id("stTopNavPopover").locator(f"a[href*='/{name}']").click()


def pick(page: Page, name: str, option: str) -> None:
    """Takes an option of a list. A run of the page closes lists that are open, as when a job in the
    background has ended just now: then it is opened again, as a visitor would."""
    for _ in range(5):
        page.get_by_role("combobox", name=name).click()
        with suppress(TimeoutError):
            page.get_by_role("option", name=option).click(timeout=4000)
            return
    raise AssertionError(f"the list “{name}” shows no “{option}”")
