"""Figures of the Block page, and the arithmetic behind them compared with torch's own."""

import base64
from io import BytesIO

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from convnext_viz.explain.inside.block import at_block, trace
from convnext_viz.nets import build
from convnext_viz.nets.layers import DropPath
from convnext_viz.plans import Block, plan
from convnext_viz.plans.chain import At, Op, residual
from convnext_viz.plots import activations, block, branch, convolutions, operation, ways
from convnext_viz.results import BranchShare, Operation, Timing, WaysCompared
from convnext_viz.specs import CIFAR, ConvNeXtSpec, roadmap
from convnext_viz.text import use_language

TORCH_ACTS = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
}


@pytest.mark.parametrize("name", activations.FUNCTIONS)
def test_activations_and_slopes_are_torchs(name: str) -> None:
    values = np.concatenate([np.linspace(-12, 12, 481), [-700.0, 700.0]])
    values = values[values != 0]  # ReLU has no slope there
    x = torch.from_numpy(values).requires_grad_()
    y = TORCH_ACTS[name](x)
    y.sum().backward()
    function, slope = activations.FUNCTIONS[name]
    np.testing.assert_allclose(function(values), y.detach().numpy(), atol=1e-12)
    assert x.grad is not None
    np.testing.assert_allclose(slope(values), x.grad.numpy(), atol=1e-12)


def test_shares_of_outputs() -> None:
    before = np.array([-3, -0.5, 0, 1, 2, 5, -9, 4], np.float32)
    rows = activations.shares(before, ("relu", "gelu"))
    assert rows["relu"] == {"negative": 0, "zero": 4 / 8, "flat": 4 / 8}
    assert rows["gelu"]["negative"] == 3 / 8 and rows["gelu"]["zero"] == 1 / 8
    figure = activations.outputs(before, ("relu", "gelu"))
    assert len(figure.data) == 3


@pytest.mark.parametrize("marked", [-0.75, 0.0, 2.0])
def test_curves_mark_the_value(marked: float) -> None:
    figure = activations.curves(("relu", "gelu"), marked=marked)
    points = [trace for trace in figure.data if trace.mode == "markers"]
    assert [p.x[0] for p in points] == [marked] * 4
    assert points[1].y[0] == pytest.approx(float(F.gelu(torch.tensor(marked))), abs=1e-6)


DESCRIBED = {
    "ConvNeXt": (CIFAR["cifar_ln_gelu"], 32),
    "V2": (ConvNeXtSpec(depths=(1, 1), dims=(8, 16), grn=True, layer_scale=None), 32),
    "drop path": (ConvNeXtSpec(depths=(1, 2), dims=(8, 16), drop_path_rate=0.1), 32),
    "ResNet": (roadmap()[3].spec, 64),
}


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_overview_shows_every_operation_of_the_trace(name: str) -> None:
    spec, size = DESCRIBED[name]
    net = build(spec, seed=0).eval()
    x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    described = plan(spec, size).stage("stage2").blocks[0]
    traced = trace(*at_block(net, x, stage="stage2"))
    assert [o.name for o in traced.operations] == [step for step, _ in block.steps(described)]
    for step, layer in block.steps(described):
        assert traced.operation(step).values.shape == block.step_shape(described, step, layer)
        figure = block.overview(described, stage="stage2", selected=step, traced=traced, channel=3)
        assert list(figure.data[-1].customdata) == [o.name for o in traced.operations]
        assert len(figure.layout.images) == len(traced.operations)
        assert operation.histograms(
            traced.before(step), traced.operation(step), stage="stage2"
        ).data
        called = {name: name.upper() for name, _ in block.steps(described)}
        maps = operation.maps(traced.before(step), traced.operation(step), 0, called=called)
        titles = [note.text for note in maps.layout.annotations]
        assert len(titles) == len(maps.data) and titles[-1].startswith(step.upper())
    bare = block.overview(described, stage="stage2", selected="input")
    assert not bare.layout.images


def test_a_map_becomes_a_picture_with_zero_in_the_middle() -> None:
    values = np.array([[-1, 0], [0.5, 1]], np.float32)
    data = block._picture(values).removeprefix("data:image/png;base64,")
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(data))))
    red, blue = pixels[..., 0].astype(int), pixels[..., 2].astype(int)
    side = pixels.shape[0] // 2
    assert pixels.shape[0] >= 112
    assert blue[0, 0] > red[0, 0] and red[-1, -1] > blue[-1, -1]  # negative blue, positive orange
    assert abs(red[0, side] - blue[0, side]) < 40  # zero is neither


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_numbers_that_are_all_alike_can_be_drawn(value: float) -> None:
    one = Operation(name="dwconv", values=np.full((2, 3, 3), value, np.float32))
    assert operation.histograms((one,), one, stage="stage1").data
    kernel = np.zeros((3, 3), np.float32)
    assert operation.maps((one,), one, 1, called={"dwconv": "depthwise"}, kernel=kernel).data
    assert block._picture(one.values[0])


def test_wide_outputs_show_the_channel_in_the_same_place() -> None:
    assert [block._same_place(c, 4, 16) for c in range(4)] == [0, 4, 8, 12]
    assert [block._same_place(c, 16, 4) for c in (0, 5, 15)] == [0, 1, 3]


