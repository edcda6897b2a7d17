"""The warm-up of a server: what it loads, and that it freezes once, or not at all."""

import gc
import logging
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from convnext_viz.ui.server import warm_up

STEPS = ("_drawing", "_pages", "_looking", "_libraries", "_freezing")
REAL = """
import gc, sys, threading, time
from convnext_viz.ui.server import warm_up
warm_up.QUIET = 0.0
warm_up.start(threading.Event()).join()
began = time.process_time(); gc.collect(2); frozen = time.process_time() - began
ours = {"convnext_viz.ui.train.live", "convnext_viz.explain.inside.windows"}
loaded = {"torch", "plotly", "captum", "timm"} | ours <= set(sys.modules)
gc.unfreeze()
began = time.process_time(); gc.collect(2); all_of_it = time.process_time() - began
print(loaded, frozen, all_of_it)
"""


def warmed(monkeypatch: pytest.MonkeyPatch, ending: threading.Event, **steps: object) -> list[str]:
    """The steps that were made, each only noted where ``steps`` does not say what it does."""
    made: list[str] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: made.append(name)

    monkeypatch.setattr(warm_up, "QUIET", 0.0)
    for name in STEPS:
        monkeypatch.setattr(warm_up, name, steps.get(name, note(name)))
    warm_up.start(ending).join()
    return made


def test_what_is_there_is_frozen_last_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert warmed(monkeypatch, threading.Event()) == list(STEPS)


def test_a_server_that_ends_waits_for_one_step_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ending = threading.Event()
    assert warmed(monkeypatch, ending, _drawing=ending.set) == []


def test_what_fails_is_in_the_log_and_nothing_is_frozen(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OSError("no such file")

    with caplog.at_level(logging.ERROR):
        assert warmed(monkeypatch, threading.Event(), _looking=fail) == ["_drawing", "_pages"]
    assert "no such file" in caplog.text
    assert gc.get_freeze_count() == 0


@pytest.mark.slow
def test_garbage_is_looked_for_in_next_to_nothing_after_it() -> None:
    found = subprocess.run([sys.executable, "-c", REAL], capture_output=True, text=True, check=True)
    loaded, frozen, all_of_it = found.stdout.split()
    assert loaded == "True", found.stderr
    assert float(frozen) < float(all_of_it) / 10
