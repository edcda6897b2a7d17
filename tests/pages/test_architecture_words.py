"""What the Architecture page says of a changed network, and under the figures of any network."""

import pytest

from convnext_viz.specs import VARIANTS, ConvNeXtSpec
from convnext_viz.specs.fields import groups
from tests.pages.test_architecture import opened, page_text, query, sound


def test_the_title_says_what_differs_and_takes_it_back_one_by_one() -> None:
    app = opened()
    assert not [button for button in app.button if "reset" in (button.key or "")]
    app.text_input("arch_kernel_size").set_value("5").run()
    app.selectbox("arch_norm").set_value("batch").run()
    assert "**ConvNeXt-T (tiny), changed:**" in page_text(app)
    assert "82.1%" not in page_text(app)  # that was another network
    said = {one.key: one.label for one in app.button if (one.key or "").startswith("arch_reset_")}
    assert said == {
        "arch_reset_kernel_size": "Kernel size 5 (was 7)",
        "arch_reset_norm": "Normalisation BatchNorm (was LayerNorm)",
    }
    app.button("arch_reset_kernel_size").click().run()
    sound(app)
    assert query(app) == {"norm": '"batch"'} and app.text_input("arch_kernel_size").value == "7"
    app.button("arch_reset_norm").click().run()
    assert query(app) == {} and "changed" not in page_text(app)


def test_a_refused_change_can_be_taken_back() -> None:
    app = opened()
    app.text_input("arch_kernel_size").set_value("6").run()
    assert app.error
    app.button("arch_reset").click().run()
    assert not app.error and app.text_input("arch_kernel_size").value == "7"


def test_kernel_size_is_a_setting_of_the_block() -> None:
    parts = groups(ConvNeXtSpec)
    assert parts["block"][:2] == ("kernel_size", "depthwise")
    assert "kernel_size" not in parts["stages"]


# 3, 3, 27, 3 blocks and 65 % and 74 % in stage 3; 8.18 G operations are 4.09 G multiply-adds.
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("convnext_base", ("88,591,464", "65.4%", "73.8%", "3, 3, 27, 3")),
        ("convnextv2_atto", ("2, 2, 6, 2",)),
        ("resnet50", ("3, 4, 6, 3", "8.18")),
        ("convnext_iso_small", ("14×14",)),
    ],
)
def test_the_text_speaks_of_the_network_that_is_shown(
    name: str, says: tuple[str, ...], lang: str
) -> None:
    text = "".join(part.value for part in opened(net=name, lang=lang).markdown[-2:])
    assert all(word in text for word in says)
    assert not any(tiny in text for tiny in ("28,589,128", "28,582,504", "48.7%", "3, 3, 9, 3"))
    has_gamma = getattr(VARIANTS[name], "layer_scale", None) is not None
    assert ("γ" in text) == has_gamma and "{" not in text
