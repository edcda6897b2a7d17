"""The windows in which pages are looked at. A visit costs a slow machine five seconds, most of them
for Plotly's JavaScript: what stands in several windows is opened once, and the window changes."""

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Page

Window = tuple[Literal["light", "dark"], int, int]  # theme, width, height
DESK: Window = ("light", 1440, 900)
WALL: Window = ("dark", 1440, 900)
ALL: tuple[Window, ...] = (DESK, WALL, ("light", 390, 844), ("dark", 390, 844))
NO_WIDER = "() => document.documentElement.scrollWidth <= window.innerWidth"
IS_LIGHT = """light => light === getComputedStyle(document.querySelector("[data-testid=stApp]"))
    .backgroundColor.match(/\\d+/g).slice(0, 3).every(one => one > 128)"""


def in_windows(page: Page, windows: tuple[Window, ...] = ALL) -> Iterator[Window]:
    """The same page in one window after the other; it must fit into each."""
    for scheme, width, height in windows:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(IS_LIGHT, arg=scheme == "light")
        page.wait_for_function(NO_WIDER)
        yield scheme, width, height
