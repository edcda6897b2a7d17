"""Static files on the wire: Streamlit's own, compressed once, kept, and sent to all who ask.

Streamlit sends its files as they are, seven megabytes for a first visit, as it would compress them
anew for every visitor. Nothing else is touched: neither the WebSocket nor uploads, media and the
health check, nor what asks for a part of a file or whether it has changed.
"""

import asyncio
import gzip
import re
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TEXTS = (".js", ".css", ".json", ".svg")  # fonts and pictures are compressed already
LEVEL = 6  # 9 takes a third longer, for a third of a per cent
CONDITIONS = ("range", "if-none-match", "if-modified-since")

# Streamlit's page does not know how deep its address is, and looks for the server below a page
# (/explain/_stcore/health) before it looks beside it: two requests that fail at each visit by a
# link. The server is where the page's files are, which it names relative to itself.
ADDRESS = (
    b"<head><script>window.__streamlit="
    b"{BACKEND_BASE_URL:new URL('.',window.location.href).href}</script>"
)

# The look of the pages. As a part of what a script draws it would arrive with the first words, and
# all that is drawn would move; last in the page, as it has to outweigh Streamlit's own.
STYLE = b"\n".join(
    file.read_bytes() for file in sorted((Path(__file__).parents[1] / "style").glob("*.css"))
)

# Streamlit's own font, which its page fetches unasked: ours are the system's.
FONT = re.compile(rb'<link\s+rel="preload"[^>]*\sas="font"[^>]*>')


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def says(self, name: str) -> str:
        """A header; empty where it is missing."""
        return Headers(raw=self.headers).get(name, "")

    async def give(self, send: Send) -> None:
        """Sends it."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


class StaticFiles:
    """Middleware: a file is compressed when it is asked for first, for all who follow."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[str, _Answer] = {}  # by path; of files that there are
        self._compressing = asyncio.Lock()  # thirty who ask at once wait for one of them

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_page(scope):
            await (await self._page(scope)).give(send)
        elif _is_text(scope):
            await (await self._file(scope)).give(send)
        else:
            await self._app(scope, receive, send)

    async def _file(self, scope: Scope) -> _Answer:
        path = scope["path"]
        if path in self._kept:
            return self._kept[path]
        async with self._compressing:
            if path not in self._kept:
                answer = await _whole(self._app, scope)
                if "immutable" not in answer.says("cache-control"):
                    return answer  # there is no such file
                self._kept[path] = await asyncio.to_thread(_compressed, answer)
        return self._kept[path]

    async def _page(self, scope: Scope) -> _Answer:
        accepts = Headers(scope=scope).get("accept-encoding", "")
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        answer = await _whole(self._app, {**scope, "headers": plain})
        if answer.status != 200 or not answer.says("content-type").startswith("text/html"):
            return answer
        headers = MutableHeaders(raw=list(answer.headers))
        del headers["etag"], headers["last-modified"]  # of the page as it comes with Streamlit
        body = FONT.sub(b"", answer.body.replace(b"<head>", ADDRESS, 1))
        body = body.replace(b"</body>", b"<style>%b</style></body>" % STYLE, 1)
        headers["content-length"] = str(len(body))
        answer = replace(answer, headers=headers.raw, body=body)
        return _compressed(answer) if "gzip" in accepts else answer


def is_page(scope: Scope) -> bool:
    """Whether a browser opens a page: all of them are one and the same to the server."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    others = any(part in scope["path"] for part in ("/_stcore/", "/media/", "/component/"))
    return not others and "text/html" in Headers(scope=scope).get("accept", "")


def _is_text(scope: Scope) -> bool:
    """Whether a browser asks for a file that becomes smaller, and for the whole of it."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    return (
        "/static/" in scope["path"]
        and scope["path"].endswith(TEXTS)
        and "gzip" in headers.get("accept-encoding", "")
        and not any(name in headers for name in CONDITIONS)
    )


async def _whole(app: ASGIApp, scope: Scope) -> _Answer:
    """All that the server answers, also where who asked has gone away."""
    start: list[Message] = []
    body = bytearray()

    async def receive() -> Message:
        await asyncio.Event().wait()  # which nobody sets
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, send)
    return _Answer(start[0]["status"], list(start[0]["headers"]), bytes(body))


def _compressed(answer: _Answer) -> _Answer:
    body = gzip.compress(answer.body, LEVEL, mtime=0)
    headers = MutableHeaders(raw=list(answer.headers))
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(body))
    headers["vary"] = "Accept-Encoding"
    if "etag" in headers:
        headers["etag"] = f"W/{headers['etag']}"  # other bytes of the same file
    del headers["accept-ranges"]
    return replace(answer, headers=headers.raw, body=body)
