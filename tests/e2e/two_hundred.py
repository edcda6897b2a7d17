"""``python -m tests.e2e.two_hundred``: two hundred explanations, and memory stays flat.

Each is asked by a visitor of its own of a running server, through Streamlit's interface for
programs: another test image, class, stage and view, so that no cache has it. All caches are full
after the first quarter; from there on memory may not grow by more than a few per cent.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.e2e.servers import FOR_PROGRAMS, asked, running

VIEWS = ("look", "features", "compare", "look", "grid", "field")
GROWTH = 0.1  # of the median: what a cache or two still take up
STAYS = 20  # seconds that a visitor is remembered
OPTIONS = (*FOR_PROGRAMS, f"--server.agentSessionTTL={STAYS}")


def link(number: int) -> dict[str, list[str]]:
    return {
        "picture": [f"shapes:{7 * number}"],
        "class": [str(number % 10)],
        "stage": [f"stage{1 + number % 2}"],
        "net": [f"cifar10_{('ln_gelu', 'bn_relu')[number % 2]}"],
        "view": [VIEWS[number % len(VIEWS)]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), *OPTIONS) as server:
        memory, began = [], time.monotonic()
        for number in range(count):
            page = asked(server, page="explain", query_params=link(number))
            told = json.dumps(page)
            assert page["status"] == "ready", (link(number), page["status"])
            assert "unexpected error" not in told and '"plotly_chart"' in told, link(number)
            memory.append(server.memory())
            if number % 20 == 19:
                seconds = time.monotonic() - began
                print(number + 1, f"{memory[-1] / 1e6:.0f} MB, {seconds:.0f} s", flush=True)
        time.sleep(2 * STAYS)
        asked(server)  # who comes now ends the visits of those who left
        print(f"after they left {server.memory() / 1e6:.0f} MB, peak {server.peak() / 1e6:.0f} MB")
        quarter = count // 4
        growth = median(memory[-quarter:]) / median(memory[quarter : 2 * quarter]) - 1
        print(f"growth from the second quarter to the last: {growth:+.1%}")
        assert growth < GROWTH


if __name__ == "__main__":
    main()
