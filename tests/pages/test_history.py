"""Back and Forward on every page: it shows what the link says, and leaves the link as it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.lab import Lab
from tests.pages.train_page import own_lab
from tests.ui.history import go_back, link_of

ROOT = Path(__file__).parents[2]
WAIT = 180  # seconds: some pages import torch
Link = dict[str, str]
Shown = dict[str, object]

# A page, a link, what the session then has; a second link, and what that one gives.
ROWS: list[tuple[str, Link, Shown, Link, Shown]] = [
    (
        "architecture",
        {
            "net": "resnet50",
            "px": "64",
            "vs": "convnext_tiny",
            "at": "stage3",
            "depths": "[2,2,2,2]",
        },
        {"arch_net": "resnet50", "arch_size": 64, "arch_stage": "stage3"},
        {"by": "macs", "at": "stage2"},
        {
            "arch_net": "convnext_tiny",
            "arch_size": 224,
            "arch_versus": "none",
            "arch_colour": "macs",
            "arch_stage": "stage2",
        },
    ),
    (
        "compare",
        {"nets": "resnet50,vit_base_patch16_224", "x": "params", "size": "384"},
        {
            "compare_nets": ["resnet50", "vit_base_patch16_224"],
            "compare_axis": "params",
            "compare_size": 384,
        },
        {"data": "22k", "nets": "resnet50"},
        {
            "compare_nets": ["resnet50"],
            "compare_data": "22k",
            "compare_axis": "macs",
            "compare_size": 224,
        },
    ),
    (
        "block",
        {"section": "norm", "batch": "3", "shows": "after", "cell_n": "2"},
        {"block_section": "norm", "block_batch": 3, "block_shows": "after", "block_cell_n": 2},
        {"section": "norm", "norms": "others"},
        {"block_batch": 4, "block_norms": "others", "block_shows": "before", "block_cell_n": 0},
    ),
    ("train", {"view": "shelf"}, {"train_view": "shelf"}, {}, {"train_view": "setup"}),
]


@pytest.fixture(scope="module", autouse=True)
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of this file's own."""
    yield from own_lab(tmp_path_factory.mktemp("lab"))


def opened(page: str, link: Link) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    app.query_params.update(link)
    return app.switch_page(f"pages/{page}.py").run()


def has(app: AppTest, wanted: Shown) -> bool:
    assert not app.exception and not app.error, [*app.exception, *app.error]
    shown = {name: app.session_state[name] for name in wanted}
    assert shown == wanted
    return True


@pytest.mark.parametrize(
    ("page", "link", "shown", "other", "then"), ROWS, ids=lambda x: str(x)[:12]
)
def test_a_page_shows_what_its_link_says(
    page: str, link: Link, shown: Shown, other: Link, then: Shown
) -> None:
    app = opened(page, link)
    assert has(app, shown) and link_of(app) == link
    for target, wanted in ((other, then), (link, shown), (other, then)):
        go_back(app, target)
        assert has(app, wanted) and link_of(app) == target
        app.run()
        assert has(app, wanted) and link_of(app) == target


def test_going_back_to_another_language_changes_it() -> None:
    app = opened("block", {"section": "norm"})
    app.segmented_control("lang").set_value("zh").run()
    assert app.query_params["lang"] == "zh" and app.session_state["lang"] == "zh"
    app.query_params.clear()
    app.query_params["lang"] = "zh"
    go_back(app, {})
    assert app.query_params["lang"] == "zh" and app.session_state["block_section"] == "trace"
