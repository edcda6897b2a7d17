"""Clicks on what a chart draws, which is no element of the page that a browser could name."""

from contextlib import suppress

from playwright.sync_api import Locator, Page, TimeoutError


def click_on(mark: Locator, across: float = 0.5, down: float = 0.5) -> None:
    """A click there, in shares of its width and height, once it stands still."""
    mark.scroll_into_view_if_needed()  # it waits until two frames show the same place
    box = mark.bounding_box()
    assert box
    mark.page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


def pick(page: Page, name: str, option: str) -> None:
    """Takes an option of a list. A run of the page closes lists that are open, as when a job in the
    background has ended just now: then it is opened again, as a visitor would."""
    for _ in range(5):
        page.get_by_role("combobox", name=name).click()
        with suppress(TimeoutError):
            page.get_by_role("option", name=option).click(timeout=4000)
            return
    raise AssertionError(f"the list “{name}” shows no “{option}”")
