"""No time to train: a recorded run is guessed, played, held, scrubbed, and compared, by hand."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Visit = Callable[..., Page]
Settled = Callable[[Page], None]
SLOW = 60_000  # milliseconds
LINES = ".st-key-train_curve_loss .js-plotly-plot .scatterlayer .trace"


def test_a_recorded_run_is_played_held_and_moved(visit: Visit, settled: Settled) -> None:
    page = visit("train")
    page.get_by_role("button", name="Small: Norm × Activation").click()
    page.wait_for_function("() => /run=recorded-norm-act/.test(location.href)", timeout=SLOW)
    play = page.locator(".st-key-train_replay_play button")
    expect(play).to_be_disabled()
    page.get_by_text("No clear difference").click()
    settled(page)
    page.get_by_text("20 s", exact=True).click()
    settled(page)
    play.click()
    expect(page.locator(LINES).nth(3)).to_be_attached(timeout=SLOW)  # all arms grow
    expect(page.get_by_text("seed 2 of 3")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Pause").click()
    settled(page)
    held = page.get_by_text("seed 2 of 3").inner_text()
    page.wait_for_timeout(2500)  # a clock that ran on would show within two
    assert page.get_by_text("seed 2 of 3").inner_text() == held
    page.get_by_role("slider").last.press("End")
    expect(page.get_by_text("too small to tell").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("The guess before the start was")).to_be_visible(timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_two_runs_of_the_shelf_are_compared(visit: Visit, settled: Settled) -> None:
    page = visit("train?view=shelf")
    page.get_by_role("textbox", name="Search").fill("recorded")
    page.get_by_role("textbox", name="Search").press("Enter")
    settled(page)
    table = page.locator("[data-testid=stDataFrame]").first
    for row in (2, 3):  # under the heading and the families; each is 35 pixels high
        table.click(position={"x": 20, "y": 35 * row + 17})
        settled(page)
    expect(page.get_by_text("Differences only")).to_be_visible(timeout=SLOW)
    lines = page.locator(".st-key-train_compared .js-plotly-plot .scatterlayer .trace")
    expect(lines).to_have_count(7, timeout=SLOW)  # three kernels, four of norms and activations
    table.click(position={"x": 20, "y": 35 * 3 + 17})  # one alone
    settled(page)
    with page.expect_download() as download:
        page.locator("[data-testid=stDownloadButton] button").first.click()
    assert download.value.suggested_filename == "run-recorded-kernel-size.csv"


def test_a_click_on_a_name_opens_the_run_and_back_is_one_press(
    visit: Visit, settled: Settled
) -> None:
    page = visit("train?act=gelu&preset=coffee")
    entries = page.evaluate("history.length")
    page.get_by_role("radio", name="All runs").click()
    settled(page)
    page.locator("[data-testid=stDataFrame]").first.click(position={"x": 300, "y": 35 + 17})
    page.wait_for_function("() => /run=/.test(location.href)", timeout=SLOW)
    settled(page)
    assert page.evaluate("history.length") == entries + 2  # none on opening, one a choice
    page.go_back()
    expect(page.get_by_role("radio", name="All runs")).to_be_checked()
    settled(page)
    page.go_back()
    expect(page.get_by_role("radio", name="New run")).to_be_checked()
    settled(page)
    assert page.url.endswith("/train?act=gelu&preset=coffee")
    expect(page.get_by_role("radio", name="15 minutes")).to_be_checked()
