"""Blocks that no family has yet: built, counted, folded, walked and traced from their plans."""

from itertools import groupby

import numpy as np
import pytest
import timm
import torch
from torch import nn

from convnext_viz.explain.inside.block import at_block, branch_shares, trace
from convnext_viz.explain.inside.receptive import theoretical_field
from convnext_viz.explain.slices import as_map, split
from convnext_viz.nets import build_plan
from convnext_viz.nets.walk import walk as walk_net
from convnext_viz.plans import Plan, main_way, operations, walk
from convnext_viz.plans.fold import fold
from convnext_viz.plots import block as overview
from convnext_viz.train.internals import internals
from tests.plans.handmade import C, map_plan, token_plan
from tests.plans.test_counts import counted_params, run

MAPS = {
    "repvgg": map_plan("repvgg", "repvgg"),
    "deployed": map_plan("deployed", "deployed"),
    "two residuals": map_plan("two residuals", "two residuals"),
    "mixed": map_plan("repvgg", "two residuals", "deployed", "deployed"),
}
PLANS = MAPS | {"tokens": token_plan()}


@pytest.fixture(params=PLANS.values(), ids=PLANS.keys())
def described(request: pytest.FixtureRequest) -> Plan:
    plan: Plan = request.param
    return plan


def lively(described: Plan) -> nn.Sequential:
    """Its net in eval mode with statistics and factors that matter."""
    net = build_plan(described, seed=0).eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(1)
    for tensor in net.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.1)
    return net


def image(described: Plan, n: int = 1) -> torch.Tensor:
    return torch.randn(n, 3, *described.image_size, generator=torch.Generator().manual_seed(2))


def test_torch_counts_the_same_and_sees_the_same_shapes(described: Plan) -> None:
    with torch.device("meta"):
        net = build_plan(described).eval()
    params, (macs, shapes) = counted_params(net), run(net, described.in_shape)
    layers = {layer.name: layer for layer in described.layers}
    assert list(shapes) == list(layers)
    assert shapes == {name: (layer.in_shape, layer.out_shape) for name, layer in layers.items()}
    assert {n: layer.params for n, layer in layers.items() if layer.params} == dict(params)
    assert {n: layer.macs for n, layer in layers.items()} == dict(macs)


def test_the_last_stop_of_the_walk_is_the_output(described: Plan) -> None:
    net, x = lively(described), image(described)
    *_, last = walk_net(net, x)
    assert torch.equal(last.output, net(x))
    visited = [visit.name for visit in walk_net(net, x) if not list(visit.module.children())]
    assert visited == [layer.name for layer in described.layers]


def test_a_trace_names_what_the_plan_names(described: Plan) -> None:
    net, x = lively(described), image(described)
    for number, block in enumerate(described.stage("stage1").blocks):
        module, given = at_block(net, x, block=number)
        traced = trace(module, given, grid=block.layers[0].grid or None)
        assert [one.name for one in traced.operations] == ["input", *operations(block)]
        assert [name for name, _ in overview.steps(block)] == ["input", *operations(block)]
        expected = as_map(module(given), block.layers[0].grid or None)[0].numpy()
        np.testing.assert_array_equal(traced.operations[-1].values, expected)
        for name in operations(block):
            if name.endswith("sum"):
                terms = [one.values for one in traced.before(name)]
                np.testing.assert_allclose(traced.operation(name).values, sum(terms), rtol=1e-6)
        figure = overview.overview(block, stage="stage1", selected="input", traced=traced)
        sums = [name for name in operations(block) if name.endswith("sum")]
        assert len([line for line in figure.data if line.type == "scatter"]) == len(sums)


def test_alike_blocks_fold_and_others_do_not() -> None:
    assert [one.count for one in fold(MAPS["repvgg"].stage("stage1"))] == [2]
    assert [one.count for one in fold(MAPS["mixed"].stage("stage1"))] == [1, 1, 2]
    assert [one.count for one in fold(PLANS["tokens"].stage("stage1"))] == [2]


