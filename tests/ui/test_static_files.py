"""Static files on the wire: the bytes of Streamlit's own files, fewer of them, and nothing else."""

import asyncio
import gzip
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_static_routes import (
    create_streamlit_static_assets_routes,
)

from convnext_viz.ui.server.static_files import STYLE, StaticFiles

FOLDER = Path(streamlit.__file__).parent / "static"
LARGE = max((FOLDER / "static" / "js").glob("*.js"), key=lambda file: file.stat().st_size)
FILE = f"/{LARGE.relative_to(FOLDER)}"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}
OPENS = {**GZIP, "Accept": "text/html,application/xhtml+xml"}

Answer = tuple[int, Headers, bytes]


class Counted:
    """Streamlit's own handler, counting what reaches it."""

    def __init__(self) -> None:
        self.app: ASGIApp = Starlette(routes=create_streamlit_static_assets_routes(base_url=""))
        self.seen: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope["type"])
        await self.app(scope, receive, send)


async def asked(app: ASGIApp, path: str, headers: dict[str, str], method: str = "GET") -> Answer:
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw, "query_string": b""}
    await app({**scope, "root_path": "", "scheme": "http", "http_version": "1.1"}, receive, send)
    start, *bodies = sent
    body = b"".join(message.get("body", b"") for message in bodies)
    return start["status"], Headers(raw=start["headers"]), body


def run(ask: Callable[[StaticFiles, Counted], Coroutine[Any, Any, Any]]) -> Any:
    async def inside() -> Any:
        counted = Counted()
        return await ask(StaticFiles(counted), counted)

    # In a thread: in this one a browser test may have left its own loop running.
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, inside()).result()


def test_a_file_is_the_same_in_fewer_bytes() -> None:
    async def ask(app: StaticFiles, bare: Counted) -> tuple[Answer, Answer]:
        return await asked(app, FILE, GZIP), await asked(bare, FILE, {})

    (status, headers, body), (_, plain, _) = run(ask)
    assert status == 200
    assert gzip.decompress(body) == LARGE.read_bytes()
    assert len(body) == int(headers["content-length"]) < LARGE.stat().st_size / 3
    assert (headers["content-encoding"], headers["vary"]) == ("gzip", "Accept-Encoding")
    assert headers["etag"] == f"W/{plain['etag']}"
    for name in ("cache-control", "content-type", "last-modified"):
        assert headers[name] == plain[name]


def test_it_is_compressed_once_for_thirty_who_ask_at_the_same_time() -> None:
    async def ask(app: StaticFiles, bare: Counted) -> tuple[list[Answer], int]:
        found = await asyncio.gather(*(asked(app, FILE, GZIP) for _ in range(30)))
        return list(found), len(bare.seen)

    found, reached = run(ask)
    assert reached == 1
    assert len({body for _, _, body in found}) == 1


@pytest.mark.parametrize(
    ("path", "headers", "method"),
    [
        (FILE, {}, "GET"),  # cannot read gzip
        (FILE, {**GZIP, "Range": "bytes=10-19"}, "GET"),
        (FILE, GZIP, "HEAD"),
        ("/static/js/nothing.js", GZIP, "GET"),
        ("/static/media/nothing.woff2", GZIP, "GET"),
        ("/explain/_stcore/health", OPENS, "GET"),
        ("/explain", GZIP, "POST"),
        ("/explain", GZIP, "GET"),  # no browser that opens it
    ],
)
def test_everything_else_is_as_streamlit_says_it(
    path: str, headers: dict[str, str], method: str
) -> None:
    async def ask(app: StaticFiles, bare: Counted) -> tuple[Answer, Answer]:
        return await asked(app, path, headers, method), await asked(bare, path, headers, method)

    one, other = run(ask)
    assert one == other


def test_a_browser_that_has_the_file_is_told_so() -> None:
    async def ask(app: StaticFiles, bare: Counted) -> Answer:
        _, headers, _ = await asked(app, FILE, GZIP)
        return await asked(app, FILE, {**GZIP, "If-None-Match": headers["etag"]})

    status, _, body = run(ask)
    assert (status, body) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/explain"])
@pytest.mark.parametrize("headers", [OPENS, {"Accept": OPENS["Accept"]}], ids=["gzip", "plain"])
def test_a_page_knows_its_server_before_it_asks(path: str, headers: dict[str, str]) -> None:
    status, found, body = run(lambda app, _: asked(app, path, headers))
    body = gzip.decompress(body) if "Accept-Encoding" in headers else body
    assert (status, found["cache-control"]) == (200, "no-cache")
    assert b"<head><script>window.__streamlit=" in body
    assert b"<script" in body.partition(b"</script>")[2]  # and Streamlit's own follow
    assert b'as="font"' not in body
    assert STYLE in body.rpartition(b"</body>")[0]
    assert "etag" not in found  # or a browser would keep an older address


def test_websockets_reach_streamlit() -> None:
    async def ask(app: StaticFiles, bare: Counted) -> list[str]:
        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            del message

        scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [], "query_string": b""}
        await app({**scope, "root_path": ""}, receive, send)
        return bare.seen

    assert run(ask) == ["websocket"]
