"""``python -m tests.e2e.thirty_visitors``: a class opens the same page in the same second.

Each pupil is a visitor of its own of a running server; on Explain each has another picture, class,
stage and view too, so that little can be shared. Every page must come whole; how long the last one
waits is told beside what a single visitor waits.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from convnext_viz.ui.shell import PAGES
from tests.e2e.pupils import visits
from tests.e2e.servers import running
from tests.e2e.two_hundred import link


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pupils", type=int, default=30)
    parser.add_argument("pages", nargs="*", default=list(PAGES))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        server.rest()
        for page in asked.pages:
            wanted = ("" if page == "home" else page, {})
            visits(server, wanted)
            server.rest(2)
            (alone,) = visits(server, wanted)
            busy = -server.processor()
            found = visits(server, *[wanted] * asked.pupils)
            busy += server.processor()
            print(
                f"{page:14} alone {alone:.2f} s, {asked.pupils} at once: first {found[0]:.2f}, "
                f"median {median(found):.2f}, last {found[-1]:.2f} s; "
                f"{busy / asked.pupils:.3f} s of processor",
                flush=True,
            )
        found = visits(server, *(("explain", link(number)) for number in range(asked.pupils)))
        print(f"explain, all different: median {median(found):.2f}, last {found[-1]:.2f} s")


if __name__ == "__main__":
    main()
