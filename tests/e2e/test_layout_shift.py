"""Nothing moves while a page is drawn: its cumulative layout shift, as browsers define it."""

from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import Page

Visit = Callable[..., Page]

PAGES = (
    *("", "roadmap", "architecture", "block", "recipe", "explain", "compare", "train"),
    *("yours", "repvgg", "vit", "swin"),
)
MOST = 0.1  # a shift that is called good (web.dev/articles/cls)
SHIFTS = """() => new Promise(done => new PerformanceObserver(list => done(
    list.getEntries().filter(one => !one.hadRecentInput).map(one => [one.startTime, one.value])
)).observe({type: "layout-shift", buffered: true}) || setTimeout(done, 1000, []))"""


def cumulative(shifts: Iterable[tuple[float, float]]) -> float:
    """The largest sum within a window of at most five seconds that no second of rest divides."""
    largest = total = 0.0
    first = last = float("-inf")
    for when, value in shifts:
        if when - last > 1000 or when - first > 5000:
            first, total = when, 0.0
        last, total = when, total + value
        largest = max(largest, total)
    return largest


def test_the_definition() -> None:
    assert cumulative([]) == 0
    assert cumulative([(0, 0.1), (900, 0.2), (2000, 0.25)]) == pytest.approx(0.3)
    assert cumulative([(900 * i, 0.1) for i in range(9)]) == pytest.approx(
        0.6
    )  # five seconds of it


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_moves_while_a_page_is_drawn(
    visit: Visit, settled: Callable[[Page], None], path: str, size: tuple[int, int]
) -> None:
    page = visit(path, width=size[0], height=size[1])
    settled(page)
    assert cumulative(page.evaluate(SHIFTS)) <= MOST
