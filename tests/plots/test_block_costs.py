"""The bars of a block's operations are the counts of its layers."""

import pytest

from convnext_viz.plans import Block, plan
from convnext_viz.plots.block_costs import block_costs, describe
from convnext_viz.specs import VARIANTS
from convnext_viz.text import use_language
from tests.plans.handmade import map_plan


def block(name: str, stage: str = "stage2", number: int = 0) -> Block:
    return plan(VARIANTS[name]).stage(stage).blocks[number]


@pytest.mark.parametrize("name", ["convnext_tiny", "convnextv2_atto", "resnet50", "resnet18"])
def test_every_operation_has_its_counts(name: str) -> None:
    shown = block(name)
    widths, params, macs = block_costs(shown.steps, stage="stage2").select_traces({"type": "bar"})
    layers = {layer.name: layer for layer in shown.layers}
    assert [one for one in params.customdata if one] == list(layers)
    for trace, count in ((params, "params"), (macs, "macs")):
        bars = dict(zip(trace.customdata, trace.x, strict=True))
        assert {one: bars[one] for one in layers} == {
            one: getattr(layer, count) for one, layer in layers.items()
        }
        assert sum(trace.x) == getattr(shown, count)
    assert widths.x[0] == shown.in_shape[0] and widths.x[-1] == shown.out_shape[0]


def test_what_a_convnext_block_is_made_of() -> None:
    # 4,800 · 1%, 192, 37,248 · 49%, 0, 36,960 · 49%, 96 of 79,296: two pointwise layers are it.
    params = list(block_costs(block("convnext_tiny", "stage1").steps, stage="stage1").data)[2]
    assert list(params.text) == ["", "6%", "<1%", "47%", "", "47%", "<1%", ""]


def test_two_blocks_have_one_scale() -> None:
    one, other = block("convnext_tiny").steps, block("resnet50").steps
    figures = [
        block_costs(first, stage="stage2", other=second)
        for first, second in ((one, other), (other, one))
    ]
    for axis in ("xaxis", "xaxis3", "xaxis2"):
        first, second = (figure.layout[axis].range for figure in figures)
        assert first == second
    # ConvNeXt's largest matrix is the larger one: alone, ResNet's would fill the width.
    assert block_costs(other, stage="stage2").layout.xaxis2.range[1] < first[1]


def test_every_shortcut_is_drawn() -> None:
    (shown,) = map_plan("two residuals").stage("stage1").blocks
    assert len(block_costs(shown.steps, stage="stage1").layout.shapes) == 2
    own = plan(VARIANTS["convnext_tiny"]).stage("stage2").own
    assert not block_costs((own,), stage="stage2").layout.shapes


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_bars_speak(lang: str) -> None:
    with use_language(lang):
        assert "46.97%" not in describe(block("convnext_tiny", "stage1").steps)
        assert "47.0%" in describe(block("convnext_tiny", "stage1").steps)
