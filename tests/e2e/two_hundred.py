"""``python -m tests.e2e.two_hundred``: two hundred explanations, and memory stays flat.

Each is a link that another visitor opens: another test image, class, stage and view, so that no
cache has it. All caches are full after the first hundred; from there on memory may not grow by more
than a few per cent. What lives as long as a visitor is let go once visitors are.
"""

import argparse
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.forty_clicks import complaints
from tests.e2e.servers import IDLE, chromium, running

VIEWS = ("", "&view=features", "&view=compare", "", "&view=grid", "&view=field")
GROWTH = 0.05  # of memory, from the hundredth to the last
EXPIRED = 150  # seconds until Streamlit has let go of visitors who left


def link(number: int) -> str:
    return (
        f"explain?picture=shapes:{7 * number}&class={number % 10}&stage=stage{1 + number % 3}"
        f"&net=cifar10_{('ln_gelu', 'bn_relu')[number % 2]}{VIEWS[number % len(VIEWS)]}"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=200)
    count = asked.parse_args().count
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running(Path(folder)) as server,
        chromium(playwright) as browser,
    ):
        page = browser.new_context().new_page()
        memory = []
        for number in range(count):
            page.goto(f"{server.url}/{link(number)}")
            page.wait_for_selector(IDLE, timeout=180_000)
            page.wait_for_function(
                "document.querySelectorAll('.js-plotly-plot').length > 2", timeout=60_000
            )
            page.wait_for_selector(IDLE, timeout=180_000)
            assert not complaints(page), (link(number), complaints(page))
            memory.append(server.memory())
            if number % 20 == 19:
                print(number + 1, f"{memory[-1] / 1e6:.0f} MB", flush=True)
        page.context.close()
        time.sleep(EXPIRED)
        print("after they left", f"{server.memory() / 1e6:.0f} MB")
        print("peak", f"{server.peak() / 1e6:.0f} MB")
        half = max(memory[count // 2 - 10 : count // 2])
        growth = max(memory[-10:]) / half - 1
        print(f"growth from {count // 2} to {count}: {growth:+.1%}")
        assert growth < GROWTH


if __name__ == "__main__":
    main()
