"""A data set that takes no time, networks with everything that is random, a server that fails."""

import dataclasses
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import torch
from torch import nn

from convnext_viz.nets import build
from convnext_viz.specs import NetSpec
from convnext_viz.train import Dataset, Lab, shapes
from tests.train.forked import Forks

TINY = NetSpec(
    name="tiny",
    depths=(1, 2),
    dims=(8, 16),
    num_classes=10,
    patch_size=4,
    drop_path_rate=0.4,
    layer_scale=None,
)


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return shapes(train=90, test=40, image_size=16)


@pytest.fixture
def tiny() -> Callable[..., nn.Module]:
    """Builds a ConvNeXt of three blocks for 16-pixel pictures, always with the same weights."""

    def make(**changes: object) -> nn.Module:
        return build(dataclasses.replace(TINY, **changes), seed=0)

    return make


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


class Server:
    """A real HTTP server on loopback that can cut its answers short."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, list[int], bool]] = {}
        self.ranges_asked: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("Range")
                outer.ranges_asked.append(asked)
                if self.path not in outer.files:
                    self.send_error(404)
                    return
                content, cuts, ranges = outer.files[self.path]
                start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
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


@pytest.fixture(scope="module")
def forks():
    made = Forks()
    yield made
    made.close()


@pytest.fixture
def lab(tmp_path, monkeypatch, forks):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    yield Lab(tmp_path, workplace=forks)
    forks.end()
