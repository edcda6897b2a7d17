"""The Compare page as a visitor's script: answers, links, both languages, a measurement."""

import re
import time
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.plans.trade_offs import AXES, DATA
from tests.pages import visits
from tests.pages.visits import WAIT, quiet
from tests.ui.history import link_of

SMALL = "convnext_atto,resnet18"

opened = partial(visits.opened, "compare")


def answer(app: AppTest) -> str:
    (said,) = [one.value for one in app.markdown if one.value.startswith("#### ")]
    return said.removeprefix("#### ")


# What is said first, from the papers' tables by hand: ConvNeXt-T 82.1%, Swin-T 81.2%, ResNet-50
# 78.82% with the same training, all at 4.1 to 4.6 G; ConvNeXt-B 83.8 and Swin-B 83.5% at 15.4 G;
# ConvNeXt-S 83.1% at 8.7 G, ViT-B/16 79.154% at 17.6 G; ConvNeXt-L 84.3% at 34.4 G.
ANSWERS = [
    ("convnext_tiny,resnet50", "macs", "same multiply-adds", "78.82% (ResNet-50)"),
    ("convnext_base,swin_base_patch4_window7_224", "macs", "about equal", "83.5% to 83.8%"),
    ("convnext_base,swin_base_patch4_window7_224", "rtx4090", "needs 1.69 times", "Swin-B"),
    ("convnext_small,vit_base_patch16_224", "macs", "cheapest", "2.02 times"),
    ("convnext_tiny,convnext_large", "macs", "2.2 percentage points", "7.71 times"),
]


@pytest.mark.parametrize(("nets", "axis", "says", "also"), ANSWERS)
def test_the_answer_is_of_the_chosen_networks(nets: str, axis: str, says: str, also: str) -> None:
    said = answer(quiet(opened(nets=nets, x=axis)))
    assert says in said and also in said


@pytest.mark.parametrize("data", DATA)
def test_every_choice_is_in_the_link(data: str) -> None:
    app = quiet(opened(data=data, nets="repvgg_a0,swinv2_tiny_window8_256"))
    for axis in ("params", "rtx4090", "v100"):
        quiet(app.segmented_control("compare_axis").set_value(axis).run())
        assert link_of(app)["x"] == axis
    quiet(app.segmented_control("compare_axis").set_value("macs").run())
    quiet(app.select_slider("compare_size").set_value(512).run())
    quiet(app.segmented_control("compare_per").set_value("image").run())
    link = {"size": "512", "per": "image"} | ({"data": data} if data == "22k" else {})
    assert link_of(app) == link | {"nets": "repvgg_a0,swinv2_tiny_window8_256"}


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("data", DATA)
def test_everything_is_said_in_chinese(data: str, axis: str) -> None:
    app = quiet(opened(lang="zh", data=data, x=axis, per="image"))
    assert re.search("[\u3400-\u9fff]", answer(app))


def test_repvgg_is_counted_as_it_is_deployed() -> None:
    app = quiet(opened(nets="repvgg_a0,resnet18"))
    table = next(one.value for one in app.markdown if "RepVGG-A0|" in one.value)
    assert "72.41|8.31 M|1.36|" in table  # Table 4: 8.30 M, 1.4 G; exactly 8,309,384


def test_one_network_is_shown_and_a_second_one_asked_for() -> None:
    app = quiet(opened(nets="convnext_tiny"))
    assert len(app.info) == 1 and "two to four" in app.info[0].value
    quiet(app.multiselect("compare_nets").set_value([]).run())
    assert len(app.info) == 1


def test_a_network_without_a_published_accuracy_is_named() -> None:
    app = quiet(opened(nets="convnext_tiny,swin_tiny_patch4_window7_224,convnext_xxlarge"))
    assert any("ConvNeXt-XXL" in one.value for one in app.caption)
    app = quiet(opened(nets="convnext_xxlarge,resnet26"))
    assert "need a published accuracy" in answer(app)


@pytest.mark.parametrize(
    "query",
    [
        {"nets": "convnext_tiny,magic"},
        {"nets": "convnext_tiny,convnext_tiny"},
        {"nets": "convnext_tiny,convnext_small,convnext_base,convnext_large,resnet50"},
        {"nets": "cifar_vit,convnext_tiny"},
        {"x": "price"},
        {"size": "225"},
    ],
)
def test_an_odd_link_says_what_it_could_not_show(query: dict[str, str]) -> None:
    app = quiet(opened(**query))
    assert len(app.warning) == 1
    assert "78.82% (ResNet-50)" in answer(app)  # the default


def test_measuring_starts_with_a_button_and_says_how() -> None:
    app = quiet(opened(nets=SMALL, size="128"))
    button = app.button("jobs_start_compare_times")
    app = quiet(button.click().run())
    end = time.monotonic() + WAIT
    while not any("processor:" in one.value for one in app.caption):
        assert time.monotonic() < end
        time.sleep(0.5)
        app = quiet(app.run())
    (how,) = [one.value for one in app.caption if "processor:" in one.value]
    assert "1×3×128×128" in how and "threads of torch" in how
    assert any("times** its time" in one.value for one in app.markdown)


def test_networks_that_are_too_large_are_not_measured() -> None:
    app = quiet(opened(nets="convnext_xxlarge,vit_huge_patch14_224", size="512"))
    assert any("too large to be measured" in one.value for one in app.info)
    assert not [one for one in app.button if one.key == "jobs_start_compare_times"]