def test_costs_are_the_plans() -> None:
    layers = {layer.name: layer for layer in plan(CIFAR["cifar_ln_gelu"], 32).layers if layer.macs}
    figure = convolutions.costs(layers, stage="stage1")
    assert list(figure.data[0].x) == [layer.params for layer in layers.values()]
    assert list(figure.data[1].x) == [layer.macs for layer in layers.values()]


@pytest.mark.parametrize("count", [1, 16, 17, 100])
def test_the_sheet_holds_every_kernel(count: int) -> None:
    values = np.random.default_rng(0).normal(size=(count, 5, 5)).astype(np.float32)
    values[0] = 0
    sheet = np.array(convolutions.kernels(values).data[0].customdata, float)
    shown = values[:32]
    assert np.count_nonzero(~np.isnan(sheet)) == shown.size
    assert np.nansum(sheet) == pytest.approx(shown.sum(), rel=1e-3)


@pytest.mark.parametrize("step", roadmap(), ids=lambda step: step.key)
def test_every_step_of_the_roadmap_has_an_hourglass(step: object) -> None:
    described = plan(step.spec).stage("stage1").blocks[1]  # type: ignore[attr-defined]
    figure = convolutions.hourglass(described, widest=384, stage="stage1")
    assert len(figure.layout.shapes) == len([layer for layer in described.body if layer.macs])


def test_shares_are_drawn_block_by_block() -> None:
    shares = tuple(
        BranchShare(name=f"stage{s}.blocks.{b}", share=s * 1e-7, plain=s * 0.1)
        for s in (1, 2)
        for b in range(3)
    )
    figure = branch.share_bars(shares, learned=False)
    assert list(figure.data[0].x) == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]
    assert list(figure.data[0].y) == [one.share for one in shares]
    silent = tuple(BranchShare(name=one.name, share=0.0, plain=0.0) for one in shares)
    assert branch.share_bars(silent, learned=True).data


RATES = (0.0, 0.1, 0.5, 0.9)


def test_branches_are_dropped_at_their_rates() -> None:
    masks = branch.drop_masks(RATES, 20_000, seed=3)
    assert masks[:, 0].all()
    # Four standard deviations of a share of 20,000 draws.
    np.testing.assert_allclose(1 - masks.mean(0), RATES, atol=4 * 0.5 / np.sqrt(20_000))
    assert not np.array_equal(masks, branch.drop_masks(RATES, 20_000, seed=4))
    np.testing.assert_array_equal(masks, branch.drop_masks(RATES, 20_000, seed=3))


def test_the_expectation_stays_as_in_the_net() -> None:
    ours = branch.mean_factor(RATES, 40_000, seed=0)
    torch.manual_seed(0)
    theirs = [float(DropPath(rate).train()(torch.ones(40_000, 1, 1, 1)).mean()) for rate in RATES]
    spread = np.sqrt(np.array(RATES) / (1 - np.array(RATES)) / 40_000)
    assert (np.abs(ours - 1) <= 4 * spread).all() and (
        np.abs(np.array(theirs) - 1) <= 4 * spread
    ).all()
    figure = branch.drop_grid(branch.drop_masks(RATES, 8, seed=0), RATES, ("stage1",) * 4)
    kept, dropped = (len(one.x) for one in figure.data)
    assert kept + dropped == 32 and kept == branch.drop_masks(RATES, 8, seed=0).sum()


def test_times_are_drawn_as_they_were_measured() -> None:
    timings = tuple(
        Timing(way=way, memory=memory, seconds=seconds, quartiles=(seconds, seconds), rounds=3)
        for seconds, (way, memory) in enumerate(
            (
                (w, m)
                for m in ("contiguous", "channels_last")
                for w in ("channels_first", "channels_last")
            ),
            start=1,
        )
    )
    compared = WaysCompared(
        difference=0.0, largest=1.0, timings=timings, shape=(1, 2, 3, 4), threads=1
    )
    figure = ways.times(compared)
    assert list(figure.data[0].x) == [1000, 2000, 3000, 4000]
    assert [one.text for one in figure.layout.annotations] == [
        f"<b>{s}.00 s</b>" for s in (1, 2, 3, 4)
    ]


def test_a_branch_aside_goes_by_its_own_name() -> None:
    """RepVGG's block in training form: a 3×3 convolution beside a 1×1 one and a bare norm."""
    name, at = "stage1.blocks.0", At((4, 8, 8))
    branches = {
        "conv3": [Op("conv", "conv", 4, 3, 1, 1), Op("norm", "batch_norm", 4)],
        "conv1": [Op("conv", "conv", 4, 1), Op("norm", "batch_norm", 4)],
        "identity": [Op("norm", "batch_norm", 4)],
    }
    step, _ = residual(name, branches, at, after=[Op("act", "relu", 4)])
    row = block.steps(Block(name, (step,)))
    shown = [block.step_name(*one) for one in row]
    assert shown == [
        *("Input", "Conv 3×3", "BatchNorm", "Branch conv1", "Branch identity", "Sum", "ReLU")
    ]
    aside = [operation for operation, layer in row if block.is_branch(operation, layer)]
    assert aside == ["conv1", "identity"]
    with use_language("zh"):
        assert block.step_name(*row[3]) == "分支 conv1"
