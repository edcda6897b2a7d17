"""What every test stands on: English at the start, properties that take the time they need, and
which tests share a worker."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from convnext_viz.text import use_language

# Weights that a developer has downloaded would be the network to begin with.
_NO_HUB = tempfile.TemporaryDirectory(prefix="convnext-viz-no-hub-")
os.environ["HF_HUB_CACHE"] = _NO_HUB.name
# A developer's own lab has runs of theirs, and may be of another release.
_NO_LAB = tempfile.TemporaryDirectory(prefix="convnext-viz-no-lab-")
os.environ["CONVNEXT_VIZ_HOME"] = _NO_LAB.name

HERE = Path(__file__).parent
REAL_RUNS = {  # of the lab
    *("test_worker", "test_worker_faults", "test_session", "test_full_disk"),
    "test_changed_pictures",
}
LONG = ("e2e", "notebooks", "slow", "xdist_group")  # in this order, then the rest

# Times on a shared machine say nothing about the property.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Each test starts in English, whatever language the one before it left behind."""
    with use_language("en"):
        yield


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests share two servers, a page's tests what their file has opened; pages and real
    runs are slow. Where tests are distributed, what takes long comes first: else one worker would
    wait for it at the end. A browser test that fails is tried once more, and the report names it:
    app, browser and a second test on two busy cores can keep a click waiting longer than a person
    would; what fails twice is a fault."""
    for item in items:
        folder, group = item.path.relative_to(HERE).parts[0], item.path.stem
        if folder == "e2e":
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.flaky(reruns=1))
            group = "e2e-explain" if group.startswith("test_explain") else "e2e"
        if folder == "pages" or item.path.stem in REAL_RUNS:
            item.add_marker(pytest.mark.slow)
        if folder in ("e2e", "pages"):
            item.add_marker(pytest.mark.xdist_group(group))
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def pytest_collection_finish(session: pytest.Session) -> None:
    """xdist puts a group's name into its tests' ids. Where it does not, each test would go to any
    worker: twice the servers, browsers and lessons, and no word of it."""
    grouped = [item for item in session.items if item.get_closest_marker("xdist_group")]
    if session.config.getoption("loadgroup", False) and not all(
        "@" in one.nodeid for one in grouped
    ):
        raise pytest.UsageError("This pytest-xdist does not group tests under this pytest.")


def _place(item: pytest.Item) -> int:
    marks = {mark.name for mark in item.iter_markers()}
    return next((place for place, name in enumerate(LONG) if name in marks), len(LONG))
