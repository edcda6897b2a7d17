"""The cookie on the wire: a page without one brings one, and nothing else does."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from convnext_viz.ui.server.visitors import COOKIE, Visitors, is_cookie

PAGE = "text/html,application/xhtml+xml"
GIVEN = re.compile(
    rf"{COOKIE}=([0-9a-f]{{32}}); Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax(; Secure)?"
)


async def server(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"set-cookie", b"other=1"), (b"content-type", b"text/html")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"page"})


def ask(path: str = "/train", **changes: Any) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {"accept": PAGE} | changes.pop("headers", {})
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": raw, "scheme": "http"}
    # In a thread: in this one a browser test may have left its own loop running.
    with ThreadPoolExecutor(1) as other:
        asked = Visitors(server)({**scope, **changes}, receive, send)
        other.submit(asyncio.run, asked).result()
    return sent


def cookies(sent: list[Message]) -> list[str]:
    return Headers(raw=sent[0]["headers"]).getlist("set-cookie")


def test_every_browser_gets_a_cookie_of_its_own_with_its_page() -> None:
    values = set()
    for _ in range(20):
        sent = ask()
        other, ours = cookies(sent)
        assert other == "other=1" and sent[1]["body"] == b"page"
        found = GIVEN.fullmatch(ours)
        assert found and not found[2] and is_cookie(found[1])
        assert "private" in Headers(raw=sent[0]["headers"])["cache-control"]
        values.add(found[1])
    assert len(values) == 20
    assert cookies(ask(scheme="https"))[1].endswith("; Secure")


def test_who_has_one_keeps_it() -> None:
    value = 32 * "a"
    assert cookies(ask(headers={"cookie": f"x=1; {COOKIE}={value}"})) == ["other=1"]


@pytest.mark.parametrize("value", ["server", "", "A" * 32, "a" * 33])
def test_one_that_is_not_ours_is_replaced(value: str) -> None:
    assert len(cookies(ask(headers={"cookie": f"{COOKIE}={value}"}))) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST"},
        {"path": "/_stcore/health"},
        {"path": "/media/one.png"},
        {"headers": {"accept": "*/*"}},
    ],
)
def test_nothing_but_a_page_brings_one(changes: dict[str, Any]) -> None:
    assert cookies(ask(**changes)) == ["other=1"]
