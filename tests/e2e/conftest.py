"""The running app and a real browser: what is missing here fails, it is never skipped."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import (
    BrowserContext,
    Error,
    Page,
    Playwright,
    Request,
    Response,
    TimeoutError,
    expect,
    sync_playwright,
)

from tests.e2e.tabs import Listener, Tabs

ROOT = Path(__file__).parents[2]
START = 60  # seconds until the server must answer
READY = 60_000  # milliseconds until a page must be drawn: the first one may import torch
IDLE = "[data-testid=stApp][data-test-script-state=notRunning] [data-testid=stMainBlockContainer]"
RUNNING = "[data-testid=stApp][data-test-script-state=running]"
ROUND_TRIP = 700  # milliseconds within which a click has started a run, on a busy machine too

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no other machine
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),  # a camera
]

Visit = Callable[..., Page]
expect.set_options(timeout=30_000)  # five seconds are too few on a busy machine


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real app, started like `make app`, stopped with all its children."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    home = tmp_path_factory.mktemp("home")  # the tests' runs are not the user's
    port = free_port()
    options = {"port": port, "address": "127.0.0.1", "headless": "true"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += [f"--server.{name}={value}" for name, value in options.items()]
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "CONVNEXT_VIZ_HOME": str(home)},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)
        if (home / "lab.sqlite").exists():  # workers outlive their server on purpose
            from convnext_viz.lab import Lab

            Lab(home).close()


def chromium_or_fail() -> str:
    """The path of the browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("These tests need a browser: install chromium (apt-get install chromium).")
    fonts = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=True)
    if not fonts.stdout:
        pytest.fail("These tests need a Chinese font: apt-get install fonts-noto-cjk.")
    return chromium


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    """Playwright, of which a process can have only one."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def context(
    driver: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """One profile for all visits: Streamlit's and Plotly's megabytes of JavaScript are fetched and
    compiled once. (Nor may a visit's requests be routed: that turns the browser's cache off.)"""
    opened = driver.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        executable_path=chromium_or_fail(),
        args=ARGUMENTS,
        accept_downloads=True,
        reduced_motion="reduce",
    )
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def tabs(context: BrowserContext) -> Tabs:
    """The tabs that visits share, one after the other."""
    return Tabs(context)


@pytest.fixture
def visit(server: str, context: BrowserContext, tabs: Tabs) -> Iterator[Visit]:
    """Opens a page as a new visitor: ``visit("explain", lang="zh", scheme="dark", width=390)``.

    It returns when the script has run. A script error in the browser, a request that fails, or one
    to any other machine fails the test at its end.
    """
    pages: list[Page] = []
    strangers: list[str] = []
    failed: list[str] = []
    errors: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith((server, "data:", "blob:")):
            strangers.append(request.url)

    def answered(response: Response) -> None:
        if response.status >= 400:
            failed.append(f"{response.status} {response.url}")

    def failed_script(error: Error) -> None:
        errors.append(str(error))

    listeners: list[Listener] = [
        ("request", asked),
        ("response", answered),
        ("pageerror", failed_script),
    ]

    def open_page(
        path: str = "",
        *,
        lang: str = "en",
        scheme: Literal["light", "dark"] = "light",
        width: int = 1440,
        height: int = 900,
    ) -> Page:
        page = tabs.take()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        for event, listener in listeners:
            page.on(event, listener)  # type: ignore[call-overload]
        query = "" if lang == "en" else f"{'&' if '?' in path else '?'}lang={lang}"
        page.goto(f"{server}/{path}{query}")
        page.wait_for_selector("h1", timeout=READY)  # the script runs: before it, all is idle too
        settle(page, ROUND_TRIP // 4)
        return page

    yield open_page
    for page in pages:
        tabs.give_back(page, listeners)
    context.clear_cookies()
    assert not errors, "\n".join(errors)
    assert not strangers, "\n".join(strangers)
    assert not failed, "\n".join(failed)


@pytest.fixture
def settled() -> Callable[[Page], None]:
    """Waits until the script that a click started has run."""
    return settle


def settle(page: Page, within: int = ROUND_TRIP) -> None:
    page.wait_for_selector(IDLE, timeout=READY)
    with suppress(TimeoutError):
        page.wait_for_selector(RUNNING, timeout=within)
    page.wait_for_selector(IDLE, timeout=READY)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"The app ended before it answered:\n{log.read_text()}")
        try:
            with urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"The app did not answer within {START} seconds:\n{log.read_text()}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server and whatever it started; its session is its own process group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
