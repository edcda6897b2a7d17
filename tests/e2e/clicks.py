"""Clicks on what a chart draws, which is no element of the page that a browser could name."""

from playwright.sync_api import Locator


def click_on(mark: Locator, across: float = 0.5, down: float = 0.5) -> None:
    """A click there, in shares of its width and height, once it stands still."""
    mark.scroll_into_view_if_needed()  # it waits until two frames show the same place
    box = mark.bounding_box()
    assert box
    mark.page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
