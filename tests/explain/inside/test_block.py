"""One block, taken apart: every part against torch's own, and together they are the block again."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from convnext_viz.explain.inside.block import at_block, branch_shares, spatial_kernels, trace
from convnext_viz.explain.inside.block_ways import WAYS, compare_ways, way_source
from convnext_viz.nets import build
from convnext_viz.nets.layers import LayerScale
from convnext_viz.plans import operations, plan
from convnext_viz.specs import ConvNeXtSpec, roadmap

TINY = ConvNeXtSpec(
    depths=(1, 2), dims=(8, 12), num_classes=5, patch_size=2, kernel_size=3, layer_scale=0.5
)
FURTHER = [step for step in roadmap() if step.key in {"start", "depthwise", "inverted", "gelu"}]
NETS = [
    TINY,
    replace(TINY, norm="batch", act="relu"),
    replace(TINY, grn=True, layer_scale=None),
    replace(TINY, norm="rms", act="silu", drop_path_rate=0.5),
    *(replace(s.spec, depths=(1, 2), dims=(8, 12), num_classes=5) for s in FURTHER),
]
ids = [
    f"{s.norm}-{s.act}-{s.bottleneck}-{s.conv_position}-{'grn' if s.grn else 's'}-{s.block_norms}"
    for s in NETS
]


def picture(side: int = 16, n: int = 1) -> torch.Tensor:
    return torch.randn(n, 3, side, side, generator=torch.Generator().manual_seed(7))


def lively(spec: ConvNeXtSpec) -> nn.Sequential:
    """A net in eval mode whose every parameter and statistic matters."""
    net = build(spec, seed=1).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for tensor in net.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.1)
        for module in net.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.3, generator=generator)
    return net


@pytest.mark.parametrize("spec", NETS, ids=ids)
@pytest.mark.parametrize(("stage", "number"), [("stage1", 0), ("stage2", 0), ("stage2", 1)])
def test_the_last_operation_is_the_block(spec: ConvNeXtSpec, stage: str, number: int) -> None:
    net = lively(spec)
    block, x = at_block(net, picture(), stage=stage, block=number)
    traced = trace(block, x)
    with torch.no_grad():
        expected = block(x)[0].numpy()
    np.testing.assert_array_equal(traced.operations[-1].values, expected)
    np.testing.assert_array_equal(traced.operations[0].values, x[0].numpy())


@pytest.mark.parametrize("spec", NETS, ids=ids)
def test_hooks_see_the_same(spec: ConvNeXtSpec) -> None:
    net = lively(spec)
    seen: dict[str, np.ndarray] = {}
    block = net.get_submodule("stage2.blocks.1")
    hooks = [
        module.register_forward_hook(
            lambda _, __, out, name=name: seen.update({name: out[0].numpy().copy()})
        )
        for name, module in block.body.named_children()
    ]
    with torch.no_grad():
        net(picture())
    for hook in hooks:
        hook.remove()
    traced = trace(*at_block(net, picture(), stage="stage2", block=1))
    assert seen
    for name, values in seen.items():
        np.testing.assert_array_equal(traced.operation(name).values, values)


@pytest.mark.parametrize("spec", NETS, ids=ids)
def test_shapes_and_names_are_the_plans(spec: ConvNeXtSpec) -> None:
    net = build(spec, seed=0).eval()
    described = plan(spec, 16).stage("stage2").blocks[0]
    traced = trace(*at_block(net, picture(), stage="stage2"))
    for name, layer in operations(described).items():
        if layer:
            assert traced.operation(name).values.shape == layer.out_shape


def test_what_an_operation_was_given() -> None:
    spec = NETS[ids.index("batch-relu-classic-middle-s-every")]
    traced = trace(*at_block(lively(spec), picture(), stage="stage2"))
    one, two = traced.before("sum")
    np.testing.assert_array_equal(traced.operation("sum").values, one.values + two.values)
    assert traced.before("shortcut")[0].name == "input"
    plain = trace(*at_block(lively(TINY), picture(), stage="stage2", block=1))
    one, two = plain.before("sum")
    assert (one.name, two.name) == ("input", "gamma")
    assert plain.before("act")[0].name == "pwconv1" and plain.before("input")[0].name == "input"


def test_numbers_of_an_operation() -> None:
    operation = trace(*at_block(lively(replace(TINY, act="relu")), picture())).operation("act")
    values = torch.from_numpy(operation.values.copy()).double()
    assert operation.mean == pytest.approx(float(values.mean()))
    assert operation.std == pytest.approx(float(values.std(unbiased=False)))
    assert operation.norm == pytest.approx(float(values.norm()))
    assert operation.negative == 0
    assert 0 < operation.zero == pytest.approx(float((values == 0).double().mean()))


def test_a_trace_is_nobodys_to_change_and_changes_nothing() -> None:
    net = lively(TINY)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    traced = trace(*at_block(net, picture()))
    with pytest.raises(ValueError, match="read-only"):
        traced.operations[0].values[:] = 0
    assert not net.training
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


@pytest.mark.parametrize(
    ("stage", "number", "words"),
    [("stage9", 0, "stage1, stage2"), ("stem", 0, "stage1"), ("stage2", 5, "0 to 1")],
)
def test_a_block_that_is_not_there(stage: str, number: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        at_block(build(TINY, seed=0), picture(), stage=stage, block=number)


@pytest.mark.parametrize("x", [torch.zeros(2, 8, 4, 4), torch.zeros(8, 4, 4)])
def test_a_trace_is_of_one_picture(x: torch.Tensor) -> None:
    block, _ = at_block(build(TINY, seed=0).eval(), picture())
    with pytest.raises(ValueError, match="one image"):
        trace(block, x)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_both_ways_are_the_block(way: str, memory: torch.memory_format) -> None:
    block, x = at_block(lively(TINY), picture(n=3), stage="stage2", block=1)
    with torch.no_grad():
        branch = WAYS[way](block.body, x.contiguous(memory_format=memory))
        out = x + block.body.gamma(branch)
        torch.testing.assert_close(out, block(x), rtol=1e-5, atol=1e-5)


def test_the_code_shown_is_the_code_run() -> None:
    block, x = at_block(lively(TINY), picture())
    for way, run in WAYS.items():
        space: dict[str, object] = {"torch": torch, "F": F, "Any": object, "Tensor": torch.Tensor}
        exec(way_source(way), space)
        with torch.no_grad():
            assert torch.equal(space[way](block.body, x), run(block.body, x))  # type: ignore[operator]


def test_comparing_the_ways() -> None:
    block, x = at_block(lively(TINY), picture(n=2))
    compared = compare_ways(block, x, seconds=0, most_rounds=9)
    assert {(m.way, m.memory) for m in compared.timings} == {
        (way, memory) for way in WAYS for memory in ("contiguous", "channels_last")
    }
    assert all(m.rounds == 5 for m in compared.timings)
    assert all(0 < m.quartiles[0] <= m.seconds <= m.quartiles[1] for m in compared.timings)
    assert compared.difference <= 1e-5 * compared.largest
    assert compared.shape == tuple(x.shape)


@pytest.mark.parametrize("index", [1, 2, 4])
def test_ways_of_another_block_are_refused(index: int) -> None:
    block, x = at_block(build(NETS[index], seed=0).eval(), picture())
    with pytest.raises(ValueError, match="LayerNorm"):
        compare_ways(block, x)


def test_kernels_are_the_weights() -> None:
    net = build(TINY, seed=0)
    kernels = spatial_kernels(net.get_submodule("stage2.blocks.1"))  # type: ignore[arg-type]
    weights = net.get_parameter("stage2.blocks.1.body.dwconv.weight").detach().numpy()
    np.testing.assert_array_equal(kernels, weights[:, 0])


@pytest.mark.parametrize("spec", NETS, ids=ids)
def test_the_branchs_share(spec: ConvNeXtSpec) -> None:
    net = lively(spec)
    shares = branch_shares(net, picture())
    assert [s.name for s in shares] == ["stage1.blocks.0", "stage2.blocks.0", "stage2.blocks.1"]
    block, x = at_block(net, picture(), stage="stage2", block=1)
    with torch.no_grad():
        expected = float(block.body(x).norm() / block.shortcut(x).norm())
    assert shares[-1].share == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("init", [1e-6, 0.1, 1.0])
def test_another_layer_scale_is_a_net_built_with_it(init: float) -> None:
    built = lively(replace(TINY, layer_scale=init))
    with torch.no_grad():
        for module in built.modules():
            if isinstance(module, LayerScale):
                module.weight.fill_(init)
    shares = branch_shares(lively(TINY), picture(), layer_scale=init)
    for ours, theirs in zip(shares, branch_shares(built, picture()), strict=True):
        assert ours.share == pytest.approx(theirs.share, rel=1e-4)
        assert ours.share == pytest.approx(init * ours.plain, rel=1e-5)
