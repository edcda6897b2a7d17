"""``python -m tests.e2e.forty_clicks``: forty random clicks on the Explain page without waiting.

Whatever is hit (views, pictures, networks, stages, lists, toggles, sliders) while the script still
runs, the page must end sound: drawn, without an error of ours or of Streamlit's, and its link must
open the same page for another visitor. The seed is said, so that a failure can be looked at again.
"""

import argparse
import os
import random
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.e2e.servers import IDLE, chromium, running

CLICKABLE = (
    "[data-testid=stMain] [data-testid=stButtonGroup] button",
    "[data-testid=stMain] [data-testid=stButton] button",
    "[data-testid=stMain] [data-testid=stCheckbox] label",
    "[data-testid=stMain] [data-testid=stSelectbox] input",
    "[data-testid=stMain] [data-testid=stSlider] [role=slider]",
    "[data-testid=stMain] .js-plotly-plot .nsewdrag",
    "[data-testid=stMain] [data-testid=stPagination] button",
)
STARTS = ("", "?view=compare", "?view=features", "?picture=shapes:3", "?view=grid", "?view=field")
SAME = ("view", "picture", "net", "class", "stage")  # what a link must bring back


def click(page: Page, rng: random.Random) -> str:
    """One of the things that can be clicked, whether or not the page is ready for it."""
    kinds = [page.locator(kind) for kind in CLICKABLE]
    there = [(kind, count) for kind in kinds if (count := kind.count())]
    if not there:
        return "(nothing)"
    kind, count = rng.choice(there)
    one, told = kind.nth(rng.randrange(count)), ""
    try:
        told = (one.get_attribute("aria-label", timeout=300) or one.inner_text(timeout=300))[:40]
        one.click(timeout=700, force=True)
        if one.get_attribute("role", timeout=300) in ("combobox", "slider"):
            for _ in range(rng.randrange(1, 6)):
                page.keyboard.press(rng.choice(("ArrowDown", "ArrowUp", "ArrowRight")))
            page.keyboard.press("Enter")
    except Error:  # it went away meanwhile, as it may
        told += " (gone)"
    return told.strip().replace("\n", " ")


def settled(page: Page) -> None:
    """When nothing has run for two seconds."""
    for _ in range(4):
        page.wait_for_selector(IDLE, timeout=180_000)
        page.wait_for_timeout(500)


def complaints(page: Page) -> list[str]:
    """What a visitor may never see."""
    found = page.locator("[data-testid=stException]").all_inner_texts()
    alerts = page.locator("[data-testid=stAlert]").all_inner_texts()
    return found + [words for words in alerts if "unexpected error" in words]


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def visit(browser: Browser, url: str, errors: list[str]) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    settled(page)
    return page


def hurried(browser: Browser, url: str, rng: random.Random, clicks: int) -> None:
    """One visitor who does not wait, and one who opens the link."""
    errors: list[str] = []
    page = visit(browser, url, errors)
    for _ in range(clicks):
        print(click(page, rng), end=" · ", flush=True)
        page.wait_for_timeout(rng.choice((0, 30, 120, 400)))
    print(flush=True)
    page.keyboard.press("Escape")
    settled(page)
    assert not complaints(page), complaints(page)
    again = visit(browser, page.url, errors)
    assert not complaints(again), complaints(again)
    here, there = query(page), query(again)
    assert [here.get(n) for n in SAME] == [there.get(n) for n in SAME], (here, there)
    assert not errors, errors
    page.context.close()
    again.context.close()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--clicks", type=int, default=40)
    asked.add_argument("--rounds", type=int, default=len(STARTS))
    asked.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "little"))
    chosen = asked.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running(Path(folder)) as server,
        chromium(playwright) as browser,
    ):
        for number in range(chosen.rounds):
            seed = chosen.seed + number
            start = STARTS[seed % len(STARTS)]
            print("seed", seed, start or "explain", flush=True)
            hurried(browser, f"{server.url}/explain{start}", random.Random(seed), chosen.clicks)
    print("sound:", chosen.rounds, "times", chosen.clicks, "clicks")


if __name__ == "__main__":
    main()
