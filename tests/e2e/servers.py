"""For what is run on demand: the app as a process of its own, and Chromium."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Playwright

from tests.e2e.conftest import ARGUMENTS, ROOT, START, chromium_or_fail, free_port, stop
from tests.e2e.conftest import IDLE as IDLE

FOR_PROGRAMS = ("--server.enableAgentApi=true", "--server.agentMaxSessions=1000")


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[bytes]

    def memory(self) -> int:
        """Bytes of it that are in memory."""
        return self._told("VmRSS")

    def peak(self) -> int:
        """The most that it ever had there."""
        return self._told("VmHWM")

    def processor(self) -> float:
        """Seconds that it has computed."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rest(self, seconds: float = 4.0) -> None:
        """Waits until it has had next to nothing to do for so long: it is warm."""
        quiet = 0
        while quiet < seconds:
            before = self.processor()
            time.sleep(1)
            quiet = quiet + 1 if self.processor() - before < 0.1 else 0

    def _told(self, name: str) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith(f"{name}:"))
        return 1024 * int(line.split()[1])


@contextmanager
def running(home: Path, *options: str) -> Iterator[Server]:
    """The app with its data in ``home`` and further ``options``; ended with all its children."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    command += ["--server.address=127.0.0.1", "--server.headless=true", *options]
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "CONVNEXT_VIZ_HOME": str(home)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + START
        while not _answers(f"{url}/_stcore/health"):
            assert time.monotonic() < end and process.poll() is None, "the app did not start"
            time.sleep(0.2)
        yield Server(url, process)
    finally:
        stop(process)


def asked(server: Server, **body: object) -> dict[str, Any]:
    """A page as a tree, once it has run, for a visitor of its own; needs FOR_PROGRAMS."""
    while True:
        data = json.dumps(body).encode()
        kind = {"Content-Type": "application/json"}
        request = Request(f"{server.url}/_stcore/agent/interact", data, kind)
        with urlopen(request, timeout=120) as answer:
            found: dict[str, Any] = json.load(answer)
            if answer.status != 202:
                return found
        body = {"session_id": found["session_id"]}  # it still runs


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The tests' browser."""
    browser = playwright.chromium.launch(executable_path=chromium_or_fail(), args=ARGUMENTS)
    yield browser
    browser.close()


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
