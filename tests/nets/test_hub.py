"""Downloads from a hub on loopback: good ones, and every way in which they go wrong."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from convnext_viz.nets.checkpoints.hub import fetch, forget
from convnext_viz.nets.weights import WeightsError
from convnext_viz.text import use_language
from tests.hub_server import Hub, serving

REPO = "timm/net"
FILES = ("model.safetensors", "pytorch_model.bin")
DATA = os.urandom(300_000)
LARGE = os.urandom(24_000_000)  # the hub library counts in steps of 10 MiB
SOON = 15.0  # seconds: generous for a busy machine, far below the hub library's own minutes


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub(files={f"{REPO}/{FILES[0]}": DATA})) as running:
        yield running


def left(cache: Path) -> list[str]:
    """Contents, names and unfinished parts in the cache: what a failure must not leave behind."""
    files = (file for file in cache.rglob("*") if file.is_file() or file.is_symlink())
    return [str(f) for f in files if not {".locks", "CACHEDIR.TAG"} & set(f.parts)]


def refused(hub: Hub, cache: Path, words: str) -> None:
    began = time.monotonic()
    with pytest.raises(WeightsError, match=words):
        fetch(REPO, *FILES, endpoint=hub.url, cache_dir=cache)
    assert time.monotonic() - began < SOON
    assert left(cache) == []


def test_a_file_comes_with_progress_and_then_from_the_cache(hub: Hub, tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []
    hub.files = {f"{REPO}/{FILES[0]}": LARGE}
    hub.slow = 0.15
    path = fetch(
        REPO,
        *FILES,
        progress=lambda done, total: reported.append((done, total)),
        endpoint=hub.url,
        cache_dir=tmp_path,
    )
    assert path.read_bytes() == LARGE and path.name == FILES[0]
    assert reported[-1] == (len(LARGE), len(LARGE)) and reported[0][0] < len(LARGE)
    assert reported == sorted(reported)
    assert {total for _, total in reported} == {len(LARGE)}
    requests = len(hub.requests)
    assert fetch(REPO, *FILES, endpoint=hub.url, cache_dir=tmp_path) == path
    assert len(hub.requests) == requests


def test_the_cache_is_the_hub_librarys_own(hub: Hub, tmp_path: Path) -> None:
    from huggingface_hub import hf_hub_download

    path = fetch(REPO, *FILES, endpoint=hub.url, cache_dir=tmp_path)
    again = hf_hub_download(REPO, FILES[0], endpoint=hub.url, cache_dir=tmp_path)
    assert Path(again) == path


def test_the_second_name_is_taken_where_the_first_is_missing(hub: Hub, tmp_path: Path) -> None:
    hub.files = {f"{REPO}/{FILES[1]}": DATA}
    assert fetch(REPO, *FILES, endpoint=hub.url, cache_dir=tmp_path).name == FILES[1]


def test_a_cut_download_is_resumed(hub: Hub, tmp_path: Path) -> None:
    hub.files = {f"{REPO}/{FILES[0]}": LARGE}
    hub.cuts = 1
    path = fetch(REPO, *FILES, endpoint=hub.url, cache_dir=tmp_path)
    assert path.read_bytes() == LARGE
    assert any(requested.startswith("bytes=") for _, _, requested in hub.requests)


def test_a_server_that_always_cuts_and_never_resumes_is_given_up(hub: Hub, tmp_path: Path) -> None:
    hub.cuts, hub.resumes = 10**9, False
    refused(hub, tmp_path, "interrupted")
    hub.files = {f"{REPO}/{FILES[0]}": LARGE}  # each time something new comes, and is lost again
    refused(hub, tmp_path, "interrupted")


def test_a_file_shorter_than_announced_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.claimed_size = len(DATA) + 1000
    refused(hub, tmp_path, "interrupted")


def test_a_wrong_checksum_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.etag = "0" * 64
    refused(hub, tmp_path, "checksum")


def test_after_a_failure_the_next_try_works(hub: Hub, tmp_path: Path) -> None:
    hub.etag = "0" * 64
    refused(hub, tmp_path, "checksum")
    hub.etag = None
    assert fetch(REPO, *FILES, endpoint=hub.url, cache_dir=tmp_path).read_bytes() == DATA


@pytest.mark.parametrize("status", [500, 503, 429, 403])
def test_an_error_of_the_server_is_reported(hub: Hub, tmp_path: Path, status: int) -> None:
    hub.status = status
    refused(hub, tmp_path, f"error {status}")


def test_an_unknown_repository_is_an_error(hub: Hub, tmp_path: Path) -> None:
    hub.files = {}
    refused(hub, tmp_path, "no file")


def test_a_repository_without_the_file_is_an_error(hub: Hub, tmp_path: Path) -> None:
    hub.files = {f"{REPO}/README.md": b"#"}
    refused(hub, tmp_path, r"no file model\.safetensors, pytorch_model\.bin")


def test_a_captive_portal_is_no_hub(hub: Hub, tmp_path: Path) -> None:
    hub.commit = ""
    refused(hub, tmp_path, "cannot be reached")


def test_a_file_larger_than_the_disk_is_not_begun(hub: Hub, tmp_path: Path) -> None:
    hub.claimed_size = 10**18
    refused(hub, tmp_path, "not enough disk space")
    assert [method for method, _, _ in hub.requests] == ["HEAD"]


def test_a_cache_that_cannot_be_written_is_an_error(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(WeightsError, match="is not writable"):
        fetch(REPO, *FILES, endpoint=hub.url, cache_dir=tmp_path / "file")


def test_no_network_is_an_error_at_once_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as closed:  # a port where nobody listens
        closed.bind(("127.0.0.1", 0))
        nobody = Hub(url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        refused(nobody, tmp_path, r"cannot be reached.*hf download timm/net model\.safetensors")
    refused(Hub(url="http://no-such-host.invalid"), tmp_path, "cannot be reached")


def test_a_server_that_says_nothing_is_not_waited_for(hub: Hub, tmp_path: Path) -> None:
    hub.pause = 20
    refused(hub, tmp_path, "cannot be reached")


def test_an_error_speaks_the_callers_language(hub: Hub, tmp_path: Path) -> None:
    hub.cuts, hub.resumes = 10**9, False
    with use_language("zh"):
        refused(hub, tmp_path, "下载中断")


class Stop(Exception):
    pass


def test_what_progress_raises_ends_the_download(hub: Hub, tmp_path: Path) -> None:
    hub.files = {f"{REPO}/{FILES[0]}": LARGE}
    hub.slow = 0.5

    def stop(done: int, total: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        fetch(REPO, *FILES, progress=stop, endpoint=hub.url, cache_dir=tmp_path)
    assert left(tmp_path) == []


def test_progress_is_reported_in_the_callers_thread(hub: Hub, tmp_path: Path) -> None:
    threads = set()
    fetch(
        REPO,
        *FILES,
        progress=lambda done, total: threads.add(threading.get_ident()),
        endpoint=hub.url,
        cache_dir=tmp_path,
    )
    assert threads == {threading.get_ident()}


def test_two_who_want_the_same_file_share_one_download(hub: Hub, tmp_path: Path) -> None:
    hub.slow = 0.1
    paths: list[Path] = []
    visitors = [
        threading.Thread(
            target=lambda: paths.append(fetch(REPO, *FILES, endpoint=hub.url, cache_dir=tmp_path))
        )
        for _ in range(3)
    ]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(paths) == 3 and len(set(paths)) == 1
    assert [method for method, _, _ in hub.requests].count("GET") == 1


def test_a_forgotten_file_leaves_nothing(hub: Hub, tmp_path: Path) -> None:
    forget(fetch(REPO, *FILES, endpoint=hub.url, cache_dir=tmp_path))
    assert left(tmp_path) == []
