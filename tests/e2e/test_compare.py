"""The Compare page in a real browser: a click on a point chooses its network, Back undoes it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

Visit = Callable[..., Page]
Settled = Callable[[Page], None]

POINT = """name => {
    const drawn = document.querySelector(".st-key-compare_front .js-plotly-plot")
    const {xaxis, yaxis} = drawn._fullLayout, {x, y} = drawn.getBoundingClientRect()
    const trace = drawn._fullData.find(one => one.customdata?.includes(name))
    const number = trace.customdata.indexOf(name)
    return [
        x + xaxis._offset + xaxis.d2p(trace.x[number]),
        y + yaxis._offset + yaxis.d2p(trace.y[number]),
    ]
}"""
COVERED = """() => {
    const seen = [...document.querySelectorAll(".st-key-compare_front .annotation-text")]
        .filter(one => one.checkVisibility())
        .map(one => [one.textContent, one.getBoundingClientRect()])
    return seen.flatMap(([a, p], i) => seen.slice(i + 1).filter(([b, q]) =>
        p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 2 && q.top < p.bottom - 2
    ).map(([b]) => `${a} and ${b}`))
}"""
CHIPS = ".st-key-compare_nets [data-tag]"


def drawn(visit: Visit, path: str, **more: Any) -> Page:
    page = visit(path, **more)
    page.locator(".st-key-compare_front .scatterlayer .point").first.wait_for(timeout=60_000)
    return page


def test_a_click_on_a_point_chooses_it_and_back_undoes_it(visit: Visit, settled: Settled) -> None:
    page = drawn(visit, "compare?nets=convnext_tiny,resnet50")
    page.locator(".st-key-compare_front").scroll_into_view_if_needed()
    settled(page)
    page.mouse.click(*page.evaluate(POINT, "resnet18"))
    expect(page.locator(CHIPS)).to_have_count(3)
    settled(page)
    assert "resnet18" in page.url
    page.go_back()
    expect(page.locator(CHIPS)).to_have_count(2)


def test_no_label_covers_another_at_any_width(visit: Visit, settled: Settled) -> None:
    for path, width in (("compare", 1440), ("compare?x=params", 1440), ("compare?data=22k", 390)):
        page = drawn(visit, path, width=width)
        settled(page)
        assert page.evaluate(COVERED) == []
