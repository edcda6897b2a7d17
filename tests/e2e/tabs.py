"""Tabs of the browser that visits use again: a new one compiles Plotly's JavaScript anew, which is
most of what a visit costs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Error, Page

USES = 25  # visits of one tab: what pages leave behind in it must not add up

Listener = tuple[str, Callable[..., Any]]


class Tabs:
    """The tabs of one browser that no visit has at the moment."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._free: list[tuple[Page, int]] = []
        self._uses: dict[Page, int] = {}

    def take(self) -> Page:
        """A tab that remembers nothing of the visit before."""
        page, uses = self._free.pop() if self._free else (self._context.new_page(), 0)
        self._uses[page] = uses + 1
        return page

    def give_back(self, page: Page, listeners: list[Listener]) -> None:
        """Forgets what the visit stored and who listened to it; closes a tab that cannot."""
        uses = self._uses.pop(page)
        with suppress(Error):  # nothing to forget where no page of the app was reached
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
        for event, listener in listeners:
            page.remove_listener(event, listener)  # type: ignore[arg-type]
        try:
            page.unroute_all()
            page.goto("about:blank")
        except Error:  # a page that asks whether to leave, or has crashed
            uses = USES
        if uses >= USES or page.is_closed():
            page.close()
        else:
            self._free.append((page, uses))


@contextmanager
def devtools(page: Page) -> Iterator[CDPSession]:
    """The tab's developer tools: what they change ends with them."""
    session = page.context.new_cdp_session(page)
    try:
        yield session
    finally:
        session.detach()
