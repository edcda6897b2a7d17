"""A model hub on loopback: it speaks the real one's protocol, and can be told to misbehave."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server has and how it behaves; change it between requests."""

    files: dict[str, bytes] = field(default_factory=dict)  # "owner/name/file" → contents
    status: int = 200  # an error for every request
    cuts: int = 0  # so many answers end in the middle
    resumes: bool = True  # answers to Range
    claimed_size: int | None = None  # instead of the true one
    etag: str | None = None  # instead of the true SHA-256
    commit: str = COMMIT  # "" leaves the header out, as a captive portal would
    pause: float = 0.0  # seconds before every answer
    slow: float = 0.0  # seconds between two quarters of the body
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, Range
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        hub = self.server.hub
        requested = self.headers.get("Range", "")
        hub.requests.append((self.command, self.path, requested))
        time.sleep(hub.pause)
        name = (
            self.path.lstrip("/").replace("/resolve/main/", "/").replace(f"/resolve/{COMMIT}/", "/")
        )
        if hub.status != 200:
            self._head(hub.status, {})
            return
        if name not in hub.files:
            known = any(file.startswith(name.rpartition("/")[0] + "/") for file in hub.files)
            code = "EntryNotFound" if known else "RepoNotFound"
            self._head(404 if known else 401, {"X-Error-Code": code})
            return
        data = hub.files[name]
        start = (
            int(requested.removeprefix("bytes=").rstrip("-")) if requested and hub.resumes else 0
        )
        size = len(data) if hub.claimed_size is None else hub.claimed_size
        etag = hub.etag or hashlib.sha256(data).hexdigest()
        headers = {"ETag": f'"{etag}"', "X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(size)}
        headers |= {"Content-Length": str(len(data) - start), "Accept-Ranges": "bytes"}
        if hub.commit:
            headers["X-Repo-Commit"] = hub.commit
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._head(206 if start else 200, headers)
        if body:
            self._send(data[start:])

    def _send(self, data: bytes) -> None:
        hub = self.server.hub
        if hub.cuts > 0:
            hub.cuts -= 1
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            self.connection.close()
            return
        quarter = len(data) // 4 + 1
        for begin in range(0, len(data), quarter):
            self.wfile.write(data[begin : begin + quarter])
            self.wfile.flush()
            time.sleep(hub.slow)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is its own."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hub: Hub

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor who hangs up is no defect of the server's."""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub at ``hub.url`` until the end of the ``with`` statement."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.hub = hub
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
