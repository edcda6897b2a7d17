"""``python -m tests.e2e.thirty_visitors``: a class opens the same page in the same second.

Each pupil is a visitor of its own of a running server, through Streamlit's interface for programs;
on Explain each has another picture, class, stage and view, so that little can be shared. Every page
must come whole; how long it takes is told beside what a single visitor waits.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from tests.e2e.servers import FOR_PROGRAMS, Server, asked, running
from tests.e2e.two_hundred import link

PAGES: dict[str, dict[str, Any]] = {
    "home": {},
    **{
        page: {"page": page}
        for page in ("architecture", "block", "explain", "train", "repvgg", "vit", "swin")
    },
}


def seconds(server: Server, wanted: dict[str, Any]) -> float:
    """How long one visitor waits for a whole page."""
    began = time.perf_counter()
    page = asked(server, **wanted)
    assert page["status"] == "ready", wanted
    assert "unexpected error" not in json.dumps(page), wanted
    return time.perf_counter() - began


def together(server: Server, wanted: Iterable[dict[str, Any]]) -> list[float]:
    """All at once."""
    wanted = list(wanted)
    with ThreadPoolExecutor(len(wanted)) as pupils:
        return sorted(pupils.map(lambda one: seconds(server, one), wanted))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pupils", type=int, default=30)
    pupils = parser.parse_args().pupils
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), *FOR_PROGRAMS) as server:
        server.rest()
        for page, wanted in PAGES.items():
            seconds(server, wanted)
            alone = seconds(server, wanted)
            busy = -server.processor()
            found = together(server, [wanted] * pupils)
            busy += server.processor()
            print(
                f"{page:14} alone {alone:.2f} s, {pupils} at once: first {found[0]:.2f}, median "
                f"{median(found):.2f}, last {found[-1]:.2f} s; {busy / pupils:.3f} s of processor",
                flush=True,
            )
        links = [{"page": "explain", "query_params": link(number)} for number in range(pupils)]
        found = together(server, links)
        print(f"explain, all different: median {median(found):.2f}, last {found[-1]:.2f} s")


if __name__ == "__main__":
    main()
