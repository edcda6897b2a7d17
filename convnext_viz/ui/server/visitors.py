"""Visitors on the wire: every browser gets a cookie of its own with its first page.

It is random, no script of a page can read it, and it stays with the browser for a year. There is
nothing in it and nothing behind it but that a later visit is by the same browser.
"""

import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convnext_viz.ui.server.static_files import is_page

COOKIE = "convnext_viz_visitor"
YEAR = 365 * 24 * 3600  # seconds
_OURS = re.compile(r"[0-9a-f]{32}")


def is_cookie(value: object) -> bool:
    """Whether a cookie's value is one that this server gives."""
    return isinstance(value, str) and _OURS.fullmatch(value) is not None


class Visitors:
    """Middleware: a page that is asked for without the cookie brings one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_page(scope) or is_cookie(HTTPConnection(scope).cookies.get(COOKIE)):
            await self._app(scope, receive, send)
            return
        # Lax: a link in a mail or on another page opens as the same visitor.
        kept = f"Path=/; Max-Age={YEAR}; HttpOnly; SameSite=Lax"  # not shown
        cookie = f"{COOKIE}={secrets.token_hex(16)}; {kept}"
        if scope["scheme"] == "https":
            cookie += "; Secure"

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.append("set-cookie", cookie)
                headers["cache-control"] = "private, no-cache"  # another browser gets another one
                message = {**message, "headers": headers.raw}
            await send(message)

        await self._app(scope, receive, with_cookie)
