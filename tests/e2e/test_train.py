"""A lesson in a real browser: two arms start, are held, go on, are found again, and are ended."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Visit = Callable[..., Page]
Settled = Callable[[Page], None]
SLOW = 120_000  # milliseconds: a worker may have to import torch first
LINES = ".st-key-train_curve_loss .js-plotly-plot .scatterlayer .trace"


def test_two_arms_are_started_watched_held_and_found_again(visit: Visit, settled: Settled) -> None:
    page = visit("train")
    start = page.get_by_role("button", name="Start")
    expect(start).to_be_disabled()
    page.get_by_role("button", name="ReLU", exact=True).click()  # BN and LN stay
    page.get_by_text("Overnight").click()  # no machine is through before the test has looked
    settled(page)
    page.get_by_text("No clear difference").click()
    settled(page)
    start.click()
    page.wait_for_function("() => /run=/.test(location.href)", timeout=SLOW)
    curves = page.locator(LINES)
    expect(curves).to_have_count(2, timeout=SLOW)

    page.get_by_role("button", name="Pause").click()
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_enabled(timeout=SLOW)
    page.wait_for_timeout(2500)  # what was under way is written down, and drawn
    held = step(page)
    page.get_by_role("button", name="Train one batch").click()
    expect(page.get_by_text(f"step {held + 1:,} of")).to_be_visible(timeout=SLOW)
    resume.click()
    expect(page.get_by_role("button", name="Pause")).to_be_enabled(timeout=SLOW)

    page.reload()  # the link alone says which run it is
    expect(curves).to_have_count(2, timeout=SLOW)
    page.get_by_text("What this does not show").click()
    second = visit(page.url.split("/", 3)[3])  # another visitor
    expect(second.locator(LINES)).to_have_count(2, timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440

    second.get_by_role("button", name="Stop").click()
    expect(second.get_by_text("Stopped", exact=True)).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible(timeout=SLOW)
    assert step(page) > held
    # The page was drawn anew as the run ended: what was open stays open.
    expect(page.locator(".st-key-train_limits details[open]")).to_be_visible()


def step(page: Page) -> int:
    words = page.get_by_text(" of ").filter(has_text="step").first.inner_text()
    return int(words.split(" of ")[0].removeprefix("step ").replace(",", ""))
