"""Curves over image size and bars of networks: closed forms of attention, and the plan's sums."""

import pytest

from convnext_viz.plans import plan
from convnext_viz.plans.peak import peak
from convnext_viz.plots import image_sizes, network_bars
from convnext_viz.results import ForwardTimes, Timing
from convnext_viz.specs import VARIANTS
from convnext_viz.text import use_language

NAMES = ("convnext_tiny", "deit_small_patch16_224", "swin_tiny_patch4_window7_224")
SIDES = (224, 448, 896)
PLANS = {side: [plan(VARIANTS[name], side) for name in NAMES] for side in SIDES}
FIRST = PLANS[224]
COSTS = [image_sizes.costs(of) for of in zip(*PLANS.values(), strict=True)]


def test_cost_per_pixel_rises_with_global_attention_alone() -> None:
    figure = image_sizes.growth(COSTS, per="pixel", chosen=224)
    lines = {trace.name: list(trace.y) for trace in figure.data}
    for name in ("ConvNeXt-T", "Swin-T"):
        assert max(lines[name]) / min(lines[name]) == pytest.approx(1, abs=0.01)
    assert lines["DeiT-S"][2] / lines["DeiT-S"][0] > 2


def test_products_of_attention_are_the_closed_form() -> None:
    # 2 n² C a block: n tokens, the class token with them; 12 blocks, C = 384.
    figure = image_sizes.growth(COSTS, per="image", chosen=224)
    line = next(trace for trace in figure.data if trace.name == "DeiT-S: products of attention")
    for side, found in zip(SIDES, line.y, strict=True):
        tokens = (side // 16) ** 2 + 1
        assert found * 1e9 == pytest.approx(12 * 2 * tokens**2 * 384)


def test_windows_cost_four_times_as_much_for_four_times_the_pixels() -> None:
    small, large = (PLANS[side][2].attention_macs for side in (224, 448))
    assert large / small == pytest.approx(4, rel=0.01)


def test_bars_are_the_plans_in_bytes_of_float32() -> None:
    figure = network_bars.activations(FIRST)
    kept, most = (trace for trace in figure.data if trace.type == "bar")
    assert list(kept.x) == [4 * one.out_elements for one in FIRST]
    assert list(most.x) == [4 * peak(one) for one in FIRST]


FOUND = ForwardTimes(
    timings=tuple(
        Timing(way=name, memory="contiguous", seconds=s, quartiles=(0.9 * s, 1.2 * s), rounds=9)
        for name, s in zip(NAMES, (0.4, 0.2, 0.8), strict=True)
    ),
    inputs=((4, 3, 224, 224),) * 3,
    threads=2,
)


def test_times_are_per_image_with_their_quartiles() -> None:
    macs, times = (one for one in network_bars.times(FOUND, FIRST).data if one.type == "bar")
    assert list(macs.x) == [one.macs / 1e9 for one in FIRST]
    assert list(times.x) == [0.1, 0.05, 0.2]
    assert list(times.error_x.array) == pytest.approx([0.02, 0.01, 0.04])
    assert list(times.error_x.arrayminus) == pytest.approx([0.01, 0.005, 0.02])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_figures_speak(lang: str) -> None:
    with use_language(lang):
        for said, counts in (
            (image_sizes.describe(COSTS), ("4.46 G", "4.60 G")),
            (network_bars.describe_activations(FIRST), ("109 MB",)),
            (network_bars.describe_times(FOUND, FIRST), ("50.0", "200", "4.49")),
        ):
            assert all(count in said for count in (*counts, "ConvNeXt-T", "DeiT-S", "Swin-T"))