def test_the_field_grows_along_the_widest_branch() -> None:
    # 2 pixels a position, two 3×3 convolutions: 2 + 2·2·2.
    assert MAPS["repvgg"].receptive_field == MAPS["deployed"].receptive_field == 10
    box = theoretical_field(MAPS["repvgg"], "stage1", (4, 4))
    assert (box.top, box.bottom) == (4, 14)
    windows = [la.name for la in main_way(MAPS["repvgg"].stage("stage1").blocks[0].steps)]
    assert windows == [
        f"stage1.blocks.0.{name}" for name in ("dense.conv", "dense.norm", "after.act")
    ]


def test_a_cut_net_is_the_net(described: Plan) -> None:
    net, x = lively(described), image(described)
    for stage, blocks in (("stem", None), ("stage1", None), ("stage1", 0), ("stage1", 1)):
        upto, rest = split(net, stage, blocks)
        assert torch.equal(rest(upto(x)), net(x))
    names = {n for part in split(net, "stage1", 1) for n, _ in part.named_parameters()}
    assert len(names) == len(list(net.named_parameters()))


def test_tokens_are_laid_out_as_timm_does() -> None:
    vit = timm.create_model(
        "vit_tiny_patch16_224", img_size=(32, 48), patch_size=8, depth=2, embed_dim=24, num_heads=2
    ).eval()
    x = torch.randn(1, 3, 32, 48)
    with torch.no_grad():
        (maps,) = vit.forward_intermediates(x, indices=[1], norm=True, intermediates_only=True)
        tokens = vit.forward_features(x)  # a class token, then 4·6 of the grid
    assert torch.equal(as_map(tokens, (4, 6)), maps)


@pytest.mark.parametrize("shape", [(1, 23, C), (1, C)], ids=str)
def test_what_is_no_map_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no feature map"):
        as_map(torch.zeros(shape), (4, 6))


def test_every_sum_has_its_share() -> None:
    described = MAPS["mixed"]
    net, x = lively(described), image(described)
    shares = {one.name: one for one in branch_shares(net, x)}
    assert list(shares) == [f"stage1.blocks.{n}" for n in ("0", "1.attn", "1.mlp")]
    module, given = at_block(net, x)
    others = module.pointwise(given) + module.identity(given)
    expected = float(module.dense(given).norm() / others.norm())
    assert shares["stage1.blocks.0"].share == pytest.approx(expected, rel=1e-5)


def test_training_looks_inside_them() -> None:
    described = MAPS["mixed"]
    net, x = build_plan(described, seed=0), image(described, 4)
    found = internals(net, x, torch.tensor([0, 1, 2, 3]))
    assert [one.stage for one in found] == ["stem", "stage1", "head"]
    out = net.eval()[:2](x)
    assert found[1].mean == pytest.approx(float(out.detach().mean()), rel=1e-5)
    assert found[1].gamma == pytest.approx(0.5)


def test_a_plans_walk_meets_every_layer_once(described: Plan) -> None:
    for block in described.stage("stage1").blocks:
        met = [visit.layer for visit in walk(block.steps) if visit.layer]
        assert met == list(block.layers) and len({layer.name for layer in met}) == len(met)
        assert block.layers[0].in_shape == block.in_shape
        assert [key for key, _ in groupby(walk(block.steps), lambda visit: visit.residual)] == [
            step if hasattr(step, "branches") else None for step in block.steps
        ]


def test_initial_weights_are_scaled_as_the_plan_says() -> None:
    described = PLANS["tokens"]
    net = build_plan(described, seed=0)
    scaled = net.get_parameter("head.fc.weight")
    plain = described.layer("head.fc")._replace(init=1.0)
    head = described.stages[-1]
    others = (*described.stages[:-1], type(head)("head", (*head.own[:-1], plain)))
    again = build_plan(Plan(described.spec, described.image_size, others), seed=0)
    assert torch.equal(scaled, 0.5 * again.get_parameter("head.fc.weight"))
