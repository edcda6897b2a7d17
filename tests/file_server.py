"""A server of files that cuts its answers short."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest


class Server:
    """A real HTTP server on loopback that can cut its answers short."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, list[int], bool]] = {}
        self.ranges_requested: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requested = self.headers.get("Range")
                outer.ranges_requested.append(requested)
                if self.path not in outer.files:
                    self.send_error(404)
                    return
                content, cuts, ranges = outer.files[self.path]
                start = int(requested.removeprefix("bytes=").removesuffix("-")) if requested else 0
                if not ranges:
                    start = 0
                if start >= len(content):
                    self.send_error(416)
                    return
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                end = start + cuts.pop(0) if cuts else len(content)
                self.wfile.write(content[start:end])

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def serve(
        self, path: str, content: bytes, *, cuts: list[int] | None = None, ranges: bool = True
    ) -> str:
        """The URL of ``content``; each answer in turn is cut after so many bytes."""
        self.files[path] = (content, cuts or [], ranges)
        return f"http://127.0.0.1:{self.http.server_port}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()
    thread = Thread(target=served.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield served
    served.http.shutdown()
    served.http.server_close()
    thread.join()
