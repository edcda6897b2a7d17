"""Garbage of a server: when it is collected, told by a clock that the test moves."""

import gc
import threading
import time
import tomllib
import weakref
from pathlib import Path

import pytest

from convnext_viz.ui.server import garbage


def collected(monkeypatch: pytest.MonkeyPatch, processor: list[float]) -> list[int]:
    """At which looks, where so much processor time had been used at the start and at each look."""
    look, found = 0, []

    class Ending(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            nonlocal look
            look += 1
            return look == len(processor)

    monkeypatch.setattr(time, "process_time", lambda: processor[look])
    monkeypatch.setattr(gc, "collect", lambda: found.append(look))
    garbage.start(Ending()).join()
    return found


@pytest.mark.parametrize(
    ("processor", "looks"),
    [
        ([0.0] * 5, []),  # nobody is there
        ([0.0, 0.02, 0.04, 0.06, 0.08], [3]),  # timers of open pages add up
        ([0.0, 0.8, 0.8, 0.8, 0.8], [2]),  # a page, then nothing
        ([0.0, 0.8, 1.6, 1.6, 2.4, 2.4], [3, 5]),
        ([5.0 * look for look in range(7)], [3, 6]),  # a class that never rests
    ],
)
def test_it_is_collected_when_a_page_is_through_or_after_much_work(
    monkeypatch: pytest.MonkeyPatch, processor: list[float], looks: list[int]
) -> None:
    assert collected(monkeypatch, processor) == looks


def test_a_circle_goes_once_its_page_is_through(monkeypatch: pytest.MonkeyPatch) -> None:
    class Page:
        itself: object = None

    monkeypatch.setattr(garbage, "STEP", 0.01)
    monkeypatch.setattr(garbage, "MOST", -1.0)
    page = Page()
    page.itself, known = page, weakref.ref(page)
    gc.disable()
    try:
        del page
        assert known() is not None  # nothing but a collection finds it
        ending = threading.Event()
        thread = garbage.start(ending)
        end = time.monotonic() + 30
        while known() is not None and time.monotonic() < end:
            time.sleep(0.01)
        ending.set()
        thread.join()
        assert known() is None
    finally:
        gc.enable()


def test_streamlit_leaves_it_to_the_server() -> None:
    config = Path(__file__).parents[2] / ".streamlit" / "config.toml"
    assert tomllib.loads(config.read_text())["runner"]["postScriptGC"] is False
